"""URLs in titles, abstracts and comments: where they stand, where they lead, and how arXiv masks them."""

import re
from collections.abc import Iterator
from typing import Final

from paperhouse.transforms.digest import LinkKind

MASK: Final = "this https URL"
"""What arXiv's listing pages print in place of a URL."""

# A run ends at a character that no URL holds, and where the next scheme starts, unless one URL carries the
# other in its path or query. Letters beyond Latin end it too: Chinese text follows a URL without a space.
# A backslash belongs to it only where it escapes; elsewhere it is LaTeX or a literal `\n`.
_RUN: Final = re.compile(
    r"https?://(?=[\w\u00c0-\u024f-]+\.[a-z0-9\u00c0-\u024f])"
    r"(?:(?!(?<![/=:?&])https?://)[!#-;=?-\[\]_a-z{}~\u00c0-\u024f]|\\[_%#&~$])+",
    re.IGNORECASE | re.ASCII,
)
# arXiv also masks domains without a scheme, and takes sentences that lack a space (`themselves.To`) for them.
_BARE_OR_MASKED: Final = re.compile(
    r"\bthis https? URL\b"
    r"|(?<![\w.@/\\-])(?:[\w-]+\.)+[a-z]{2,}\b(?!\.\w)(?P<path>[/?][^\s{}|\\^\[\]`<>\"]*)?",
    re.IGNORECASE,
)
_WORTH_MASKING: Final = re.compile(r"\.[A-Za-z]{2}|://| URL")
_LONE_LINK: Final = re.compile(
    r"\[(?P<text>[^\[\]\n]{0,300})\]\((?P<target>[^()\s]{1,1000})\)"
    r"|<a\s[^<>\n]{0,300}?\bhref\s*=\s*[\"'](?P<href>[^\"'<>\s]{1,1000})[\"'][^<>\n]{0,300}>(?P<inner>[^<>\n]{0,500})</a>"
    r"|<?(?P<url>https?://[^\s<>()\[\]]{1,1000})>?",
    re.IGNORECASE,
)
_ESCAPE: Final = re.compile(r"\\([_%#&~$])(?:\{\})?")
_BRACKET: Final = re.compile(r"[()\[\]{}]")
_OPENER_OF: Final = {")": "(", "]": "[", "}": "{"}
_TRAILING: Final = ".,;:!?'\"*$\\"
_PARTS: Final = re.compile(
    r"[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?(?P<host>\[[^\]/?#]*\]|[^/?#:]*)(?::\d*)?/*(?P<path>[^?#]*)",
    re.IGNORECASE,
)

KINDS: Final[tuple[tuple[str, str, LinkKind], ...]] = (
    ("github.com", "", "code"),
    ("raw.githubusercontent.com", "", "code"),
    ("gitlab", "", "code"),
    ("bitbucket.org", "", "code"),
    ("codeberg.org", "", "code"),
    ("gitee.com", "", "code"),
    ("gitcode.com", "", "code"),
    ("git.sr.ht", "", "code"),
    ("sourceforge.net", "", "code"),
    ("4open.science", "", "code"),
    ("codeocean.com", "", "code"),
    ("colab.research.google.com", "", "code"),
    ("kaggle.com", "code/", "code"),
    ("kaggle.com", "models/", "model"),
    ("kaggle.com", "datasets/", "dataset"),
    ("huggingface.co", "datasets/.", "dataset"),
    ("huggingface.co", "spaces/.", "project"),
    ("huggingface.co", "(?:papers|collections|blog|docs|learn|tasks|posts|models)(?:/|$)", "other"),
    ("huggingface.co", "[^/]+/[^/]", "model"),
    ("hf.co", "datasets/.", "dataset"),
    ("hf.co", "spaces/.", "project"),
    ("hf.co", "(?:papers|collections|blog|docs|learn|tasks|posts|models)(?:/|$)", "other"),
    ("hf.co", "[^/]+/[^/]", "model"),
    ("modelscope", "datasets/.", "dataset"),
    ("modelscope", "studios/.", "project"),
    ("modelscope", "models/.", "model"),
    ("zenodo.org", "", "dataset"),
    ("figshare.com", "", "dataset"),
    ("physionet.org", "", "dataset"),
    ("ieee-dataport.org", "", "dataset"),
    ("data.mendeley.com", "", "dataset"),
    ("dataverse.harvard.edu", "", "dataset"),
    ("github.io", "", "project"),
    ("gitlab.io", "", "project"),
    ("hf.space", "", "project"),
    ("readthedocs.io", "", "project"),
    ("sites.google.com", "", "project"),
)
"""Site, how the path starts (a pattern), and what that is; of one site the first row that fits counts.

A site is a domain with all below it, or, without a dot, the first label of any host (`gitlab.aicrowd.com`).
"""

