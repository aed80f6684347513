-- How much each author published, when, and in which place of the list. First and last places are counted
-- only where they are known: the last place needs a full author list.
-- grain: author_id
-- column author_id: The author.
-- column name: Display name.
-- column n_papers: Papers that name the author, each counted once.
-- column n_first_places: Those in which the author stands first, papers of a single author included.
-- column n_last_places: Those in which the author stands last of several in a full list.
-- column n_solo_papers: Those with a full list of one name.
-- column n_active_months: Distinct months in which these papers were submitted.
-- column first_submitted_month: Earliest of these months.
-- column last_submitted_month: Latest of these months.
-- column first_listed_date: Earliest listing date over the papers; null if no digest has a date.
-- column last_listed_date: Latest listing date over the papers; null if no digest has a date.
with placed as (
    select
        author_id,
        arxiv_id,
        min(position) as first_position,
        max(position) as last_position
    from paper_authors
    group by all
)

select
    authors.author_id,
    authors.name,
    count(*) as n_papers,
    count(*) filter (where placed.first_position = 1) as n_first_places,
    count(*) filter (
        where placed.last_position = papers.n_authors
        and papers.n_authors > 1
        and papers.authors_completeness = 'full'
    ) as n_last_places,
    count(*) filter (
        where papers.n_authors = 1
        and papers.authors_completeness = 'full'
    ) as n_solo_papers,
    count(distinct papers.submitted_month) as n_active_months,
    min(papers.submitted_month) as first_submitted_month,
    max(papers.submitted_month) as last_submitted_month,
    min(papers.first_listed_date) as first_listed_date,
    max(papers.last_listed_date) as last_listed_date
from authors
join placed using (author_id)
join papers using (arxiv_id)
group by all
