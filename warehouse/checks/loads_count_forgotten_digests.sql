-- loads.n_digests_forgotten is the number of digests that the load removed.
with counted as (
    select
        load_id,
        count(*) as n_digests_forgotten
    from forgotten_digests
    group by all
)

select
    load_id,
    loads.n_digests_forgotten as n_forgotten_stored,
    counted.n_digests_forgotten as n_forgotten_counted
from loads
full join counted using (load_id)
where loads.n_digests_forgotten is distinct from coalesce(counted.n_digests_forgotten, 0)
