-- Pairs of authors and the papers that name both. Papers with more than 50 authors are left out: a list of
-- 3,000 names would make 4.5 million pairs that say little about who works with whom.
-- grain: author_id_1, author_id_2
-- column author_id_1: The author with the smaller key.
-- column name_1: Display name of author_id_1.
-- column author_id_2: The author with the larger key.
-- column name_2: Display name of author_id_2.
-- column n_shared_papers: Papers that name both, each counted once.
with members as (
    select distinct
        paper_authors.arxiv_id,
        paper_authors.author_id
    from paper_authors
    join papers using (arxiv_id)
    where papers.n_authors <= 50
),

pairs as (
    select
        members.author_id as author_id_1,
        others.author_id as author_id_2,
        count(*) as n_shared_papers
    from members
    join members as others
        on members.arxiv_id = others.arxiv_id
        and members.author_id < others.author_id
    group by all
)

select
    pairs.author_id_1,
    authors_1.name as name_1,
    pairs.author_id_2,
    authors_2.name as name_2,
    pairs.n_shared_papers
from pairs
join authors as authors_1 on authors_1.author_id = pairs.author_id_1
join authors as authors_2 on authors_2.author_id = pairs.author_id_2
