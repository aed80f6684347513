-- Every entry lists a paper that the warehouse holds: an entry without one would be lost to every join.
-- changed: entries, papers by arxiv_id
select
    entries.digest_id,
    entries.position,
    entries.arxiv_id
from entries
anti join papers using (arxiv_id)
