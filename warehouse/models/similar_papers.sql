-- Papers like each paper, the most like first, and why: what both have.
-- grain: arxiv_id, position
-- column arxiv_id: arXiv identifier of the paper.
-- column position: Place among the papers like it, from 1; at most ten.
-- column neighbour_id: arXiv identifier of the paper that is like it.
-- column score: Cosine of the two vectors of topics.
-- column title: Title of the paper that is like it.
-- column shared_terms: Up to five terms that tell much of both, the most telling first.
-- column shared_authors: Persons that wrote both, as the paper spells them.
-- column shared_lists: Lists that hold both, sorted.
with shared_authors as (
    select
        pairs.arxiv_id,
        pairs.neighbour_id,
        list(mine.name_as_written order by mine.position) as names
    from paper_neighbours as pairs
    join paper_authors as mine on mine.arxiv_id = pairs.arxiv_id
    semi join paper_authors as theirs
        on theirs.arxiv_id = pairs.neighbour_id and theirs.person_id = mine.person_id
    group by all
),

lists as (
    select distinct
        listings.arxiv_id,
        digests.list_name
    from listings
    join digests using (digest_id)
    where digests.list_name is not null
),

shared_lists as (
    select
        pairs.arxiv_id,
        pairs.neighbour_id,
        list(mine.list_name order by mine.list_name) as names
    from paper_neighbours as pairs
    join lists as mine on mine.arxiv_id = pairs.arxiv_id
    semi join lists as theirs
        on theirs.arxiv_id = pairs.neighbour_id and theirs.list_name = mine.list_name
    group by all
)

select
    pairs.arxiv_id,
    pairs.position,
    pairs.neighbour_id,
    pairs.score,
    papers.title,
    list_filter(mine.terms, lambda term: list_contains(theirs.terms, term))[:5] as shared_terms,
    coalesce(shared_authors.names, []) as shared_authors,
    coalesce(shared_lists.names, []) as shared_lists
from paper_neighbours as pairs
join papers on papers.arxiv_id = pairs.neighbour_id
join paper_topics as mine on mine.arxiv_id = pairs.arxiv_id
join paper_topics as theirs on theirs.arxiv_id = pairs.neighbour_id
left join shared_authors
    on shared_authors.arxiv_id = pairs.arxiv_id and shared_authors.neighbour_id = pairs.neighbour_id
left join shared_lists
    on shared_lists.arxiv_id = pairs.arxiv_id and shared_lists.neighbour_id = pairs.neighbour_id
