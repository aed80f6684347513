"""One file's bytes to one digest: decode, recognise, parse, account, repair."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from paperhouse.transforms.arxiv.identifiers import ID_PATTERN, split_version
from paperhouse.transforms.digest import DigestFormat, Entry, Furniture, Parsed, Reject, Unit
from paperhouse.transforms.errors import AccountingError, InvalidArxivIdError, stop_at_fault_of_code
from paperhouse.transforms.formats import formats_in_order
from paperhouse.transforms.formats.generic import FormatRule, Structure, rule_for
from paperhouse.transforms.formats.generic.mentions import names_papers
from paperhouse.transforms.keys import stable_hex
from paperhouse.transforms.parsing.json_records import load_json
from paperhouse.transforms.parsing.repairs import Repair, repair_parsed
from paperhouse.transforms.text.decode import decode
from paperhouse.transforms.text.lines import count_lines, settle_lines, size
from paperhouse.transforms.text.path_metadata import Place, list_of_place

HEAD_LENGTH = 65_536
"""Characters of a text that formats see to recognise it."""
LONGER_HEAD_LENGTH = 4 * 1024 * 1024
"""What they see if none claims the first stretch: one author list of a collaboration may be longer than that."""
REJECT_TEXT_LIMIT = 10_000
"""Characters of a reject that are kept; its lines lead to the rest."""
DIGEST_ENDINGS = frozenset({"md", "markdown", "txt", "json", "jsonl", "ndjson", "csv"})
"""Endings under which an empty file counts as a digest that failed upstream."""
LOST = "\ufffd"
"""What stands for bytes that could not be decoded."""
_LOST_SHARE = 4
"""A title is lost if at least every so many of its characters are."""
EMPTY_FORMAT = "empty"
UNKNOWN_FORMAT = "unknown"
GENERIC_PREFIX = "generic_"
"""How the names of formats begin that no family has."""

# Each starts with letters that the search can jump to: texts are long and links few.
_PAGE = "arxiv.org/"
_PAGE_LINK = re.compile(rf"arxiv\.org/(?:abs|pdf|html)/({ID_PATTERN})(?:\.pdf)?([)\"'|>,;\t\n]|\Z)")
_EPRINT = re.compile(rf"\beprint\s{{0,20}}=\s{{0,20}}[{{\"](?:arXiv:)?({ID_PATTERN})[}}\"]")
_ELEMENT_ID = re.compile(
    r"(?P<deleted>status=[\"']deleted[\"'][^<>]{0,99}>\s{0,99})?<(?:id|identifier|guid)\b[^<>]{0,99}>\s{0,99}"
    rf"(?:https?://(?:export\.)?arxiv\.org/abs/|oai:arXiv\.org:)(?P<id>{ID_PATTERN})\s{{0,99}}<",
    re.IGNORECASE,
)
_RIS_LINK = re.compile(
    rf"\n(?:UR|AN|DO) {{1,2}}- [^\n]{{0,60}}?(?:arxiv\.org/abs/|arXiv[:.])({ID_PATTERN})[ \n]"
)
_HF_PAGE = "huggingface.co/papers/"
_HF_PAGE_LINK = re.compile(rf"huggingface\.co/papers/({ID_PATTERN})([)\"'|>,;\t\n]|\Z)")
_TARGET_ENDS = frozenset(")\"'|>")
"""What closes the target of a link; other ends are those of a CSV cell."""
_ID_FIELD = re.compile(rf"(?:id|Ar[Xx]iv)[\"']\s*:\s*[\"'](?:arXiv:)?({ID_PATTERN})[\"']")
_ID_NAMES = ('id"', "id'", 'Arxiv"', "Arxiv'", 'ArXiv"', "ArXiv'")
"""How the names of such fields end."""
_DOI_VALUE = re.compile(rf"10\.48550/ar[xX]iv\.({ID_PATTERN})[\"']")
_NAMED = re.compile(r"arxiv", re.IGNORECASE)
_CELL_START = re.compile(r"(?:\A|[,;\t\n])https?://(?:www\.|export\.)?\Z")
_LONGEST_HOST = len(",https://export.")
_ID_DIGITS = re.compile(r"[0-9]{4}\.[0-9]{4}|/[0-9]{7}")
"""What every identifier holds; a search for it is many times as fast as one for what begins with letters."""
_LONGEST_ARCHIVE = 20
_WRITTEN_ID = re.compile(rf"(?<![0-9.]){ID_PATTERN}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DigestDefaults:
    """Facts about files whose path does not state them: by the user, and by the commit that brought the file.

    It is used only where nothing better is known, and of dates the user's goes first.
    """

    digest_date: date | None = None
    list_name: str | None = None
    source: str | None = None
    commit_date: date | None = None


@dataclass(slots=True)
class ReadDigest:
    """One digest, read: where it lay, what it is, what it says, and how its lines add up."""

    digest_id: str
    path: str
    sha256: str
    format: str
    source: str | None
    list_name: str | None
    digest_date: date | None
    date_source: str | None
    encoding: str
    unit: Unit
    n_bytes: int
    n_lines: int
    n_entry_lines: int
    n_reject_lines: int
    n_furniture_lines: int
    n_ids_seen: int
    n_ids_unaccounted: int
    entries: list[Entry] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    furniture: list[Furniture] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)
    fault: str | None = None


def sha256_of(content: bytes) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def recognise(text: str, likely: Sequence[str] = ()) -> DigestFormat | None:
    """The format that claims the head of the text; None if none does.

    `likely` names formats to ask first: files of a folder are mostly of a few families. As no two formats claim
    the same text, it changes the time and never the answer.
    """
    head = text[:HEAD_LENGTH]
    found = next((known for known in formats_in_order(likely) if known.recognise(head)), None)
    if found is None and len(text) > HEAD_LENGTH and _NAMED.search(text):
        head = text[:LONGER_HEAD_LENGTH]
        found = next((known for known in formats_in_order(likely) if known.recognise(head)), None)
    return found


def read_digest(  # noqa: PLR0913 - what is known of a file, each by its name
    content: bytes,
    place: Place,
    stated: DigestDefaults | None = None,
    *,
    sha256: str | None = None,
    likely: Sequence[str] = (),
    is_repairing: bool = True,
    rules: Sequence[FormatRule] = (),
) -> ReadDigest | None:
    """Read one file; None if it is no digest (no format claims it and it names no arXiv identifier).

    An empty file with an ending of digests is a digest with no entries. A file that names arXiv identifiers
    but is of no known format is a digest with one reject, and so is one at which its format's parser fails;
    `fault` then says how. A file of which one of the user's `rules` speaks is read as that says, by no family.
    """
    stated = stated or DigestDefaults()
    text, encoding = decode(content)
    rule = rule_for(place, rules)
    known = None if rule is not None else recognise(text, likely)
    fault = None
    if known is not None:
        name = known.name
        parsed, counts, fault = _parse(known, text)
    elif not text.strip() and place.ending in DIGEST_ENDINGS:
        name, parsed = EMPTY_FORMAT, Parsed()
        counts = _account(parsed, text)
    elif (found := _read_generic(text, rule)) is not None:
        name, parsed, counts, fault = found
    elif names_papers(text) or _breaks_off_in_record(text):
        name, parsed = UNKNOWN_FORMAT, _one_reject(text, "unknown_format")
        counts = _account(parsed, text)
    else:
        return None
    is_from_stem = known is not None and known.list_from_stem
    repairs = repair_parsed(parsed, text, is_repairing=is_repairing)
    facts = _Facts(content, sha256, name, encoding, counts, _independent_count(parsed, text), rule)
    return _digest_of(parsed, place, stated, facts, repairs=repairs, fault=fault, is_from_stem=is_from_stem)


def read_as_reject(
    content: bytes, place: Place, stated: DigestDefaults | None = None, *, reason: str, fault: str
) -> ReadDigest:
    """The file as a digest of one reject, whatever it holds: for one that could not be read to its end.

    Nothing is recognised or parsed, and no identifier counted.
    """
    text, encoding = decode(content)
    parsed = _one_reject(text, reason)
    facts = _Facts(content, None, UNKNOWN_FORMAT, encoding, _account(parsed, text), (0, 0))
    return _digest_of(parsed, place, stated or DigestDefaults(), facts, fault=fault)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of a file beside what it says."""

    content: bytes
    sha256: str | None
    format: str
    encoding: str
    counts: tuple[int, int, int, int]
    identifiers: tuple[int, int]
    rule: FormatRule | None = None


