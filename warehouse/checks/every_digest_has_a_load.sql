-- Every digest names a load that the warehouse holds.
-- changed: digests by digest_id
select
    digests.digest_id,
    digests.path,
    digests.load_id
from digests
anti join loads using (load_id)
