-- digests.date_source says where the date comes from exactly where there is a date: dates are never guessed.
-- changed: digests by digest_id
select
    digest_id,
    path,
    digest_date,
    date_source
from digests
where (digest_date is null) <> (date_source is null)