def _digest_of(  # noqa: PLR0913 - what a digest is made of, each by its name
    parsed: Parsed,
    place: Place,
    stated: DigestDefaults,
    facts: _Facts,
    *,
    repairs: Sequence[Repair] = (),
    fault: str | None = None,
    is_from_stem: bool = False,
) -> ReadDigest:
    digest_date, date_source = _date_of(parsed, place, stated)
    list_name = list_of_place(place, from_stem=is_from_stem) or parsed.heading_list or stated.list_name
    sha256 = facts.sha256 or sha256_of(facts.content)
    n_lines, n_entry_lines, n_reject_lines, n_furniture_lines = facts.counts
    # What could not be read, or what no rule spoke of, is another digest than what is read later in its place.
    reading = [*(["unread"] if fault else []), *([facts.rule.reading] if facts.rule else [])]
    seen, unaccounted = facts.identifiers
    return ReadDigest(
        digest_id=stable_hex(sha256, digest_date.isoformat() if digest_date else None, list_name, *reading),
        path=place.path,
        sha256=sha256,
        format=facts.format,
        source=stated.source,
        list_name=list_name,
        digest_date=digest_date,
        date_source=date_source,
        encoding=facts.encoding,
        unit=parsed.unit,
        n_bytes=len(facts.content),
        n_lines=n_lines,
        n_entry_lines=n_entry_lines,
        n_reject_lines=n_reject_lines,
        n_furniture_lines=n_furniture_lines,
        n_ids_seen=seen,
        n_ids_unaccounted=unaccounted,
        entries=parsed.entries,
        rejects=[_shortened(reject) for reject in parsed.rejects],
        furniture=parsed.furniture,
        repairs=list(repairs),
        fault=fault,
    )


