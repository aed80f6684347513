"""Every error a user can meet, in one tree.

PaperhouseError
├── InvalidArxivIdError     text that is no arXiv identifier
├── AccountingError         entries, rejects and furniture do not cover a digest exactly once
├── UnknownFormatError      a format name that no file in transforms/formats defines
├── SettingsError           a setting that is unknown, unreadable or out of range
├── InputError              a path that cannot be read
├── BusyError               another process holds the warehouse
├── PackageError            a load package that is damaged or missing
├── WarehouseError          the DuckDB file is missing, damaged or of another version
├── CheckFailedError        a check refused to publish
├── QueryError              SQL that the engine would not run
├── DeliveryError           a channel that did not accept a watch's message
├── ClusterError            workers on other machines that cannot be reached, do not fit, or were lost
└── RemoteError             arXiv could not be reached, or did not answer as it should
    ├── AddressRefusedError an address that is not on the list of hosts: no request was made
    ├── CircuitOpenError    too many failures in a row: no requests for a while
    └── ReplyError          a reply that is malformed, incomplete or about something else

Each message says where, what, the value and what to do; the same facts are attributes. All can be pickled.
"""

import re
from types import ModuleType
from typing import Any


class PaperhouseError(Exception):
    """Root of all errors that Paperhouse raises on purpose; `facts` holds what the message says."""

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.facts = facts

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), str(self), self.facts)


def _rebuild(kind: type[PaperhouseError], message: str, facts: dict[str, Any]) -> PaperhouseError:
    return kind(message, **facts)


class InvalidArxivIdError(PaperhouseError):
    """Text that is no arXiv identifier of either era."""


class AccountingError(PaperhouseError):
    """Entries, rejects and furniture overlap or leave a line unclaimed."""


class UnknownFormatError(PaperhouseError):
    """No file in transforms/formats has this name."""


class SettingsError(PaperhouseError):
    """A setting is unknown, unreadable or out of range."""


class InputError(PaperhouseError):
    """A path that was given cannot be read."""


class BusyError(PaperhouseError):
    """Another process is loading into the same home."""


class PackageError(PaperhouseError):
    """A load package is damaged or missing."""


class WarehouseError(PaperhouseError):
    """The DuckDB file is missing, damaged or of another version."""


class CheckFailedError(PaperhouseError):
    """A check found rows that should not exist, so the load was not published."""


class QueryError(PaperhouseError):
    """The engine refused a query."""


class DeliveryError(PaperhouseError):
    """A channel did not accept the message of a watch; it is sent again after the next load."""


class ClusterError(PaperhouseError):
    """Workers on other machines cannot be reached, do not fit this program, or were lost in the middle of a load."""


class RemoteError(PaperhouseError):
    """arXiv could not be reached, or did not answer as it should.

    Facts, where known: `url`, `status`, `attempts` and `retry_after` (seconds that arXiv asks to wait).
    """

    @property
    def is_retryable(self) -> bool:
        """Whether the same question may be answered later."""
        return bool(self.facts.get("is_retryable", False))


class AddressRefusedError(RemoteError):
    """A scheme, a host or a redirect that is not on the list: no request was made."""


class CircuitOpenError(RemoteError):
    """Too many failures in a row, so no requests are made for a while; `resume_at` says until when."""


class ReplyError(RemoteError):
    """A reply that is malformed, incomplete or not what was asked for: nothing of it is believed."""


_WRONG_CALL = re.compile(
    r"\w\(\) (?:got an unexpected keyword argument|missing \d+ required|takes (?:from )?\d+ (?:to \d+ )?positional)"
)


def stop_at_fault_of_code(error: BaseException) -> None:
    """Raise an error that no file's content can cause: a name, a module or a parameter that is not there.

    It is one for every file, so none of them may be taken for unreadable because of it.
    """
    is_fault = (
        isinstance(error, ImportError)
        or type(error) is NameError
        or (isinstance(error, AttributeError) and isinstance(error.obj, ModuleType | type))
        or (isinstance(error, SyntaxError) and str(error.filename).endswith(".py"))
        or (isinstance(error, TypeError) and _WRONG_CALL.search(str(error)) is not None)
    )
    if is_fault:
        raise error
