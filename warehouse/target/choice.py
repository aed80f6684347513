"""Which target an address stands for."""

from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.storage.lake.address import LakeAddress
from paperhouse.warehouse.target.file_target import FileTarget
from paperhouse.warehouse.target.target import Target


def target_of(home: Home, lake: LakeAddress | None) -> Target:
    """The lake at the address, or the file of the home where there is no address."""
    if lake is None:
        return FileTarget(home)
    from paperhouse.warehouse.target.lake_target import LakeTarget  # noqa: PLC0415 - only who has a lake pays for it

    return LakeTarget(home, lake)
