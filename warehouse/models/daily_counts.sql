-- Papers listed per day and list. A day whose digest was empty has a row with 0;
-- digests without a date make one row per list with a null date.
-- grain: digest_date, list_name
-- column digest_date: Date of the digests; null for those that have none.
-- column list_name: The list or topic; null where nothing says so.
-- column n_digests: Digests of that day and list.
-- column n_papers: Distinct papers that they list.
-- column n_new_papers: Those of n_papers that no digest listed on an earlier day; what is announced as a cross-list
--   or a replacement was there before, and is left out.
select
    digests.digest_date,
    digests.list_name,
    count(distinct digests.digest_id) as n_digests,
    count(distinct listings.arxiv_id) as n_papers,
    count(distinct listings.arxiv_id) filter (
        where
            papers.first_listed_date = digests.digest_date
            and coalesce(listings.announce_type, 'new') = 'new'
    ) as n_new_papers
from digests
left join listings using (digest_id)
left join papers using (arxiv_id)
where digests.format not in ('reporter_index', 'arxiv_api', 'arxiv_oai', 'datacite', 'arxiv_kaggle')
group by all
