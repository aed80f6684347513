-- No entry is a listing and a repeat at once: listings and repeats share the positions of their digest.
-- changed: listings, repeats by digest_id
select
    listings.digest_id,
    listings.position,
    listings.arxiv_id as arxiv_id_of_listing,
    repeats.arxiv_id as arxiv_id_of_repeat
from listings
join repeats using (digest_id, position)
