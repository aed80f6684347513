-- Where each paper is stated: one row per entry, with file, lines, digest and load. Where repeats_digest_id is
-- not null, a preferred sibling file lists the paper too.
-- grain: digest_id, position
-- column arxiv_id: arXiv identifier.
-- column title: Title of the paper's canonical record.
-- column variant_id: The wording that this entry states.
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
-- column repeats_digest_id: The preferred digest that lists the paper; null for what is no repeat.
select
    entries.arxiv_id,
    papers.title,
    entries.variant_id,
    digests.path,
    entries.line_start,
    entries.line_end,
    entries.position,
    entries.digest_id,
    digests.digest_date,
    digests.source,
    digests.list_name,
    entries.topic,
    digests.load_id,
    entries.repeats_digest_id
from entries
join digests using (digest_id)
join papers using (arxiv_id)
