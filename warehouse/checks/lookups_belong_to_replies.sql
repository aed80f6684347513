-- Every outcome of a lookup, and every point of a harvest, belongs to a reply of arXiv that the warehouse holds.
-- changed: lookups, harvest_points by digest_id
with stated as (
    select 'lookups' as table_name, digest_id from lookups
    union all
    select 'harvest_points', digest_id from harvest_points
)

select
    stated.table_name,
    stated.digest_id
from stated
left join digests using (digest_id)
where digests.source is distinct from 'arxiv' or digests.format not in ('arxiv_api', 'arxiv_oai')
