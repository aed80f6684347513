"""The title of a record: under a label, in the head, in the words of a link, or a line of its own."""

# ruff: noqa: E501, PLR2004  (patterns and vocabularies are read in one piece; the numbers are lengths of what is looked at)

import re
from typing import Final

from paperhouse.transforms.formats.generic.author_lines import take_lone_name, take_names
from paperhouse.transforms.formats.generic.draft import NOTHING, EntryDraft, translate
from paperhouse.transforms.formats.generic.names import is_lone_name, looks_like_names, read_names
from paperhouse.transforms.formats.generic.pieces import HEAD_NUMBER, LABELLED_TITLE, Piece
from paperhouse.transforms.formats.generic.segments import bare_text, bold_parts, links_in, unmarked
from paperhouse.transforms.formats.generic.vocabulary import is_generic_heading, is_link_word, role_of
from paperhouse.transforms.text.language import written_language

_OPENING_STAR: Final = re.compile(r"(?<![\w*])\*(?=[^\s*])")
_CITATION: Final = re.compile(
    r"(?:\[\d{1,4}\][ ]?)?(?P<names>.{4,2000}?)[.,:]?[ ]?(?:[(\[](?:19|20)\d\d[a-z]?[)\]][.,]?)?[ ]{0,9}(?:[\"“](?P<quoted>[^\"“”]{12,300}?)[.,]?[\"”]|(?<=[.:)])(?<![ .][A-Z]\.)(?<!\b(?:Md|Jr|Sr|St|Dr|Ko)\.)[ ](?P<plain>[A-Z0-9][^\"“”]{11,300}?)[.?!])[ ,.]*"
    r"(?:[*_]?(?:arXiv|In\b|CoRR|Proceedings|ICLR|NeurIPS|CVPR|ACL|EMNLP|ICML|preprint|\(?(?:19|20)\d\d)|https?://)",
)
_TAIL: Final = re.compile(
    r"(?<![ \t])[ \t]*(?:\[\[?(?:back|top|pdf|arxiv|abs|code|link|html|paper|↑)\]?\](?:\([^)\s]*\))?|\((?:(?-i:cs|math|stat|eess|econ|q-bio|q-fin|astro-ph|cond-mat|gr-qc|hep-[a-z]{2}|math-ph|nlin|nucl-[a-z]{2}|physics|quant-ph)(?:\.[A-Za-z-]{2,17})?[,;/ ]{0,3}){1,20}\)"
    r"|[(\[]?arXiv:[ ]?[\w./-]+[)\]]?|`[^`\n]{1,60}`|[(\[]?https?://\S{1,2000}|(?<![📦🔥⭐🆕✨🌟💻📄📥🔗🏆])[📦🔥⭐🆕✨🌟💻📄📥🔗🏆]+(?:\s?(?:代码|有代码|code|new|hot))?|\(\d(?:\.\d+)?\))[ \t]*\Z",
    re.IGNORECASE,
)
_TAIL_ENDS: Final = (")", "]", "`")
_LATIN_WORD: Final = re.compile(r"[A-Za-z\u00c0-\u024f]{2,}")
_HAN: Final = re.compile(r"[\u3400-\u9fff\u3041-\u30ff\uac00-\ud7a3]")
_PAREN_TAIL: Final = re.compile(
    r"\A(?P<title>.{8,400}?)[ \t]*[(（](?P<names>[^()（）]{5,4000}(?:[(（][^()（）]{0,80}[)）][^()（）]{0,2000}){0,6})[)）][ \t]*\Z",
    re.DOTALL,
)
_SLANTED: Final = re.compile(
    r"(?<![*\w])\*([^*\n]{4,3000})\*(?![*\w])|(?<![_\w])_([^_\n]{4,3000})_(?![_\w])|<(?:i|em)>([^<\n]{4,3000})</(?:i|em)>"
)
_DASH: Final = re.compile(r"(?<![ \t])(?:[ \t]+(?:[-–—]|by)[ \t]+|[ \t]*—[ \t]*)")
_LINKS_BEHIND: Final = re.compile(r"\[\[?[^\]\n]{0,40}\]?\]\([^)\n]{0,1500}\)\]?|<a\b.*")
_BOLD_START: Final = re.compile(r"\*\*(.+?)\*\*")
_MIN_PROSE: Final = 280
_LONGEST_TITLE: Final = 400
_LONGEST_HEAD: Final = 4000
_ID_LINK_ROLES: Final = frozenset({"arxiv_id", "link", "pdf", "html"})