def _parse(known: DigestFormat, text: str) -> tuple[Parsed, tuple[int, int, int, int], str | None]:
    """What the format reads, the counts that add up, and the fault of its parser, if there is one.

    A parser that fails, or whose spans do not add up, loses nothing: the whole text becomes one reject.
    """
    try:
        parsed = known.parse(text)
        if LOST in text:
            _refuse_lost_titles(parsed, text)
        return parsed, _account(parsed, text), None
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a parser does wrong must not stop the other files
        stop_at_fault_of_code(error)
        parsed = _one_reject(text, "parser_fault")
        fault = f"the parser of {known.name} failed ({type(error).__name__}: {str(error)[:200]})"
        return parsed, _account(parsed, text), fault


def _refuse_lost_titles(parsed: Parsed, text: str) -> None:
    """Make rejects of the entries whose title is mostly characters that could not be decoded."""
    lost = [
        entry
        for entry in parsed.entries
        if entry.title and _LOST_SHARE * entry.title.count(LOST) >= len(entry.title)
    ]
    if not lost:
        return
    lines = text.split("\n")
    parsed.entries = [entry for entry in parsed.entries if entry not in lost]
    for entry in lost:
        stretch = "\n".join(lines[entry.line_start - 1 : entry.line_end])
        parsed.rejects.append(Reject(entry.line_start, entry.line_end, "damaged_text", stretch))


def _read_generic(
    text: str, rule: FormatRule | None
) -> tuple[str, Parsed, tuple[int, int, int, int], str | None] | None:
    """What the generic reader makes of a text that no family claims; None if it finds no record of a paper."""
    from paperhouse.transforms.formats.generic.reader import read_generic  # noqa: PLC0415 - see the package

    try:
        reading = read_generic(text, rule)
        if reading is None or not reading.parsed.entries:
            return None
        return reading.structure.format, reading.parsed, _account(reading.parsed, text), None
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the reader does wrong must not stop the other files
        stop_at_fault_of_code(error)
        parsed = _one_reject(text, "parser_fault")
        fault = f"the generic reader failed ({type(error).__name__}: {str(error)[:200]})"
        return UNKNOWN_FORMAT, parsed, _account(parsed, text), fault


def found_structure(content: bytes, place: Place, rules: Sequence[FormatRule] = ()) -> Structure | None:
    """What the generic reader finds in a file that it reads: the record, its fields, and why; None for all others."""
    text, _ = decode(content)
    rule = rule_for(place, rules)
    if rule is None and recognise(text) is not None:
        return None
    from paperhouse.transforms.formats.generic.reader import read_generic  # noqa: PLC0415 - see the package

    reading = read_generic(text, rule)
    return reading.structure if reading is not None and reading.parsed.entries else None


def _breaks_off_in_record(text: str) -> bool:
    """Whether a text begins as JSON does and is none, and a field of it says which paper it is of."""
    if text.lstrip()[:1] not in ("[", "{"):
        return False
    is_named = any(next(_matches(_ID_FIELD, name, text), None) for name in _ID_NAMES)
    return is_named and load_json(text) is None


def _one_reject(text: str, reason: str) -> Parsed:
    return Parsed(rejects=[Reject(1, count_lines(text), reason, text)] if text else [])


