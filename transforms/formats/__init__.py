"""One digest format a file; a file put here is a format, found by discovery.

Each module defines `FORMAT`, a `DigestFormat`. Nothing else needs to be touched to add one.
"""

import importlib
import pkgutil
from functools import cache

from paperhouse.transforms.digest import DigestFormat
from paperhouse.transforms.errors import UnknownFormatError


@cache
def known_formats() -> tuple[DigestFormat, ...]:
    """Every format in this folder, by name."""
    return tuple(importlib.import_module(name).FORMAT for name in format_modules())


def format_modules() -> tuple[str, ...]:
    """Names of the modules of all formats, which need not be imported for it."""
    return tuple(
        sorted(f"{__name__}.{module.name}" for module in pkgutil.iter_modules(__path__) if not module.ispkg)
    )


def format_named(name: str) -> DigestFormat:
    """Return the format with this name.

    Raises:
        UnknownFormatError: there is none.
    """
    for known in known_formats():
        if known.name == name:
            return known
    names = ", ".join(known.name for known in known_formats())
    msg = f"no digest format is named {name!r}; known are {names}"
    raise UnknownFormatError(msg, name=name)
