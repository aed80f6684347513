"""Which kind of data place a path or an address stands for."""

from pathlib import Path

from paperhouse.transforms.errors import SettingsError
from paperhouse.warehouse.storage.lake.address import is_bucket
from paperhouse.warehouse.storage.lake.data import LakeData
from paperhouse.warehouse.storage.lake.folder_data import FolderData


def data_at(place: str) -> LakeData:
    """The prefix of a bucket for `s3://bucket/prefix`, else a folder.

    Raises:
        SettingsError: the keys of the bucket are missing, or the client of S3 is not installed.
    """
    if not is_bucket(place):
        return FolderData(Path(place))
    try:
        from paperhouse.warehouse.storage.lake.bucket_data import BucketData  # noqa: PLC0415 - most lakes lie in folders
    except ModuleNotFoundError as error:
        msg = f"{place}: takes the package {error.name}: run `pip install 'paperhouse[lake]'`"
        raise SettingsError(msg, package=error.name) from error
    return BucketData.at(place)
