-- A load's digests, entries, rejects and lines are the sums over the digests that it brought, whether they are
-- still here or were forgotten since.
with brought as (
    select
        load_id,
        n_entries,
        n_rejects,
        n_lines
    from digests
    union all
    select
        brought_by_load_id,
        n_entries,
        n_rejects,
        n_lines
    from forgotten_digests
),

counted as (
    select
        load_id,
        count(*) as n_digests,
        sum(n_entries) as n_entries,
        sum(n_rejects) as n_rejects,
        sum(n_lines) as n_lines
    from brought
    group by all
)

select
    loads.load_id,
    loads.n_digests as n_digests_stored,
    coalesce(counted.n_digests, 0) as n_digests_counted,
    loads.n_entries as n_entries_stored,
    coalesce(counted.n_entries, 0) as n_entries_counted,
    loads.n_rejects as n_rejects_stored,
    coalesce(counted.n_rejects, 0) as n_rejects_counted,
    loads.n_lines as n_lines_stored,
    coalesce(counted.n_lines, 0) as n_lines_counted
from loads
left join counted using (load_id)
where
    loads.n_digests <> coalesce(counted.n_digests, 0)
    or loads.n_entries <> coalesce(counted.n_entries, 0)
    or loads.n_rejects <> coalesce(counted.n_rejects, 0)
    or loads.n_lines <> coalesce(counted.n_lines, 0)
