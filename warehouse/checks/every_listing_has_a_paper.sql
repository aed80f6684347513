-- Every listing lists a paper that the warehouse holds: a listing without one would be lost to every join.
select
    listings.digest_id,
    listings.position,
    listings.arxiv_id
from listings
anti join papers using (arxiv_id)