_ROWS: Final = {
    site: tuple((re.compile(path, re.IGNORECASE), kind) for name, path, kind in KINDS if name == site)
    for site, _, _ in KINDS
}


def urls_in(text: str) -> list[str]:
    r"""Every http(s) URL of the text in order, each once, without the punctuation that follows it.

    A closing bracket stays only if it closes one inside the URL, so prose, Markdown, `\url{}` and `\href{}{}`
    all work. LaTeX escapes are undone (`\_` is `_`). A host without a dot (`https://your-link`) is no URL.
    """
    return list(dict.fromkeys(_ESCAPE.sub(r"\1", text[start:end]) for start, end in _spans(text)))


def mask_urls(text: str) -> str:
    """Put `this https URL` for every URL, bare domain and `this http URL`; nothing else changes.

    For comparison only: two wordings that differ only in what arXiv's listing page masks become equal. Like
    arXiv, it takes every word with a dot inside for a domain, so that `end.Then` is masked on both sides.
    """
    if _WORTH_MASKING.search(text) is None:
        return text
    pieces, done = [], 0
    for start, end in _spans(text):
        pieces += [text[done:start], MASK]
        done = end
    return _BARE_OR_MASKED.sub(_masked, "".join([*pieces, text[done:]]))


def _masked(match: re.Match[str]) -> str:
    path = match["path"] or ""
    return MASK + path[_length(path) :]


def lone_link(text: str) -> tuple[str, str] | None:
    """Text shown and target of the one link that is all there is; None where anything else stands beside it.

    `[text](target)`, `<a href="target">text</a>` and a bare URL, the last of which shows itself.
    """
    match = _LONE_LINK.fullmatch(text.strip(" \t\n*"))
    if match is None:
        return None
    target = match["target"] or match["href"] or match["url"]
    return (match["text"] or match["inner"] or target).strip(), target.strip()


def host_of(url: str) -> str:
    """Host in lower case without `www.`, user and port; empty where the text is no URL."""
    match = _PARTS.match(url.strip())
    return "" if match is None else match["host"].lower().rstrip(".").removeprefix("www.")


def link_kind(url: str) -> LinkKind:
    """Tell what the URL leads to by its host and path alone (table `KINDS`)."""
    match = _PARTS.match(url.strip())
    if match is None:
        return "other"
    for site in _sites(host_of(url)):
        for path, kind in _ROWS.get(site, ()):
            if path.match(match["path"]):
                return kind
    return "other"


def _sites(host: str) -> Iterator[str]:
    """Yield the host, its parent domains down to two labels, and its first label."""
    labels = host.split(".")
    for i in range(len(labels) - 1):
        yield ".".join(labels[i:])
    yield labels[0]


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Where the URLs of the text start and end. Every run is looked at once, so time is linear."""
    for run in _RUN.finditer(text):
        yield run.start(), run.start() + _length(run[0])


def _length(run: str) -> int:
    """Measure the URL in the run: up to the first bracket without partner, less trailing punctuation."""
    cut, opened = len(run), []
    for bracket in _BRACKET.finditer(run):
        if bracket[0] not in _OPENER_OF:
            opened.append(bracket)
        elif opened and opened[-1][0] == _OPENER_OF[bracket[0]]:
            opened.pop()
        else:
            cut = bracket.start()
            break
    if opened:
        cut = opened[0].start()
    return len(run[:cut].rstrip(_TRAILING))
