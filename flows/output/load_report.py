"""A load and a warehouse in words: for the terminal, and as Markdown for Prefect artifacts."""

import shlex
from collections.abc import Sequence
from urllib.parse import quote

from paperhouse.flows.load.summary import Summary
from paperhouse.flows.output.markup import escape_markdown, pipe_table
from paperhouse.flows.output.terminal_text import escape_controls
from paperhouse.transforms.digest import REASONS
from paperhouse.transforms.formats.generic import Structure
from paperhouse.transforms.read_digest import EMPTY_FORMAT, GENERIC_PREFIX, UNKNOWN_FORMAT, ReadDigest
from paperhouse.warehouse.read.load_report import NewPaper
from paperhouse.warehouse.read.overview import SourceHealth

NOTHING_NEW = "Nothing new"
N_SHOWN = 10
"""Problems, warnings and rejects that a report names; the rest is counted."""
N_LAYOUTS = 6
"""Layouts that a summary names; the rest is counted."""
N_CHARACTERS = 300
"""Characters of a title or reject that `inspect` shows."""
HEALTH_QUERY = "select * from source_health"
"""A query that tells all of what a report says of sources and lists."""
WORTH_TRYING = "select title, first_author, n_authors from paper_overview order by n_authors desc limit 5"
"""A query that shows something on any warehouse."""


def load_lines(summary: Summary) -> list[str]:
    """What a load did, line by line."""
    if summary.n_digests_forgotten and not summary.n_digests:
        headline = f"forgot {_count(summary.n_digests_forgotten, 'digest')} in {summary.seconds:.2f} s"
    elif summary.is_changed:
        headline = f"loaded {_count(summary.n_digests, 'digest')} in {summary.seconds:.2f} s"
        if summary.unread and len(summary.unread) == summary.n_digests:
            unread = _count(len(summary.unread), "file")
            headline = f"nothing was read: {unread} of no known layout ({summary.seconds:.2f} s)"
    else:
        took = f"{_count(summary.n_files, 'file')} ({summary.seconds:.2f} s)"
        headline = f"nothing new in {took}; the warehouse is unchanged"
    lines = [headline]
    if summary.is_changed:
        lines += [
            f"entries    {summary.n_entries:,}",
            f"papers     {summary.n_papers_new:,} new, {summary.n_papers_changed:,} changed",
            f"authors    {summary.n_authors_new:,} new",
            f"rejects    {summary.n_rejects:,}",
            f"lines      {summary.n_lines:,}, {summary.n_lines_accounted:,} of them accounted for",
        ]
        lines += _layout_lines(summary)
        if summary.n_digests_forgotten:
            removed = _count(summary.n_digests_forgotten, "digest")
            lines.append(
                f"forgotten  {removed}, and {summary.n_papers_removed:,} papers that only they listed"
            )
        if summary.n_repairs:
            lines.append(f"repairs    {_count(summary.n_repairs, 'field')} mended")
    if summary.n_files:
        counts = (
            f"{summary.n_files:,} read, {summary.n_known:,} known already, {summary.n_no_digest:,} no digest"
        )
        forgotten = f", {summary.n_forgotten_files:,} forgotten before" if summary.n_forgotten_files else ""
        lines.append(f"files      {counts}{forgotten}")
    lines.append(f"warehouse  {summary.lake or f'{summary.home}/paperhouse.duckdb'}")
    if summary.is_changed:
        lines.append(f"try        {_sql_command(summary)}")
    return lines


def _layout_lines(summary: Summary) -> list[str]:
    """What was read as what, and what to try with files of no known layout."""
    families = {name: n for name, n in summary.formats.items() if name not in {UNKNOWN_FORMAT, EMPTY_FORMAT}}
    lines: list[str] = []
    is_generic = any(name.startswith(GENERIC_PREFIX) for name in families)
    if families and (is_generic or summary.unread):
        by_size = sorted(families.items(), key=lambda item: (-item[1][1], item[0]))
        known = [row for row in by_size if not row[0].startswith(GENERIC_PREFIX)]
        found = [row for row in by_size if row[0].startswith(GENERIC_PREFIX)]
        if known:
            lines += _family_lines("read as", "known layouts (`paperhouse formats` lists them)", known)
        if found:
            lines += _family_lines("found", "records by what repeats in files of no known layout", found)
            if summary.found:
                example = shlex.quote(min(summary.found, key=_trouble_to_type))
                lines.append(f"           see what was found: `paperhouse inspect {example}`")
    if summary.unread:
        first = shlex.quote(min(summary.unread, key=_trouble_to_type))
        lines += [
            f"not read   {_count(len(summary.unread), 'file')} that may only mention papers: a reject each",
            f"           see why: `paperhouse inspect {first}`",
            "           an essay or a program's own page needs nothing; for a list of papers, say how it is made:",
            f"           `paperhouse inspect --suggest {first} >> paperhouse.toml`,",
            "           correct it there, `paperhouse forget` the digest, and load the file again",
        ]
    return lines


