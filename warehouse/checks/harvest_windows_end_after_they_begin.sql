-- A harvest's window ends on its first day or later, and was made of at least one reply.
-- changed: harvest_points by digest_id
-- rows: harvest_points
select
    digest_id,
    from_date,
    until_date,
    n_replies
from harvest_points
where until_date < from_date or n_replies < 1
