-- Where each author's papers are stated: one row per author and entry of a paper that names the author in its
-- canonical record. The entry itself may state fewer names, or none. Where repeats_digest_id is not
-- null, a preferred sibling file lists the paper too.
-- grain: author_id, digest_id, position
-- column author_id: The author.
-- column name: Display name.
-- column arxiv_id: arXiv identifier of the paper.
-- column title: Title of the paper.
-- column first_position: First place of the author in the paper's list.
-- column path: Path of the digest.
-- column line_start: First line of the entry in the file.
-- column line_end: Last line of the entry in the file.
-- column position: Place of the entry in the digest.
-- column digest_id: The digest.
-- column digest_date: Date of the digest; null where nothing says it.
-- column load_id: The load that brought the digest in.
-- column repeats_digest_id: The preferred digest that lists the paper; null for what is no repeat.
select
    author_papers.author_id,
    author_papers.name,
    author_papers.arxiv_id,
    author_papers.title,
    author_papers.first_position,
    paper_sources.path,
    paper_sources.line_start,
    paper_sources.line_end,
    paper_sources.position,
    paper_sources.digest_id,
    paper_sources.digest_date,
    paper_sources.load_id,
    paper_sources.repeats_digest_id
from author_papers
join paper_sources using (arxiv_id)
