"""`paperhouse.toml` as `paperhouse init` writes it: every setting with its description and default, as a comment.

It is made from the settings' own fields, so that it has every setting with its real default.
"""

import json
import os
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from pydantic.fields import FieldInfo

from paperhouse.flows.settings import Settings
from paperhouse.transforms.errors import InputError, SettingsError
from paperhouse.warehouse.storage.atomic_files import replace_durably

_HEAD: Final = """\
# Settings of Paperhouse. Each is an environment variable PAPERHOUSE_<NAME> too, which goes before this file.
# What stands behind a `#` below is the default: take the `#` away to change it. Unknown names are an error.
"""
_FOLDERS: Final = """\
# Folders that are read when no path is given. `source` and `list` say what their files do not say themselves.
"""
_EXAMPLE: Final = """\
# [[folders]]
# path = "/srv/digests/rag-daily"
# source = "rag-daily"
# list = "RAG"
"""
_FORMATS: Final = """\
# Files that are read as these blocks say; `paperhouse inspect --suggest FILE` writes one.
# [[formats]]
# files = ["my-list/*.md"]
# record = "list item"
# fields = { authors = "Written by", abstract = "Blurb" }
"""
_WATCHES: Final = """\
# Papers to hear of after each load; see `paperhouse watches`. Of each kind stated one must hold, and all kinds must.
# [[watches]]
# name = "rag"
# words = '"retrieval augmented" -survey'
# lists = ["RAG"]
# authors = ["Wei Zhang"]
# categories = ["cs.IR"]
# like = ["2504.05216"]
# sql = "n_authors > 3"
# send_empty = true
# to = ["mailtos://me:secret@example.org?to=me@example.org"]
"""
_BLOCKS: Final = frozenset({"folders", "formats", "watches"})
"""Settings that are blocks; each has an example in place of a default."""
_WIDTH: Final = 110


def config_text(folders: Sequence[Path], home: Path | None = None) -> str:
    """The whole file; `folders` and `home` stand in it as they are given."""
    settings = [
        _setting(name, field, home if name == "home" else None)
        for name, field in Settings.model_fields.items()
        if name not in _BLOCKS
    ]
    given = [f"[[folders]]\npath = {_toml(folder)}\nsource = {_toml(folder.name)}\n" for folder in folders]
    return "\n".join([_HEAD, *settings, _FOLDERS + "\n".join(given or [_EXAMPLE]), _FORMATS, _WATCHES])


def _setting(name: str, field: FieldInfo, given: Any = None) -> str:
    comment = textwrap.fill(field.description or "", _WIDTH, initial_indent="# ", subsequent_indent="# ")
    if given is not None:
        return f"{comment}\n{name} = {_toml(given)}\n"
    default = field.get_default(call_default_factory=True, validated_data={})
    value = "..." if default is None else _toml(default)
    return f"{comment}\n# {name} = {value}\n"


def _toml(value: Any) -> str:
    """A value as TOML writes it.

    Raises:
        InputError: a path that is no valid Unicode, which TOML cannot hold.
    """
    if isinstance(value, Path):
        value = str(value)
    text = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    try:
        text.encode()
    except UnicodeEncodeError:
        msg = f"{os.fsencode(str(value))!r}: this name is no valid UTF-8, which the settings file must be; rename it"
        raise InputError(msg, path=str(value)) from None
    return text


def write_config(path: Path, text: str, *, is_forced: bool) -> Path | None:
    """Write the settings file; return where the old one went if it was there and `is_forced`.

    Raises:
        SettingsError: it is there already.
    """
    kept = None
    if path.exists():
        if not is_forced:
            msg = f"{path}: is there already; edit it, or give --force to begin anew (the old one is kept beside it)"
            raise SettingsError(msg, path=str(path))
        kept = path.with_name(f"{path.name}.bak")
        path.replace(kept)
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        draft.write_text(text, "utf-8")
        replace_durably(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return kept
