-- digests.n_entries and n_rejects are the numbers of entries (listings and repeats) and rejects.
-- changed: digests, entries, rejects by digest_id
with counted_entries as (
    select
        digest_id,
        count(*) as n_entries
    from entries
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
    coalesce(counted_entries.n_entries, 0) as n_entries_counted,
    digests.n_rejects as n_rejects_stored,
    coalesce(counted_rejects.n_rejects, 0) as n_rejects_counted
from digests
left join counted_entries using (digest_id)
left join counted_rejects using (digest_id)
where
    digests.n_entries <> coalesce(counted_entries.n_entries, 0)
    or digests.n_rejects <> coalesce(counted_rejects.n_rejects, 0)
