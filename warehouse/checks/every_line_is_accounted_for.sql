-- Lines of entries, of rejects and furniture add up to the lines of the digest: nothing is lost in silence.
-- changed: digests by digest_id
select
    digest_id,
    path,
    n_entry_lines,
    n_reject_lines,
    n_furniture_lines,
    n_lines
from digests
where n_entry_lines::bigint + n_reject_lines + n_furniture_lines <> n_lines
