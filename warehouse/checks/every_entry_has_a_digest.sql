-- Every entry belongs to a digest that the warehouse holds.
-- changed: entries by arxiv_id
select
    entries.digest_id,
    entries.position,
    entries.arxiv_id
from entries
anti join digests using (digest_id)
