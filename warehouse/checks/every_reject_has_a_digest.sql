-- Every reject belongs to a digest that the warehouse holds.
-- changed: rejects by digest_id
-- rows: rejects
select
    rejects.digest_id,
    rejects.position,
    rejects.reason
from rejects
anti join digests using (digest_id)
