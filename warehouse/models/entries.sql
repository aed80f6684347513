-- Every entry of every digest: the listings, the repeats that a preferred sibling file lists too, and arXiv's
-- answers to lookups and harvests, which are no listings.
-- grain: digest_id, position
-- column digest_id: The digest.
-- column position: Place of the entry in the digest, from 1 without gaps.
-- column line_start: First line of the entry in the file.
-- column line_end: Last line of the entry in the file.
-- column arxiv_id: arXiv identifier without version and prefix.
-- column variant_id: The wording that the entry states.
-- column particulars_id: The secondary facts that the entry states; null if it states none.
-- column announce_type: new, cross, replace or replace-cross, where stated.
-- column topic: Heading above the entry inside the digest; null if the format has none.
-- column stated_date: A date that the entry itself states.
-- column stated_date_kind: What stated_date means: updated, announced, published, changed or answered.
-- column repeats_digest_id: The preferred digest that lists the paper; null for what is no repeat.
-- column is_listing: Whether it is a listing: neither a repeat nor an answer.
select
    digest_id,
    position,
    line_start,
    line_end,
    arxiv_id,
    variant_id,
    particulars_id,
    announce_type,
    topic,
    stated_date,
    stated_date_kind,
    null::varchar as repeats_digest_id,
    true as is_listing
from listings
union all
select
    digest_id,
    position,
    line_start,
    line_end,
    arxiv_id,
    variant_id,
    particulars_id,
    announce_type,
    topic,
    stated_date,
    stated_date_kind,
    repeats_digest_id,
    false as is_listing
from repeats
union all
select
    digest_id,
    position,
    line_start,
    line_end,
    arxiv_id,
    variant_id,
    particulars_id,
    announce_type,
    topic,
    stated_date,
    stated_date_kind,
    null::varchar as repeats_digest_id,
    false as is_listing
from answers
