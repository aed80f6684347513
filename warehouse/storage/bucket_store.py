"""A prefix of an S3 bucket: its objects, and errors of the server that say where, what and what to do."""

from collections.abc import Iterator
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
from paperhouse.warehouse.storage.atomic_files import fsync_path
from paperhouse.warehouse.storage.bucket_keys import BucketKeys, bucket_keys

if TYPE_CHECKING:
    from obstore.store import RetryConfig, S3Config

SCHEME: Final = "s3://"
_REFUSALS: Final = frozenset(
    {
        "AccessDenied",
        "AllAccessDisabled",
        "ExpiredToken",
        "InvalidAccessKeyId",
        "InvalidToken",
        "SignatureDoesNotMatch",
    }
)
"""By these names a server refuses, also where the client takes them for errors of another kind."""
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
        keys = bucket_keys()
        bucket, _, prefix = address.removeprefix(SCHEME).partition("/")
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
        with self.explained():
            try:
                return bytes(self.store.get(name).bytes())
            except (NotFoundError, FileNotFoundError):
                return None

    def create(self, name: str, content: bytes) -> None:
        """Write an object, unless there is one; where the server knows no condition, who writes later wins."""
        if self.read(name) is not None:
            return
        with self.explained():
            try:
                self.store.put(name, content, mode="create")
            except AlreadyExistsError:
                return

    def fetch(self, name: str, target: Path) -> bool:
        """Copy an object to a file that is forced to disk; whether there is one."""
        with self.explained():
            try:
                chunks = self.store.get(name).stream()
            except (NotFoundError, FileNotFoundError):
                return False
            with target.open("wb") as writer:
                for chunk in chunks:
                    writer.write(chunk)
        fsync_path(target)
        return True

    def facts(self, name: str) -> Any | None:
        """Facts of one object, as `objects` gives them; None if there is none."""
        with self.explained():
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
    def explained(self) -> Iterator[None]:
        """Errors of the client as ones that say where, what and what to do."""
        try:
            yield
        except (BaseError, PermissionError, FileNotFoundError) as error:
            raise self._error(error) from None

    def _error(self, error: Exception) -> WarehouseError:
        code = _reason(error)
        is_refused = isinstance(error, PermissionDeniedError | UnauthenticatedError | PermissionError)
        if is_refused or code in _REFUSALS:
            msg = (
                f"{self.address}: the server refuses these keys ({code}); "
                "correct PAPERHOUSE_S3_KEY_ID and PAPERHOUSE_S3_SECRET"
            )
            return WarehouseError(msg, path=self.address, reason="refused")
        if isinstance(error, NotFoundError | FileNotFoundError) or code == "NoSuchBucket":
            msg = (
                f"{self.address}: there is no such bucket or object ({code}); make it, or correct the address"
            )
            return WarehouseError(msg, path=self.address, reason="missing data")
        msg = (
            f"{self.address}: the server cannot be reached, or breaks off ({code}); run it again once it is "
            "there, or correct PAPERHOUSE_S3_ENDPOINT"
        )
        return WarehouseError(msg, path=self.address, reason="unreachable")


def _reason(error: BaseException) -> str:
    """The server's own word for it where there is one, else the last part of the first line."""
    text = str(error).strip() or type(error).__name__
    code = text.partition("<Code>")[2].partition("</Code>")[0]
    return code or text.splitlines()[0][-200:]
