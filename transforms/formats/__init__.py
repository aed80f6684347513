"""One digest format a file; a file put here is a format, found by discovery.

Each module defines `FORMAT`, a `DigestFormat`. Nothing else needs to be touched to add one.
"""

import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from functools import cache

from paperhouse.transforms.digest import DigestFormat
from paperhouse.transforms.errors import UnknownFormatError


@cache
def known_formats() -> tuple[DigestFormat, ...]:
    """Every format in this folder, by name."""
    return tuple(map(_format_of, format_modules()))


def formats_in_order(likely: Sequence[str]) -> Iterator[DigestFormat]:
    """Every format, those that `likely` names first. Nothing is imported for one that is not reached."""
    modules = format_modules()
    first = [module for name in likely if (module := f"{__name__}.{name}") in modules]
    yield from map(_format_of, first)
    yield from (_format_of(module) for module in modules if module not in first)


@cache
def _format_of(module: str) -> DigestFormat:
    found: DigestFormat = importlib.import_module(module).FORMAT
    return found


@cache
def format_modules() -> tuple[str, ...]:
    """Names of the modules of all formats, which need not be imported for it: each is called as its format is."""
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
