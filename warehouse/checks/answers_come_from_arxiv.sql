-- Answers are entries of arXiv's replies to lookups and harvests, and only those replies have answers.
-- changed: entries by digest_id
select
    entries.digest_id,
    entries.position,
    digests.format
from entries
join digests using (digest_id)
where
    (digests.format in ('arxiv_api', 'arxiv_oai', 'datacite', 'arxiv_kaggle'))
    <> (not entries.is_listing and entries.repeats_digest_id is null)
