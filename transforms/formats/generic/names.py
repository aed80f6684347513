"""Author lists in any dress: told from prose by their looks, split, and how complete they are."""

# ruff: noqa: E501, PLR2004  (patterns and vocabularies are read in one piece; the numbers are lengths of what is looked at)

import re
from functools import lru_cache
from typing import Final

from paperhouse.transforms.digest import Completeness
from paperhouse.transforms.formats.generic.segments import bare_text
from paperhouse.transforms.parsing.author_list import LISTING_PAGE_LIMIT
from paperhouse.transforms.parsing.json_records import load_json, load_literal

_ET_AL: Final = re.compile(
    r"[\s,;，、]*(?:(?:and[ \t]+)?(?:et\.?[ \t]?al\b\.?|\bothers\b|(?<!\w)\.{3}|…)|等(?:[ \t]*\d+[ \t]*(?:位|名)?(?:作者)?|人)?|ほか|외[ \t]*\d*[ \t]*(?:명|인)?"
    r"|[+＋][ \t]?\d+[ \t]*(?:more|authors?|位)?|\(?(?:and[ \t]+)?\d+[ \t]+(?:more|others?|additional)(?:[ \t]+authors?)?\)?)[\s.。)）]*\Z",
    re.IGNORECASE,
)
_COUNT: Final = re.compile(
    r"[\s,]*[(（\[][ \t]*(?:total[ \t]*)?\d+[ \t]*(?:authors?|位作者|人|名)?[ \t]*[)）\]]\Z", re.IGNORECASE
)
_TEAM: Final = re.compile(r"(?<=et al)\.?[ ]?[(（][^()（）]{1,100}[)）]\Z")
_BY: Final = re.compile(r"(?:by|authors?|作者)[ \t]*[:：]?[ \t]+", re.IGNORECASE)
_DIVIDER: Final = re.compile(r"[;；、|·•]")
"""What divides names wherever it stands; where there is none, commas do."""
_COMMA: Final = re.compile(r"[,，]")
_AND: Final = re.compile(r"(?:^|(?<![ \t])[ \t]+)(?:and|&|und|et|y|と)[ \t]++(?=\S)", re.IGNORECASE)
_FIRST_PART: Final = re.compile(r"[^,;，；、|·•]{2,70}(?:[,;，；、|·•]|\Z)")
_CLOSING: Final = frozenset(")）]")
_CUT_WORDS: Final = ("al", "other", "...", "…", "等", "ほか", "외", "+", "＋", "more", "additional")
_LONGEST_TAIL: Final = 160
_TAIL: Final = 80
"""Characters at the end of a list in which it may say that it is cut."""
_SUFFIX_STARTS: Final = frozenset({"Jr", "Sr", "II", "IV"})
_SUFFIX: Final = re.compile(r"(?:Jr|Sr|I{2,3}|IV)\.?\Z")
_WORD: Final = re.compile(r"[^\W\d_]")
_NAME: Final = re.compile(r"[^\d_,;:()\[\]<>@#%&*+/|!?$\n]{2,100}")
_PARTICLES: Final = frozenset(
    [
        "de",
        "da",
        "do",
        "dos",
        "das",
        "del",
        "della",
        "di",
        "du",
        "van",
        "von",
        "der",
        "den",
        "ten",
        "ter",
        "la",
        "le",
        "el",
        "al",
        "bin",
        "ibn",
        "dal",
        "zu",
        "af",
        "y",
        "e",
        "st",
        "san",
        "mc",
        "ur",
        "ul",
        "uz",
        "vom",
        "zum",
        "ben",
        "bint",
        "abu",
        "op",
        "het",
        "los",
        "las",
    ]
)
_SAYS_NONE: Final = re.compile(
    r"未提|未标|未列|未明|未给|未公|未知|暂未|暂无|无法|没有|不详|需从|記載なし|不明|미제공|정보 없음|not (?:available|provided|given|specified|listed|stated)"
)
"""How a bot says that it found no names."""
_NO_NAMES: Final = frozenset(
    [
        "not listed",
        "unknown",
        "n/a",
        "na",
        "none",
        "null",
        "anonymous",
        "未知",
        "暂无",
        "无",
        "未提供",
        "未列出",
        "不明",
        "-",
        "—",
        ":",
        "no authors",
        "author unknown",
        "authors",
    ]
)
_HAN: Final = re.compile(r"[\u3400-\u9fff\u3041-\u30ff\uac00-\ud7a3]")
_MARKUP: Final = re.compile(r"<[^<>]{0,200}>|(?<!\w)[*_`]{1,2}(?=\S)|(?<=\S)[*_`]{1,2}(?!\w)|\[\[|\]\]")
_AFFILIATION: Final = re.compile(
    r"(?<![ \t])[ \t]*(?:[(（][^()（）]{0,200}[)）]|[¹²³⁴⁵⁶⁷⁸⁹⁰†‡§*]+|\^\{?[\d,*† ]{1,12}\}?|<sup>[^<]{0,40}</sup>)"
)
_MARKED: Final = re.compile(r"[(（¹²³⁴⁵⁶⁷⁸⁹⁰†‡§*^<_`\[\]]")
"""One of these has every name that carries an affiliation or markup."""
_LONGEST: Final = 100
_MANY_NAMES: Final = 6
_PROSE: Final = re.compile(
    r" (?:the|of|is|are|to|in|for|that|with|we|on|as|this|by|can|an|from|it|be|which|our) "
)
_MOST_WORDS: Final = 7


