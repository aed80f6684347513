-- Whether the digests of a source and list still arrive and still hold papers. The newest digest is that of
-- the latest date; where several have it, the one with most entries. Indexes (reporter_index) are no lists.
-- grain: source, list_name
-- column source: Who published the digests; null if not given.
-- column list_name: The list or topic; null where nothing says so.
-- column n_digests: Number of digests.
-- column n_undated_digests: Those without a date.
-- column n_empty_digests: Those with 0 entries.
-- column n_rejects: Rejects in all of them.
-- column last_digest_date: Latest date of a digest; null if none has a date.
-- column previous_digest_date: The date before that; null if there is none.
-- column days_since_previous: Days between the two.
-- column median_entries: Median of the number of entries over all digests.
-- column newest_n_entries: Entries of the newest digest; null if none has a date.
-- column newest_to_median: newest_n_entries divided by median_entries; null where the median is 0.
-- column is_empty: Whether the newest digest has 0 entries.
-- column is_low: Whether the newest digest has less than half of the median, 0 included.
with dated as (
    select
        source,
        list_name,
        digest_date,
        n_entries,
        n_rejects,
        max(digest_date) over (partition by source, list_name) as last_digest_date
    from digests
    where format <> 'reporter_index'
),

summed as (
    select
        source,
        list_name,
        count(*) as n_digests,
        count(*) filter (where digest_date is null) as n_undated_digests,
        count(*) filter (where n_entries = 0) as n_empty_digests,
        sum(n_rejects)::bigint as n_rejects,
        max(digest_date) as last_digest_date,
        max(digest_date) filter (where digest_date < last_digest_date) as previous_digest_date,
        median(n_entries) as median_entries,
        max(n_entries) filter (where digest_date = last_digest_date) as newest_n_entries
    from dated
    group by source, list_name
)

select
    source,
    list_name,
    n_digests,
    n_undated_digests,
    n_empty_digests,
    n_rejects,
    last_digest_date,
    previous_digest_date,
    last_digest_date - previous_digest_date as days_since_previous,
    median_entries,
    newest_n_entries,
    newest_n_entries / nullif(median_entries, 0) as newest_to_median,
    newest_n_entries = 0 as is_empty,
    newest_n_entries < median_entries / 2 as is_low
from summed
