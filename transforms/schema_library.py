"""dataframely, imported without SQLAlchemy.

It takes SQLAlchemy along where that is installed (Prefect brings it), to offer columns that nothing here asks for;
without it every process that knows the schema starts 0.17 seconds sooner.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _hidden(name: str) -> Iterator[None]:
    """Let imports of a package fail inside the block, unless it is imported already."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment] # how Python marks what cannot be imported
    try:
        yield
    finally:
        del sys.modules[name]


with _hidden("sqlalchemy"):
    import dataframely as dy

__all__ = ["dy"]
