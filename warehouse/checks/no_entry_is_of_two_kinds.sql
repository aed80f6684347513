-- No entry is listing, repeat and answer, or two of these, at once: they share the positions of their digest.
-- changed: listings, repeats, answers by digest_id
with placed as (
    select 'listing' as kind, digest_id, position from listings
    union all
    select 'repeat', digest_id, position from repeats
    union all
    select 'answer', digest_id, position from answers
)

select
    digest_id,
    position,
    count(distinct kind) as n_kinds
from placed
group by all
having count(distinct kind) > 1