def set_title(draft: EntryDraft, pieces: list[Piece]) -> None:
    """Find the title of the record; text in another script is a translated title."""
    entry = draft.entry
    for piece in pieces:
        if piece.role in {"title", "title_zh"} and piece.text:
            links = [link for link in links_in(piece.text) if not is_link_word(link.words)]
            text = _clean_title(links[0].words if links else piece.text)
            _take_title(draft, text, piece.label, is_translation=piece.role == "title_zh")
    head = pieces[0] if pieces and not pieces[0].label else None
    if entry.title is None and head is not None:
        _title_of_head(draft, head)
    if entry.title is None:
        _title_elsewhere(draft, pieces)


def _take_title(draft: EntryDraft, text: str, source: str, *, is_translation: bool = False) -> bool:
    """Keep the text as title, or as a translated one where its script says so; False if it is no title."""
    if not text or len(text) > _LONGEST_TITLE or text.lower() in NOTHING:
        return False
    language = written_language(text)
    if language is not None or (is_translation and _HAN.search(text)):
        translate(draft.entry, language or "zh", title=text)
        return True
    if draft.entry.title is None and not is_translation:
        draft.entry.title = text
        draft.sources["title"] = source
    return True


def _title_of_head(draft: EntryDraft, head: Piece) -> None:
    """Title, and what else stands in the head: names behind it, in brackets or after a dash."""
    raw = head.lines[0]
    links = [
        link for link in links_in(raw) if not is_link_word(link.words) and not link.words.startswith("!")
    ]
    source = "heading" if head.how == "heading" else "first line"
    if links:
        words = _clean_title(links[0].words)
        if _is_title(words, weak=True) and _take_title(draft, words, f"link text of the {source}"):
            _names_in_rest(draft, raw[links[0].end :])
            return
    bold = next((part for part in bold_parts(raw) if len(part) > 8 and role_of(part) is None), None)
    if bold is not None and not is_link_word(bare_text(bold)):
        words = _clean_title(bold)
        if _is_title(words, weak=True) and _take_title(draft, words, f"bold text of the {source}"):
            _names_in_rest(draft, raw[raw.find(bold) + len(bold) :])
            return
    if head.how == "heading" or len(head.lines) == 1 or len(raw) < _MIN_PROSE:
        _title_of_text(draft, raw, source, is_heading=head.how == "heading")


def _title_of_text(draft: EntryDraft, raw: str, source: str, *, is_heading: bool) -> None:
    text = _clean_title(raw)
    cited = (
        _CITATION.match(bare_text(unmarked(raw[:_LONGEST_HEAD]))) if not is_heading and "." in raw else None
    )
    if cited and (looks_like_names(cited["names"]) or is_lone_name(cited["names"])):
        if _take_title(draft, _clean_title(cited["quoted"] or cited["plain"]), f"a citation in the {source}"):
            take_names(draft, cited["names"], f"a citation in the {source}")
        return
    match = _PAREN_TAIL.match(text)
    if match and looks_like_names(match["names"]):
        if _take_title(draft, _clean_title(match["title"]), source):
            take_names(draft, match["names"], f"brackets of the {source}")
        return
    if match:
        take_lone_name(draft, match["names"], _clean_title(match["title"]))
    parts = _DASH.split(text, maxsplit=1)
    if len(parts) == 2 and _are_names(text, parts):  # title and the rest
        if _take_title(draft, _clean_title(parts[0]), source):
            take_names(draft, _DASH.split(parts[1])[0], f"behind the title in the {source}")
        return
    if len(parts) == 2:
        take_lone_name(draft, _DASH.split(parts[1])[0], _clean_title(parts[0]))
    if _is_title(text, weak=is_heading):
        _take_title(draft, text, source)


def _are_names(text: str, parts: list[str]) -> bool:
    """Whether names stand behind the dash; behind `by` only whole names do, as titles go on so too."""
    names = _DASH.split(parts[1])[0]
    if not looks_like_names(names):
        return False
    is_by = text[len(parts[0]) :].lstrip().startswith("by")
    return not is_by or all(" " in name for name in read_names(names)[0])


