-- Where an entry names particulars, the warehouse holds them, and they are about the listed paper.
-- changed: entries, particulars by arxiv_id
select
    entries.digest_id,
    entries.position,
    entries.arxiv_id,
    entries.particulars_id,
    particulars.arxiv_id as arxiv_id_of_particulars
from entries
left join particulars using (particulars_id)
where
    entries.particulars_id is not null
    and entries.arxiv_id is distinct from particulars.arxiv_id
