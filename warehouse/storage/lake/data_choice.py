"""Which kind of data place a path or an address stands for."""

from pathlib import Path

from paperhouse.warehouse.storage.bucket_address import is_bucket, open_bucket
from paperhouse.warehouse.storage.lake.bucket_data import BucketData
from paperhouse.warehouse.storage.lake.data import LakeData
from paperhouse.warehouse.storage.lake.folder_data import FolderData


def data_at(place: str) -> LakeData:
    """The prefix of a bucket for `s3://bucket/prefix`, else a folder.

    Raises:
        SettingsError: the keys of the bucket are missing, or the client of S3 is not installed.
    """
    return BucketData(place, open_bucket(place)) if is_bucket(place) else FolderData(Path(place))
