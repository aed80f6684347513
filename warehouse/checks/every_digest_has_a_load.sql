-- Every digest names a load that the warehouse holds.
select
    digests.digest_id,
    digests.path,
    digests.load_id
from digests
anti join loads using (load_id)
