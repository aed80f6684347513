-- Entries and rejects start at line 1 or later, end where they start or later, and inside their digest.
-- Where a digest counts records, its number of lines is not known.
-- changed: entries, rejects by digest_id
with stretches as (
    select 'entries' as table_name, digest_id, position, line_start, line_end from entries
    union all
    select 'rejects', digest_id, position, line_start, line_end from rejects
)

select
    stretches.table_name,
    stretches.digest_id,
    stretches.position,
    stretches.line_start,
    stretches.line_end,
    digests.n_lines
from stretches
join digests using (digest_id)
where
    stretches.line_start < 1
    or stretches.line_end < stretches.line_start
    or (digests.unit = 'line' and stretches.line_end > digests.n_lines)
