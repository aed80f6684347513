-- Pairs of papers with the same title (case, accents, spaces and punctuation aside) and a shared author.
-- They are never merged: a reader decides.
-- grain: arxiv_id_1, arxiv_id_2
-- column arxiv_id_1: The smaller identifier.
-- column arxiv_id_2: The larger identifier.
-- column title_1: Title of arxiv_id_1.
-- column title_2: Title of arxiv_id_2.
-- column n_shared_authors: Authors that both papers name, each counted once.
with titled as (
    select
        arxiv_id,
        title,
        regexp_replace(strip_accents(lower(nfc_normalize(title))), '[^\p{L}\p{N}]+', '', 'g') as title_key
    from papers
),

same_titles as (
    select
        titled.arxiv_id as arxiv_id_1,
        others.arxiv_id as arxiv_id_2,
        titled.title as title_1,
        others.title as title_2
    from titled
    join titled as others
        on titled.title_key = others.title_key
        and titled.arxiv_id < others.arxiv_id
    where titled.title_key <> ''
)

select
    same_titles.arxiv_id_1,
    same_titles.arxiv_id_2,
    same_titles.title_1,
    same_titles.title_2,
    count(distinct authors_1.author_id) as n_shared_authors
from same_titles
join paper_authors as authors_1 on authors_1.arxiv_id = same_titles.arxiv_id_1
join paper_authors as authors_2
    on authors_2.arxiv_id = same_titles.arxiv_id_2
    and authors_2.author_id = authors_1.author_id
group by all
