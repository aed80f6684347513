-- How the wording of a paper changed: each wording holds from its first listing until the next one's first.
-- Wordings that no dated digest lists are left out. Of two that start on one day the later version comes
-- last; the other then has valid_from = valid_to and holds on no day.
-- The wording on a day: where valid_from <= day and (valid_to is null or day < valid_to).
-- grain: arxiv_id, variant_id
-- column arxiv_id: arXiv identifier.
-- column variant_id: The wording.
-- column valid_from: Earliest date of a digest with this wording.
-- column valid_to: The next wording's valid_from, itself excluded; null for the last one.
-- column version: Version that was stated with this wording; null when it was not.
-- column title: Title in this wording.
-- column authors: Author names in this wording; null where none are stated.
-- column abstract: Abstract in this wording; null where none is stated.
-- column is_canonical: Whether it is the canonical record of the paper.
select
    arxiv_id,
    variant_id,
    first_listed_date as valid_from,
    lead(first_listed_date) over (
        partition by arxiv_id
        order by first_listed_date, version nulls first, last_listed_date, variant_id
    ) as valid_to,
    version,
    title,
    authors,
    abstract,
    is_canonical
from variant_texts
where first_listed_date is not null
