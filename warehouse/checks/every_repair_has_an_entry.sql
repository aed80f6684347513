-- Every repaired field belongs to an entry that the warehouse holds.
-- changed: repairs, entries by digest_id
-- rows: repairs
select
    repairs.digest_id,
    repairs.position,
    repairs.field
from repairs
anti join entries using (digest_id, position)
