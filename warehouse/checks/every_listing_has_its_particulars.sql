-- Where a listing names particulars, the warehouse holds them, and they are about the listed paper.
select
    listings.digest_id,
    listings.position,
    listings.arxiv_id,
    listings.particulars_id,
    particulars.arxiv_id as arxiv_id_of_particulars
from listings
left join particulars using (particulars_id)
where
    listings.particulars_id is not null
    and listings.arxiv_id is distinct from particulars.arxiv_id
