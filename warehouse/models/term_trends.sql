-- Words of titles by the month in which papers were submitted, from two papers a month on. Words are lower
-- case, keep inner hyphens and apostrophes, hold a letter and at least two characters; frequent English
-- function words are left out. TeX formulas between dollar signs are no words.
-- grain: submitted_month, term
-- column submitted_month: First day of the month in which the papers' identifiers were given out.
-- column term: The word.
-- column n_papers: Papers of that month with the word in their title, each counted once.
-- column share_of_papers: n_papers divided by all papers of that month.
with words as (
    select
        arxiv_id,
        submitted_month,
        unnest(list_distinct(regexp_extract_all(
            lower(replace(regexp_replace(title, '\$[^$]*\$', ' ', 'g'), '’', '''')),
            '[\p{L}\p{N}\p{M}]+(?:[-''][\p{L}\p{N}\p{M}]+)*'
        ))) as term
    from papers
),

months as (
    select
        submitted_month,
        count(*) as n_papers
    from papers
    group by all
),

counted as (
    select
        submitted_month,
        term,
        count(*) as n_papers
    from words
    where
        length(term) > 1
        and regexp_matches(term, '\p{L}')
        and term not in (
            'about', 'after', 'against', 'all', 'among', 'an', 'and', 'are', 'as', 'at', 'be', 'beyond',
            'between', 'but', 'by', 'can', 'do', 'does', 'for', 'from', 'has', 'have', 'how', 'if', 'in',
            'into', 'is', 'it', 'its', 'may', 'more', 'not', 'of', 'on', 'only', 'or', 'our', 'over', 'than',
            'that', 'the', 'their', 'them', 'then', 'there', 'these', 'this', 'through', 'to', 'toward',
            'towards', 'under', 'up', 'us', 'using', 'via', 'was', 'we', 'what', 'when', 'where', 'which',
            'who', 'why', 'with', 'within', 'without', 'you', 'your'
        )
    group by all
    having count(*) > 1
)

select
    counted.submitted_month,
    counted.term,
    counted.n_papers,
    counted.n_papers / months.n_papers as share_of_papers
from counted
join months using (submitted_month)
