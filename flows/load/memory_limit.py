"""Check before a load that this process may use the memory which the load needs."""

import resource

from paperhouse.transforms.errors import SettingsError

LEAST_BYTES = 1536 * 1024**2
"""Address space that a load of any size needs: mostly reserved, not used.

Under a smaller limit Polars cannot start its threads, and then stops for ever or ends the process without a word.
"""


def require_memory() -> None:
    """Refuse to begin under a limit that a load cannot end under.

    Raises:
        SettingsError: with the limit and what is needed.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < LEAST_BYTES:
        msg = (
            f"the address space of this process is limited to {limit // 1024**2} MB (`ulimit -v`); "
            f"a load needs {LEAST_BYTES // 1024**2} MB at least, most of it only reserved: raise the limit"
        )
        raise SettingsError(msg, limit=limit, needed=LEAST_BYTES)
