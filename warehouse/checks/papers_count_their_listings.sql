-- papers.n_listings and its first and last date are those of the entries; repeats and answers are not counted.
-- changed: papers, entries by arxiv_id
with counted as (
    select
        entries.arxiv_id,
        count(*) filter (entries.is_listing) as n_listings,
        min(digests.digest_date) as first_listed_date,
        max(digests.digest_date) as last_listed_date
    from entries
    left join digests using (digest_id)
    group by all
)

select
    papers.arxiv_id,
    papers.n_listings as n_listings_stored,
    counted.n_listings as n_listings_counted,
    papers.first_listed_date as first_date_stored,
    counted.first_listed_date as first_date_counted,
    papers.last_listed_date as last_date_stored,
    counted.last_listed_date as last_date_counted
from papers
left join counted using (arxiv_id)
where
    papers.n_listings <> coalesce(counted.n_listings, 0)
    or papers.first_listed_date is distinct from counted.first_listed_date
    or papers.last_listed_date is distinct from counted.last_listed_date