def _family_lines(name: str, what: str, rows: Sequence[tuple[str, tuple[int, int]]]) -> list[str]:
    """How many entries are of how many files, and of which layouts the most, three a line."""
    n_files, n_entries = (sum(counts[i] for _, counts in rows) for i in (0, 1))
    total = f"{name:<10} {_count(n_entries, 'entry', 'entries')} of {_count(n_files, 'file')}: {what}"
    words = [f"{layout} {entries:,}" for layout, (_, entries) in rows[:N_LAYOUTS]]
    if len(rows) > N_LAYOUTS:
        words.append(f"and {len(rows) - N_LAYOUTS} more")
    return [total, f"{'':<10} {', '.join(words)}"]


def _trouble_to_type(address: str) -> tuple[bool, int, str]:
    """Sorts the addresses that a terminal takes as they are before all others, the short ones first."""
    return not address.isprintable() or "\ufffd" in address, len(address), address


def _sql_command(summary: Summary) -> str:
    option = "" if summary.home == "data" else f"--home {shlex.quote(summary.home)} "
    if summary.lake is not None:
        option = f"--warehouse {shlex.quote(summary.lake)} "
    return f'paperhouse sql {option}"{WORTH_TRYING}"'


def notice_lines(summary: Summary) -> list[str]:
    """Problems and warnings of a load, the first ones whole."""
    notices = [
        *(f"note: {notice}" for notice in summary.notices),
        *(f"left out: {problem}" for problem in summary.problems),
        *(f"warning: {w}" for w in summary.warnings),
    ]
    more = [f"and {len(notices) - N_SHOWN} more"] if len(notices) > N_SHOWN else []
    return [*(escape_controls(notice) for notice in notices[:N_SHOWN]), *more]


def load_markdown(
    summary: Summary, sources: Sequence[SourceHealth] = (), papers: Sequence[NewPaper] = ()
) -> str:
    """What a load did, as Markdown; new papers and `sources` that need attention are sections of their own."""
    rows = [
        ("digests", summary.n_digests),
        ("entries", summary.n_entries),
        ("papers new", summary.n_papers_new),
        ("papers changed", summary.n_papers_changed),
        ("authors new", summary.n_authors_new),
        ("rejects", summary.n_rejects),
        ("lines", summary.n_lines),
        ("lines accounted for", summary.n_lines_accounted),
        ("files known already", summary.n_known),
        ("files that are no digest", summary.n_no_digest),
    ]
    title = f"Load {summary.load_id}" if summary.is_changed else "Nothing new: the warehouse is unchanged"
    counts = ((name, f"{count:,}") for name, count in rows)
    table = "\n".join(pipe_table(("what", "how many"), counts, ("how many",)))
    notices = "\n".join(f"* {escape_markdown(line)}" for line in notice_lines(summary))
    body = f"# {title}\n\n{table}\n\n{summary.seconds:.2f} s\n"
    body += _new_papers_markdown(papers, summary.n_papers_new)
    body = f"{body}\n## Notices\n\n{notices}\n" if notices else body
    return f"{body}\n## Source health\n\n{_health_markdown(sources)}\n" if _ailing(sources) else body


def load_headline(summary: Summary) -> str:
    """What a load came to, in a few words: the message of its flow run's last state."""
    if not summary.is_changed:
        return NOTHING_NEW
    return (
        f"{summary.n_digests:,} digests, {summary.n_entries:,} entries, {summary.n_papers_new:,} papers new, "
        f"{summary.n_papers_changed:,} changed, {summary.n_rejects:,} rejects"
    )


def _new_papers_markdown(papers: Sequence[NewPaper], n_new: int) -> str:
    if not papers:
        return ""
    table = pipe_table(("paper", "title", "first author", "list"), map(_paper_row, papers))
    more = [f"\nand {n_new - len(papers):,} more"] if n_new > len(papers) else []
    return "\n".join(["\n## New papers\n", *table, *more, ""])


