-- Every outcome of a lookup, and every point of a harvest, belongs to a reply of arXiv or DataCite that the warehouse holds.
-- changed: lookups, harvest_points by digest_id
-- rows: lookups, harvest_points
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
where
    digests.format is null
    or digests.format not in ('arxiv_api', 'arxiv_oai', 'datacite')
    or digests.source is distinct from (case when digests.format = 'datacite' then 'datacite' else 'arxiv' end)
