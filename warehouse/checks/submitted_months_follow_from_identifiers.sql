-- submitted_month is the month that the identifier states: 91 to 99 before the slash's number are the 1900s.
-- changed: papers by arxiv_id
with dated as (
    select
        arxiv_id,
        submitted_month,
        regexp_extract(arxiv_id, '(?:^|/)(\d{4})', 1) as yymm,
        contains(arxiv_id, '/') and yymm >= '91' as is_1900s
    from papers
)

select
    arxiv_id,
    submitted_month
from dated
where strftime(submitted_month, '%Y-%m-%d')
    is distinct from if(is_1900s, '19', '20') || yymm[1:2] || '-' || yymm[3:4] || '-01'