def read_names(text: str) -> tuple[list[str], Completeness]:
    """Names of a text that a label says to be authors; a text that says there are none gives none."""
    listed = _python_list(text)
    if listed is not None:
        return listed, "truncated" if len(listed) >= LISTING_PAGE_LIMIT else "full"
    written = bare_text(text)
    written = _BY.sub("", written, count=1) if _BY.match(written) else written
    written = written.replace("\n", " ").strip(" \t.。")
    if written[-1:] in _CLOSING:
        written = written[:-_LONGEST_TAIL] + _COUNT.sub("", _TEAM.sub("", written[-_LONGEST_TAIL:]))
    if _says_nothing(written):
        return [], "none"
    tail = written[-_TAIL:]
    shortened = _ET_AL.sub("", tail) if _may_be_cut(tail) else tail
    is_cut = shortened != written[-_TAIL:]
    shortened = written[:-_TAIL] + shortened
    names = [name for part in _split(shortened) if (name := _clean(part))]
    names = [name for name in names if not _says_nothing(name)]
    if not names:
        return [], "none"
    if is_cut:
        return names, "first_only" if len(names) == 1 else "truncated"
    return names, "truncated" if len(names) >= LISTING_PAGE_LIMIT else "full"


def _python_list(text: str) -> list[str] | None:
    """Names of a list as Python or JSON writes it, where a table keeps it as text."""
    plain = text.strip()
    if plain[:2] not in {"['", '["'} or plain[-1:] != "]":
        return None
    value = load_json(plain) if plain[1] == '"' else load_literal(plain)
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        return None
    return [name for part in value if (name := str(part).strip())]


@lru_cache(maxsize=4096)
def looks_like_names(text: str) -> bool:
    """Whether a text without a label is a list of names: nearly all its parts are written as names are."""
    if len(text) > 20_000 or "://" in text or _PROSE.search(text):
        return False
    plain = bare_text(text)
    if _FIRST_PART.match(plain) is None:
        return False
    lowered = plain.lower()
    may_say_by = "by" in lowered or "author" in lowered or "作者" in plain
    written = _without_tail(_BY.sub("", plain, count=1) if may_say_by else plain).strip(" \t.")
    if not written:
        return False
    parts = _split(written)
    good = sum(is_name(_clean(part)) for part in parts)
    if len(parts) == 1:
        return (
            good == 1
            and 2 <= len(parts[0].split()) <= 4
            and (_BY.match(plain) is not None or _ET_AL.search(plain) is not None)
        )
    return good >= max(2, 0.85 * len(parts)) and (is_name(_clean(parts[0])) or len(parts) > _MANY_NAMES)


def is_lone_name(text: str) -> bool:
    """Whether the text is one name and nothing else: two to four words, each written as a name is."""
    plain = bare_text(text).strip(" \t.,")
    return len(plain) < 60 and 2 <= len(plain.split()) <= 4 and is_name(plain)


def looks_like_full_names(text: str) -> bool:
    """Whether the text lists names of two words or more: `A Bell, C Dunn`, and not `Bell, A`."""
    parts = text.split(", ")
    return len(parts) > 1 and all(" " in part.strip() for part in parts) and looks_like_names(text)


def _without_tail(text: str) -> str:
    """The text without `et al.` or a count of names at its end."""
    tail = _COUNT.sub("", text[-_TAIL:]) if text[-1:] in _CLOSING else text[-_TAIL:]
    return text[:-_TAIL] + (_ET_AL.sub("", tail) if _may_be_cut(tail) else tail)


def _may_be_cut(tail: str) -> bool:
    """Whether the end of a list holds one of the words or signs with which it says that it goes on."""
    lowered = tail.lower()
    return any(word in lowered for word in _CUT_WORDS)


def _split(text: str) -> list[str]:
    if _DIVIDER.search(text):
        written = _DIVIDER.split(text)
    else:
        written = text.split(",") if "，" not in text else _COMMA.split(text)
    parts: list[str] = []
    for part in map(str.strip, written):
        if part[:2] in _SUFFIX_STARTS and parts and _SUFFIX.fullmatch(part):
            parts[-1] = f"{parts[-1]}, {part}"
        elif part:
            parts.append(part)
    if parts:
        # `A, B and C`, `A, B, and C`, `A and B`.
        parts[-1:] = [name.strip() for name in _AND.split(parts[-1]) if name and name.strip()]
    return parts


def _clean(name: str) -> str:
    if name.replace(" ", "").isalpha():
        return name.strip()
    if _MARKED.search(name) is None:
        return name.strip(" \t,;，；")
    name = _AFFILIATION.sub("", name) if not name.startswith("(") else name
    return _MARKUP.sub("", name).strip(" \t,;，；*_`")


def _says_nothing(text: str) -> bool:
    lowered = text.strip(" \t()（）[]*_`.。").lower()
    return (
        not lowered
        or lowered in _NO_NAMES
        or _WORD.search(lowered) is None
        or ((not lowered.isascii() or "not " in lowered) and _SAYS_NONE.search(lowered) is not None)
    )


def is_name(name: str) -> bool:
    """Whether a text is written as a name is: capitals, particles, no digits or signs."""
    if not name or len(name) > _LONGEST or _NAME.fullmatch(name) is None:
        return False
    if not name.isascii() and _HAN.search(name):
        return len(name) <= 5 and " " not in name  # 欧阳娜娜
    words = name.split()
    if not 1 <= len(words) <= _MOST_WORDS:
        return False
    is_whole = False
    for word in words:
        if not (word[0].isupper() or word[0] in "\\{'" or word.lower() in _PARTICLES):
            return False
        is_whole = is_whole or len(word.strip(".")) > 1
    return is_whole
