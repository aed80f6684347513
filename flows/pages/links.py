"""Addresses: of our own pages, served or as files, and which foreign ones may be links."""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import quote, urlsplit

_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_OTHER: Final = re.compile(r"[^a-z0-9]+")


def slug(name: str) -> str:
    """A name as a part of an address that any file system takes; what must be changed keeps a hash of the whole."""
    if _PLAIN.fullmatch(name) and not name.endswith("."):
        return name
    digest = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{_OTHER.sub('-', name.lower())[:40].strip('-')}-{digest}".lstrip("-")


def foreign_link(url: str | None) -> str | None:
    """The address if it may be a link: http(s) with a host and without a password; else None."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
        is_link = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
    except ValueError:
        return None
    return url if is_link and not any(ord(letter) <= ord(" ") for letter in url) else None


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses of pages, relative to the page that names them; `suffix` is that of files, empty when served."""

    suffix: str = ""

    def file_of(self, page: str) -> str:
        """Where a page lies, below the folder of the site or the server's root."""
        return f"{page or 'index'}{self.suffix}" if self.suffix else page

    def to(self, page: str, here: str) -> str:
        """The address of a page as the page `here` names it."""
        return "../" * here.count("/") + (_quoted(self.file_of(page)) or "./")

    def file(self, name: str, here: str) -> str:
        """The address of a file that is no page: a style sheet, a feed, a citation."""
        return "../" * here.count("/") + _quoted(name)


@lru_cache(maxsize=10_000)
def _quoted(name: str) -> str:
    """A page's address: the same few hundred stand on every page."""
    return quote(name)
