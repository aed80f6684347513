"""Keys and address of an S3 server, from `PAPERHOUSE_S3_*` of the environment, or from files that it names.

They are never in an address, a message or the arguments of a process.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from paperhouse.transforms.errors import SettingsError

PREFIX: Final = "PAPERHOUSE_S3_"
NAMES: Final = ("KEY_ID", "SECRET", "SESSION_TOKEN", "ENDPOINT", "REGION")
"""Each may have `_FILE` behind it, and then names a file that holds the value."""
VARIABLES: Final = frozenset(f"{PREFIX}{name}{suffix}" for name in NAMES for suffix in ("", "_FILE"))
CORRECT_KEYS: Final = f"correct {PREFIX}KEY_ID and {PREFIX}SECRET"
CORRECT_ENDPOINT: Final = f"correct {PREFIX}ENDPOINT"
_REGION: Final = "us-east-1"


@dataclass(frozen=True, slots=True)
class BucketKeys:
    """Who asks an S3 server, and where it is; `endpoint` is None for Amazon's own."""

    key_id: str
    secret: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    endpoint: str | None = None
    region: str = _REGION

    @property
    def values(self) -> dict[str, str]:
        """The secret values, by the engine's names of them."""
        token = {} if self.session_token is None else {"session_token": self.session_token}
        return {"key_id": self.key_id, "secret": self.secret, **token}

    @property
    def variables(self) -> dict[str, str]:
        """The variables of `environment`, by the engine's names of their values."""
        return {name: f"{PREFIX}{name.upper()}" for name in self.values}

    @property
    def environment(self) -> dict[str, str]:
        """The secret values as a child process gets them, wherever they came from."""
        return {self.variables[name]: value for name, value in self.values.items()}

    @property
    def host(self) -> str | None:
        """Host and port of the endpoint."""
        return None if self.endpoint is None else urlsplit(self.endpoint).netloc

    @property
    def is_encrypted(self) -> bool:
        """Whether the connection is."""
        return self.endpoint is None or urlsplit(self.endpoint).scheme == "https"


def bucket_keys(address: str) -> BucketKeys:
    """Read the keys for what lies at an address.

    Raises:
        SettingsError: one is missing, or its file cannot be read.
    """
    values = {name: value for name in NAMES if (value := _value(name))}
    missing = [f"{PREFIX}{name}" for name in ("KEY_ID", "SECRET") if name not in values]
    if missing:
        msg = (
            f"{address}: S3 needs {' and '.join(missing)} in the environment "
            f"(or {' and '.join(f'{name}_FILE' for name in missing)}: the name of a file that holds it)"
        )
        raise SettingsError(msg, missing=missing)
    endpoint = values.get("ENDPOINT")
    if endpoint is not None:
        endpoint = _checked(endpoint)
    return BucketKeys(
        values["KEY_ID"],
        values["SECRET"],
        values.get("SESSION_TOKEN"),
        endpoint,
        values.get("REGION", _REGION),
    )


def _value(name: str) -> str | None:
    stated = os.environ.get(f"{PREFIX}{name}")
    path = os.environ.get(f"{PREFIX}{name}_FILE")
    if stated is not None and path is not None:
        msg = f"{PREFIX}{name} and {PREFIX}{name}_FILE are both set; leave one out"
        raise SettingsError(msg)
    if path is None:
        return stated
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        msg = f"{path}: cannot be read ({reason}), and {PREFIX}{name}_FILE names it"
        raise SettingsError(msg, path=path) from error


def _checked(endpoint: str) -> str:
    try:
        parts = urlsplit(endpoint)
        is_sound = (
            parts.scheme in {"http", "https"}
            and parts.hostname is not None
            and parts.username is None
            and parts.path in {"", "/"}
            and not parts.query
            and parts.port != 0
        )
    except ValueError:
        is_sound = False
    if not is_sound:
        msg = f"{PREFIX}ENDPOINT: is no address of a server; write https://HOST or http://HOST:PORT"
        raise SettingsError(msg)
    return endpoint.rstrip("/")
