"""Who parses: processes of this machine, by their number, or the workers of a Dask cluster, by its scheduler."""

import os
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

SCHEME: Final = "dask"
DEFAULT_PORT: Final = 8786
"""On which a Dask scheduler listens unless it is told otherwise."""


@dataclass(frozen=True, slots=True)
class ClusterAddress:
    """A Dask scheduler, as the settings name it."""

    host: str
    port: int = DEFAULT_PORT

    @property
    def endpoint(self) -> str:
        """Host and port, as Dask takes them; by what protocol they are reached is said by Dask's own settings."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{SCHEME}://{self.endpoint}"


Workers = int | ClusterAddress
"""Processes of this machine, or a cluster."""


def default_workers() -> int:
    """Processes that parse if nothing is said: one a core, at most four."""
    return min(4, os.cpu_count() or 1)


def parse_workers(stated: object) -> Workers:
    """Read `4`, `"4"` or `"dask://scheduler:8786"`.

    Raises:
        ValueError: it is none of them; the message never shows a password.
    """
    if isinstance(stated, ClusterAddress):
        return stated
    if isinstance(stated, int) and not isinstance(stated, bool):
        number = stated
    elif isinstance(stated, str) and stated.strip().isdecimal():
        number = int(stated)
    else:
        return _parse_address(stated)
    if number < 1:
        msg = "write a number of processes greater than 0"
        raise ValueError(msg)
    return number


def _parse_address(stated: object) -> ClusterAddress:
    if not isinstance(stated, str) or not stated.startswith(f"{SCHEME}://"):
        msg = f"write a number of processes, or the address of a Dask scheduler such as {SCHEME}://scheduler:{DEFAULT_PORT}"
        raise ValueError(msg)
    if "@" in stated:
        msg = (
            "an address holds neither user nor password; what Dask's TLS needs stands in Dask's own settings"
        )
        raise ValueError(msg)
    try:
        parts = urlsplit(stated)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, None
    if parts is None or not host or port == 0 or any((parts.path, parts.query, parts.fragment)):
        msg = f"write host and port of the Dask scheduler and nothing else, such as {SCHEME}://scheduler:{DEFAULT_PORT}"
        raise ValueError(msg)
    return ClusterAddress(host, DEFAULT_PORT if port is None else port)


def may_hold_secret(stated: object) -> bool:
    """Whether a value that was refused should not be shown."""
    return "@" in str(stated)
