-- Topics: headings inside digests, with the papers listed under them.
-- grain: source, list_name, topic
-- column source: Who published the digests; null if not given.
-- column list_name: The list of the digests; null where nothing says so.
-- column topic: The heading as the digest writes it.
-- column n_papers: Distinct papers listed under it.
-- column n_listings: Listings under it.
-- column first_digest_date: Earliest date of such a digest; null if none has a date.
-- column last_digest_date: Latest date of such a digest; null if none has a date.
select
    digests.source,
    digests.list_name,
    listings.topic,
    count(distinct listings.arxiv_id) as n_papers,
    count(*) as n_listings,
    min(digests.digest_date) as first_digest_date,
    max(digests.digest_date) as last_digest_date
from listings
join digests using (digest_id)
where listings.topic is not null
group by all
