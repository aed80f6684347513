-- Rejects per reason with its meaning; every known reason has a row, also with 0.
-- grain: reason
-- column reason: Reason code.
-- column meaning: What it means; null for a code that this version of Paperhouse does not know.
-- column n_rejects: Number of rejects.
-- column n_digests: Digests that they stand in.
-- column last_digest_date: Latest date of such a digest; null if none has a date.
select
    coalesce(rejects.reason, reject_reasons.reason) as reason,
    reject_reasons.meaning,
    count(rejects.digest_id) as n_rejects,
    count(distinct rejects.digest_id) as n_digests,
    max(digests.digest_date) as last_digest_date
from reject_reasons
full join rejects on rejects.reason = reject_reasons.reason
left join digests on digests.digest_id = rejects.digest_id
group by all
