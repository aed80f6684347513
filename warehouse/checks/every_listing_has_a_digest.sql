-- Every listing belongs to a digest that the warehouse holds.
select
    listings.digest_id,
    listings.position,
    listings.arxiv_id
from listings
anti join digests using (digest_id)
