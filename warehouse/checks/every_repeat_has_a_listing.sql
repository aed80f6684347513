-- What an entry repeats is a listing of the same paper: otherwise the paper would not be listed at all.
-- changed: repeats, listings by arxiv_id
-- rows: repeats
select
    repeats.digest_id,
    repeats.position,
    repeats.arxiv_id,
    repeats.repeats_digest_id
from repeats
left join listings
    on repeats.repeats_digest_id = listings.digest_id
    and repeats.arxiv_id = listings.arxiv_id
where listings.digest_id is null
