-- Papers by source, list and day, as digests name them: listings, and repeats that a preferred sibling file lists
-- too. Announcements, lookups and harvests of arXiv's are no lists.
-- grain: source, list_name, digest_date, arxiv_id
-- column source: Who published the digests; null if not given.
-- column list_name: The list or topic; null where nothing says so.
-- column digest_date: Date of the digests; null for those that have none.
-- column arxiv_id: arXiv identifier.
select distinct
    digests.source,
    digests.list_name,
    digests.digest_date,
    named.arxiv_id
from (
    select
        digest_id,
        arxiv_id
    from listings
    union all
    select
        digest_id,
        arxiv_id
    from repeats
) as named
join digests using (digest_id)
where digests.format not in ('reporter_index', 'arxiv_api', 'arxiv_oai', 'datacite', 'arxiv_kaggle', 'arxiv_feed')
