-- digests.n_entries and n_rejects are the numbers of listings and rejects.
with counted_listings as (
    select
        digest_id,
        count(*) as n_entries
    from listings
    group by all
),

counted_rejects as (
    select
        digest_id,
        count(*) as n_rejects
    from rejects
    group by all
)

select
    digests.digest_id,
    digests.path,
    digests.n_entries as n_entries_stored,
    coalesce(counted_listings.n_entries, 0) as n_entries_counted,
    digests.n_rejects as n_rejects_stored,
    coalesce(counted_rejects.n_rejects, 0) as n_rejects_counted
from digests
left join counted_listings using (digest_id)
left join counted_rejects using (digest_id)
where
    digests.n_entries <> coalesce(counted_listings.n_entries, 0)
    or digests.n_rejects <> coalesce(counted_rejects.n_rejects, 0)
