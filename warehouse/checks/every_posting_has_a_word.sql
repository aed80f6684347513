-- The term of each posting is the term of a word, by which a search finds it.
-- changed: search_postings by paper
-- rows: search_postings
select
    search_postings.term,
    count(*) as n_postings
from search_postings
anti join search_words using (term)
group by search_postings.term
