-- Where each paper is stated: one row per listing, with file, lines, digest and load.
-- grain: digest_id, position
-- column arxiv_id: arXiv identifier.
-- column title: Title of the paper's canonical record.
-- column variant_id: The wording that this listing states.
-- column path: Path of the digest.
-- column line_start: First line of the entry in the file.
-- column line_end: Last line of the entry in the file.
-- column position: Place of the entry in the digest.
-- column digest_id: The digest.
-- column digest_date: Date of the digest; null where nothing says it.
-- column source: Who published the digest; null if not given.
-- column list_name: The list or topic of the digest; null where nothing says so.
-- column topic: Heading above the entry inside the digest; null if the format has none.
-- column load_id: The load that brought the digest in.
select
    listings.arxiv_id,
    papers.title,
    listings.variant_id,
    digests.path,
    listings.line_start,
    listings.line_end,
    listings.position,
    listings.digest_id,
    digests.digest_date,
    digests.source,
    digests.list_name,
    listings.topic,
    digests.load_id
from listings
join digests using (digest_id)
join papers using (arxiv_id)
