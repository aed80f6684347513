-- No author of a paper has two rows for one affiliation: the engine keeps no index, so this check is the key.
-- changed: author_affiliations by arxiv_id
select
    arxiv_id,
    position,
    affiliation,
    count(*) as n_rows
from author_affiliations
group by all
having count(*) > 1
