"""pyarrow, imported without numpy, in a process that only prints what a query gave."""

import sys


def import_pyarrow_alone() -> None:
    """Import pyarrow as where numpy is not installed: it offers conversions that nothing here wants, for 0.1 s.

    Only for a process of our own: whoever shares it may want those conversions. Where either is imported already,
    nothing is changed.
    """
    if "numpy" in sys.modules or "pyarrow" in sys.modules:
        return
    sys.modules["numpy"] = None  # type: ignore[assignment] # how Python marks what cannot be imported
    try:
        import pyarrow as pa  # noqa: F401 - the point of this function
    finally:
        del sys.modules["numpy"]
