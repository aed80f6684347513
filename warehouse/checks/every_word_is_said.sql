-- Words of the search index are said at least once, and are folded: without capital letters.
-- changed: search_words by term
-- rows: search_words
select
    word,
    n_times
from search_words
where n_times = 0 or word = ''
