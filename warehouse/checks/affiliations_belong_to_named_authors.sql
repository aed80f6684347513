-- Every affiliation stands at a position of the author list, and is stated with some wording of the paper.
-- changed: author_affiliations, paper_authors, variant_affiliations by arxiv_id
-- rows: author_affiliations
select
    author_affiliations.arxiv_id,
    author_affiliations.position,
    author_affiliations.affiliation
from author_affiliations
left join paper_authors using (arxiv_id, position)
left join (
    select distinct
        arxiv_id,
        position,
        affiliation
    from variant_affiliations
) as stated using (arxiv_id, position, affiliation)
where paper_authors.arxiv_id is null or stated.arxiv_id is null