def _paper_row(paper: NewPaper) -> tuple[str, ...]:
    link = f"[{escape_markdown(paper.arxiv_id)}](https://arxiv.org/abs/{quote(paper.arxiv_id)})"
    cells = [paper.title, paper.first_author, ", ".join(paper.lists)]
    return (link, *map(escape_markdown, cells))


def _health_markdown(sources: Sequence[SourceHealth]) -> str:
    ailing = _ailing(sources)
    rows = [
        (escape_markdown(row.source), escape_markdown(row.list_name), "; ".join(complaints(row)))
        for row in ailing[:N_SHOWN]
    ]
    more = [f"\nand {len(ailing) - N_SHOWN} more: `{HEALTH_QUERY}`"] if len(ailing) > N_SHOWN else []
    table = pipe_table(("source", "list", "what is wrong"), rows)
    return "\n".join([health_counts(sources), "", *table, *more])


def _ailing(sources: Sequence[SourceHealth]) -> list[SourceHealth]:
    return [row for row in sources if row.needs_attention]


def health_counts(sources: Sequence[SourceHealth]) -> str:
    """How many sources and lists are healthy and how many are not, in one line."""
    n_ailing = len(_ailing(sources))
    n_empty = sum(row.n_empty_digests for row in sources)
    counts = f"{len(sources) - n_ailing:,} healthy, {n_ailing:,} need attention"
    n_digests = sum(row.n_digests for row in sources)
    return f"{counts}; {n_empty:,} of {_count(n_digests, 'digest')} hold no entry" if n_empty else counts


def complaints(row: SourceHealth) -> list[str]:
    """What is wrong with a source and list, as of the newest digest in the warehouse: not as of today."""
    said = []
    if row.is_stopped:
        said.append(
            f"stopped: none for {_count(row.days_behind or 0, 'day')} before the warehouse's newest digest, "
            f"usually every {_count_plainly(row.median_days_between, 'day')}"
        )
    if row.is_empty or row.is_low:
        what = "empty" if row.is_empty else f"low, {_count(row.newest_n_entries or 0, 'entry', 'entries')}"
        said.append(f"newest digest {row.last_digest_date} is {what}; the median is {row.median_entries:g}")
    if not said:
        said.append(
            f"{row.n_empty_digests:,} of {_count(row.n_digests, 'digest')}, without a date, hold no entry"
        )
    elif row.is_stopped and not (row.is_empty or row.is_low):
        said[0] += f"; last on {row.last_digest_date}"
    return said


def _count_plainly(number: float | None, noun: str) -> str:
    return noun if number == 1 else f"{number:g} {noun}s"


def inspect_lines(
    digest: ReadDigest, spans: Sequence[tuple[int, int, str, str]], structure: Structure | None = None
) -> list[str]:
    """How each line of a file was understood; `spans` are (first line, last line, what, detail), in order.

    `structure` is what the generic reader found, where it read the file.
    """
    lines = [
        f"{digest.path}: format {digest.format}, {digest.encoding}, "
        f"list {digest.list_name or '(none)'}, date {digest.digest_date or '(none)'}"
        + (f" from {digest.date_source}" if digest.date_source else ""),
        (
            f"{len(digest.entries)} entries, {len(digest.rejects)} rejects; of {digest.n_lines} {digest.unit}s "
            f"{digest.n_entry_lines} in entries, {digest.n_reject_lines} in rejects, "
            f"{digest.n_furniture_lines} furniture"
        ),
    ]
    if digest.n_ids_unaccounted:
        lines.append(
            f"{digest.n_ids_unaccounted} of {digest.n_ids_seen} linked identifiers are in no entry and no reject"
        )
    if digest.fault:
        lines.append(digest.fault)
    if structure is not None:
        lines += _structure_lines(structure)
    lines += [f"{start:>7}-{end:<7} {what:<9} {detail[:N_CHARACTERS]}" for start, end, what, detail in spans]
    return [escape_controls(line) for line in lines]


def _structure_lines(structure: Structure) -> list[str]:
    """The record that was found, why it is the record, and where each field was read."""
    lines = [f"record     {structure.record}", *(f"because    {reason}" for reason in structure.reasons)]
    lines += [f"field      {name:<12} {count:>6,}  from {source}" for name, source, count in structure.fields]
    return lines


def reason_text(reason: str) -> str:
    """What a reason code means."""
    return REASONS.get(reason, reason)


def _count(number: int, noun: str, plural: str | None = None) -> str:
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
