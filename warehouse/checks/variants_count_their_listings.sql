-- variants.n_listings and its first and last date are those of the entries; repeats and answers are not counted; 0 and null where none states it.
-- changed: variants, entries by arxiv_id
with counted as (
    select
        entries.variant_id,
        count(*) filter (entries.is_listing) as n_listings,
        min(digests.digest_date) as first_listed_date,
        max(digests.digest_date) as last_listed_date
    from entries
    left join digests using (digest_id)
    group by all
)

select
    variants.variant_id,
    variants.arxiv_id,
    variants.n_listings as n_listings_stored,
    counted.n_listings as n_listings_counted,
    variants.first_listed_date as first_date_stored,
    counted.first_listed_date as first_date_counted,
    variants.last_listed_date as last_date_stored,
    counted.last_listed_date as last_date_counted
from variants
left join counted using (variant_id)
where
    variants.n_listings <> coalesce(counted.n_listings, 0)
    or variants.first_listed_date is distinct from counted.first_listed_date
    or variants.last_listed_date is distinct from counted.last_listed_date