def _names_in_rest(draft: EntryDraft, rest: str) -> None:
    if not rest:
        return
    plain = bare_text(_LINKS_BEHIND.sub("", rest)).strip(" \t*-–—:：,.()（）[]|")
    if plain and looks_like_names(plain):
        take_names(draft, plain, "behind the title")
        return
    take_lone_name(draft, plain)
    slanted = _SLANTED.search(rest)
    if slanted and looks_like_names(slanted[1] or slanted[2] or slanted[3]):
        take_names(draft, slanted[1] or slanted[2] or slanted[3], "in italics behind the title")


def _title_elsewhere(draft: EntryDraft, pieces: list[Piece]) -> None:
    """A title behind the head: the words of a link to the paper, a bold or short line before any prose."""
    for piece in pieces:
        if piece.is_scope or piece.is_side or (piece.role is not None and piece.role not in _ID_LINK_ROLES):
            continue
        for link in links_in(piece.text):
            words = _clean_title(link.words)
            if (
                draft.entry.arxiv_id in link.url
                and not is_link_word(link.words)
                and _is_title(words, weak=True)
                and _take_title(draft, words, "link text")
            ):
                return
        if piece.label:
            continue
        line = (
            " ".join(part.strip() for part in piece.lines)
            if 1 < len(piece.lines) <= 3 and not piece.lines[0].rstrip().endswith(".")
            else piece.lines[0]
        )  # a title over two lines
        line = line if _PAREN_TAIL.match(_clean_title(line)) else piece.lines[0]
        if (
            len(line) > _MIN_PROSE + 4000
            or (piece.how != "heading" and looks_like_names(line))
            or "](" in line
            or line.startswith("http")
        ):
            continue
        text = _clean_title(line)
        if _PAREN_TAIL.match(text) or (
            _is_title(text, weak=False) and not text.endswith((".", "。", "...", ":", "："))
        ):
            before = draft.entry.title
            _title_of_text(draft, line, "a line of its own", is_heading=False)
            if draft.entry.title != before:
                return
        if len(text) > _MIN_PROSE:
            return


def _is_title(text: str, *, weak: bool) -> bool:
    if (
        not text
        or len(text) > _LONGEST_TITLE
        or is_link_word(text)
        or role_of(text) is not None
        or text.startswith(("http", "@"))
    ):
        return False
    if weak:
        if " " not in text and not _HAN.search(text):
            return False  # `notes`, `README`: the name of a file
        return len(_LATIN_WORD.findall(text)) >= 6 or not is_generic_heading(text)
    return len(_LATIN_WORD.findall(text)) >= 3 and 12 <= len(text) <= 250


def _may_have_tail(text: str) -> bool:
    """Whether the text holds what every tail of a title has."""
    lowered = text.lower()
    return (
        text.rstrip(" \t")[-1:] in _TAIL_ENDS
        or not text.isascii()
        or "arxiv:" in lowered
        or "http" in lowered
    )


def _clean_title(raw: str) -> str:
    """Title without numbers, marks and emoji before it, and without ids, categories and links behind."""
    text = bare_text(unmarked(raw[:_LONGEST_HEAD]))
    text = text[HEAD_NUMBER.match(text).end() :]  # type: ignore[union-attr]  # it matches the empty string too
    text = LABELLED_TITLE.sub("", text, count=1)
    bold = _BOLD_START.match(text) if text.startswith("**") else None
    if bold and len(bold[1]) > 8:
        text = bold[1] if not text[bold.end() :].strip() or len(text) - bold.end() < len(bold[1]) else text
    while _may_have_tail(text) and (shorter := _TAIL.sub("", text)) != text:
        text = shorter
    text = bare_text(text).strip(" \t\n|·-–—")
    if text[:1] == "*" and "*" not in text[1:]:
        text = text[1:].lstrip()
    elif text[-1:] == "*" and (text[-2:-1] in "* " or _OPENING_STAR.search(raw)) and text[:1] != "*":
        text = text.rstrip(" *")  # a star that stands at a word without a pair is the title's: `Improving A*`
    return " ".join(text.split()) if "\n" in text else text
