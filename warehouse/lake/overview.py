"""What stands in a lake at a glance."""

from datetime import datetime

from paperhouse.warehouse.lake.maintain import file_sizes
from paperhouse.warehouse.read.arrivals import EVER
from paperhouse.warehouse.read.overview import Overview, WarehousePlace, overview_of
from paperhouse.warehouse.storage.lake.address import LakeAddress
from paperhouse.warehouse.storage.lake.engine import open_lake
from paperhouse.warehouse.storage.lake.state import require_loaded


def lake_overview(address: LakeAddress, since: datetime = EVER) -> Overview:
    """Read the state of a lake, in one transaction; with it what came in `since` then.

    Raises:
        WarehouseError: there is none yet, or it cannot be read.
    """
    with open_lake(address) as (connection, data):
        require_loaded(connection, address)
        _, n_bytes = file_sizes(connection)
        connection.execute("begin transaction")
        return overview_of(
            connection, WarehousePlace(address.name, n_bytes, data.load_ids(), data.disk_use()), since
        )
