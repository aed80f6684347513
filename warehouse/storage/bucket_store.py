"""A prefix of an S3 bucket: its objects, and errors of the server that say where, what and what to do."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    NotFoundError,
    PermissionDeniedError,
    UnauthenticatedError,
)
from obstore.store import S3Store

from paperhouse.transforms.errors import WarehouseError
from paperhouse.warehouse.storage.atomic_files import fsync_path, naming
from paperhouse.warehouse.storage.bucket_address import split_bucket
from paperhouse.warehouse.storage.bucket_keys import CORRECT_ENDPOINT, CORRECT_KEYS, BucketKeys, bucket_keys

if TYPE_CHECKING:
    from obstore.store import RetryConfig, S3Config

_KEY_REFUSALS: Final = frozenset(
    {"ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "SignatureDoesNotMatch"}
)
_REFUSALS: Final = frozenset({"AccessDenied", "AllAccessDisabled"})
"""By these names a server refuses, also where the client takes them for errors of another kind."""
_BUSY: Final = frozenset({"RequestTimeout", "ServiceUnavailable", "SlowDown"})
"""By these it says that it would answer later."""
_NO_NAME: Final = "Encountered object with invalid path: "
_ANSWER_SECONDS: Final = 60
_RETRIES: "Final[RetryConfig]" = {"max_retries": 4, "retry_timeout": timedelta(seconds=20)}


@dataclass(frozen=True, slots=True)
class BucketStore:
    """What lies below `s3://bucket/prefix`; names of objects are relative to it."""

    address: str
    keys: BucketKeys
    store: S3Store

    @classmethod
    def at(cls, address: str) -> Self:
        """The store below an address; nothing is asked of the server.

        Raises:
            SettingsError: the keys are missing.
        """
        keys = bucket_keys(address)
        bucket, prefix = split_bucket(address)
        config: S3Config = {
            "access_key_id": keys.key_id,
            "secret_access_key": keys.secret,
            "region": keys.region,
            "virtual_hosted_style_request": keys.endpoint is None,
        }
        if keys.endpoint is not None:
            config["endpoint"] = keys.endpoint
        if keys.session_token is not None:
            config["session_token"] = keys.session_token
        store = S3Store(
            bucket,
            prefix=prefix or None,
            config=config,
            client_options={
                "allow_http": not keys.is_encrypted,
                "connect_timeout": "5s",
                "timeout": f"{_ANSWER_SECONDS}s",
            },
            retry_config=_RETRIES,
        )
        return cls(address, keys, store)

    def read(self, name: str) -> bytes | None:
        """Content of an object; None if there is none."""
        with self.explained(name):
            try:
                return bytes(self.store.get(name).bytes())
            except (NotFoundError, FileNotFoundError):
                return None

    def create(self, name: str, content: bytes) -> None:
        """Write an object, unless there is one; where the server knows no condition, who writes later wins."""
        if self.read(name) is not None:
            return
        with self.explained(name):
            try:
                self.store.put(name, content, mode="create")
            except AlreadyExistsError:
                return

    def fetch(self, name: str, target: Path) -> bool:
        """Copy an object to a file that is forced to disk; whether there is one."""
        with self.explained(name):
            try:
                chunks = self.store.get(name).stream()
            except (NotFoundError, FileNotFoundError):
                return False
        with naming(target), target.open("wb") as writer:
            for chunk in self._coming(name, chunks):
                writer.write(chunk)
        fsync_path(target)
        return True

    def _coming(self, name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Chunks of an object; errors of this machine's disk are raised outside, and are none of the server."""
        with self.explained(name):
            yield from chunks

    def facts(self, name: str) -> Any | None:
        """Facts of one object, as `objects` gives them; None if there is none."""
        with self.explained(name):
            try:
                return self.store.head(name)
            except (NotFoundError, FileNotFoundError):
                return None

    def objects(self, below: str | None = None) -> Iterator[Any]:
        """Facts of each object: path, size, e_tag, last_modified."""
        with self.explained():
            for objects in self.store.list(f"{below}/" if below else None, chunk_size=1000):
                yield from objects

    def folders(self, below: str) -> set[str]:
        """First parts of the names of objects below a prefix."""
        with self.explained():
            prefixes = self.store.list_with_delimiter(f"{below}/")["common_prefixes"]
        return {prefix.rpartition("/")[2] for prefix in prefixes}

    @contextmanager
    def explained(self, name: str | None = None) -> Iterator[None]:
        """Errors of the client as ones that say where, what and what to do; `name` is the object, if one is asked for.

        Raises:
            WarehouseError: `reason` is "refused" (the keys), "denied" (what is asked for), "missing data", "failed"
                (the server answers with another error) or "unreachable".
        """
        try:
            yield
        except (BaseError, PermissionError, FileNotFoundError) as error:
            place = self.address if name is None else f"{self.address}/{name}"
            what, remedy, reason = _explanation(error)
            msg = f"{place}: {what}; {remedy}"
            raise WarehouseError(msg, path=place, what=what, remedy=remedy, reason=reason) from None


def _explanation(error: Exception) -> tuple[str, str, str]:
    """What went wrong, what to do, and the kind of it."""
    code, words = _reason(error)
    if code in _KEY_REFUSALS or isinstance(error, UnauthenticatedError):
        return f"the server refuses these keys ({words})", CORRECT_KEYS, "refused"
    if code in _REFUSALS or isinstance(error, PermissionDeniedError | PermissionError):
        return f"the server refuses these keys ({words})", f"let them in there, or {CORRECT_KEYS}", "denied"
    if code == "NoSuchBucket" or isinstance(error, NotFoundError | FileNotFoundError):
        what = f"there is no such bucket or object ({words})"
        return what, "make it, or correct the address", "missing data"
    if _NO_NAME in words:
        what = f"holds an object whose name this client cannot take ({words.partition(_NO_NAME)[2]})"
        return what, "give it a plain name, or name a prefix without it", "failed"
    if code and code not in _BUSY:
        return f"the server answers with an error ({words})", "run it again, or look into its log", "failed"
    what = f"the server cannot be reached, or breaks off ({words})"
    return what, f"run it again once it is there, or {CORRECT_ENDPOINT}", "unreachable"


def _reason(error: BaseException) -> tuple[str, str]:
    """The server's own word for it, empty if it has none; and that, or else why the client gave up."""
    text = str(error).strip() or type(error).__name__
    code = text.partition("<Code>")[2].partition("</Code>")[0]
    return code, code or text.splitlines()[0].rpartition(" - ")[2].strip()[:200]
