-- An identifier that arXiv answered, or withdrew, has an entry in that reply or in another one.
-- changed: lookups by digest_id
-- rows: lookups
select
    lookups.digest_id,
    lookups.arxiv_id,
    lookups.outcome
from lookups
anti join answers using (arxiv_id)
where lookups.outcome in ('answered', 'withdrawn')
