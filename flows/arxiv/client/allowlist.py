"""Which addresses may get requests: arXiv and DataCite by https, and loopback where a setting for tests says so."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from paperhouse.transforms.errors import AddressRefusedError

HOSTS: Final = frozenset({"export.arxiv.org", "oaipmh.arxiv.org", "rss.arxiv.org", "api.datacite.org"})
_HTTPS_PORTS: Final = (None, 443)
_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Addresses:
    """The list of hosts; `is_loopback_allowed` is for tests and adds plain http to this machine, nothing else."""

    hosts: frozenset[str] = HOSTS
    is_loopback_allowed: bool = False

    def require_allowed(self, url: str) -> None:
        """Refuse any address that is not on the list.

        Raises:
            AddressRefusedError: scheme, host or port is another, the address holds a name and password, or it
                cannot be read.
        """
        # urllib3's own reading: it is what the connection is made from, so no other reading can differ from it.
        try:
            parts = parse_url(url)
        except LocationParseError as error:
            raise _refused(url, "cannot be read as an address") from error
        if parts.auth is not None or any(ord(char) <= ord(" ") or char == "\\" for char in url):
            raise _refused(url, "holds a user name, a space or a backslash")
        if self.is_loopback_allowed and is_loopback_url(url):
            return
        if parts.scheme != "https":
            raise _refused(url, f"is asked by {parts.scheme or 'no scheme'}, expected https")
        if parts.host not in self.hosts or parts.port not in _HTTPS_PORTS:
            raise _refused(url, f"is none of {', '.join(sorted(self.hosts))}")


def is_loopback_url(url: str) -> bool:
    """Whether the address is plain http to this very machine, by number: names can be made to lead elsewhere."""
    try:
        parts: Url = parse_url(url)
        host = ip_address((parts.host or "").strip("[]"))
    except (LocationParseError, ValueError):
        return False
    return parts.scheme == "http" and host.is_loopback


def _refused(url: str, why: str) -> AddressRefusedError:
    msg = f"{url[:_SHOWN]}: {why}; nothing was asked there"
    return AddressRefusedError(msg, url=url[:_SHOWN], is_retryable=False)