def _account(parsed: Parsed, text: str) -> tuple[int, int, int, int]:
    """Number of lines (or records), and of those in entries, in rejects and of furniture, which add up to it."""
    if parsed.unit == "line":
        n_lines = count_lines(text)
        n_entry_lines, n_furniture_lines = settle_lines(parsed, text, n_lines)
        return n_lines, n_entry_lines, size(parsed.rejects), n_furniture_lines
    n_claimed = len(parsed.entries) + len(parsed.rejects) + len(parsed.furniture)
    if n_claimed != parsed.n_records:
        msg = (
            f"{parsed.n_records} records, but {n_claimed} are claimed; this is a fault of the format's parser"
        )
        raise AccountingError(msg, n_records=parsed.n_records, n_claimed=n_claimed)
    return parsed.n_records, len(parsed.entries), len(parsed.rejects), len(parsed.furniture)


def _date_of(parsed: Parsed, place: Place, stated: DigestDefaults) -> tuple[date | None, str | None]:
    for day, source in (
        (place.digest_date, "path"),
        (parsed.heading_date, "heading"),
        (stated.digest_date, "option"),
        (stated.commit_date, "commit"),
    ):
        if day is not None:
            return day, source
    return None, None


def _independent_count(parsed: Parsed, text: str) -> tuple[int, int]:
    """Distinct identifiers that a plain scan finds in link position, and those that nothing accounts for."""
    links = _matches(_PAGE_LINK, _PAGE, text)
    written = {link[1] for link in links if link[2] in _TARGET_ENDS or _is_cell(text, link)}
    if _HF_PAGE in text:
        written.update(identifier for identifier, end in _HF_PAGE_LINK.findall(text) if end in _TARGET_ENDS)
    if "\nTY  - " in text or text.startswith("TY  - "):
        written.update(_RIS_LINK.findall(text))
    written.update(match[1] for match in _matches(_EPRINT, "eprint", text))
    if parsed.unit == "record" and text.lstrip().startswith("<"):
        written.update(match["id"] for match in _ELEMENT_ID.finditer(text) if not match["deleted"])
    if parsed.unit == "record":
        for name in _ID_NAMES:
            written.update(match[1] for match in _matches(_ID_FIELD, name, text))
        written.update(match[1] for match in _matches(_DOI_VALUE, "10.48550/ar", text))
    seen = set(_canonical(written))
    missing = seen - {entry.arxiv_id for entry in parsed.entries}
    for reject in parsed.rejects if missing else ():
        missing -= _identifiers(reject.text)
    return len(seen), len(missing)


def _matches(pattern: re.Pattern[str], word: str, text: str) -> Iterator[re.Match[str]]:
    """Matches of a pattern that begins with `word` and holds it nowhere else.

    `find` jumps from one to the next, many times as fast as a search.
    """
    at = text.find(word)
    while at >= 0:
        match = pattern.match(text, at)
        if match is not None:
            yield match
        at = text.find(word, at + 1)


def _is_cell(text: str, match: re.Match[str]) -> bool:
    """Whether the address is a whole cell of a CSV row."""
    before = text[max(match.start() - _LONGEST_HOST, 0) : match.start()]
    return _CELL_START.search(before) is not None


def _canonical(written: Iterable[str]) -> Iterator[str]:
    for identifier in written:
        try:
            yield split_version(identifier)[0]
        except InvalidArxivIdError:
            continue


def _identifiers(text: str) -> set[str]:
    """Canonical identifiers that stand anywhere in the text."""
    found: set[str] = set()
    for digits in _ID_DIGITS.finditer(text):
        start = max(digits.start() - _LONGEST_ARCHIVE, 0)
        # One character more on the left: it may show that the digits are no identifier's.
        found.update(match[0] for match in _WRITTEN_ID.finditer(text, start, digits.end() + _LONGEST_ARCHIVE))
    return set(_canonical(found))


def _shortened(reject: Reject) -> Reject:
    if len(reject.text) <= REJECT_TEXT_LIMIT:
        return reject
    return Reject(reject.line_start, reject.line_end, reject.reason, reject.text[:REJECT_TEXT_LIMIT])


def understood_spans(digest: ReadDigest) -> list[tuple[int, int, str, str]]:
    """How each stretch of a digest was understood: first line, last line, what it is, and detail; in order."""
    spans = [
        *(
            (e.line_start, e.line_end, "entry", f"{e.arxiv_id} {e.title or '(no title)'}")
            for e in digest.entries
        ),
        *((r.line_start, r.line_end, "reject", f"{r.reason}: {r.text[:80]!r}") for r in digest.rejects),
        *((f.line_start, f.line_end, "furniture", f.kind) for f in digest.furniture),
    ]
    return sorted(spans)
