"""Addresses of places on S3, `s3://bucket/prefix`, and the way to what lies there."""

from typing import TYPE_CHECKING, Final

from paperhouse.transforms.errors import SettingsError

if TYPE_CHECKING:
    from paperhouse.warehouse.storage.bucket_store import BucketStore

BUCKET_SCHEME: Final = "s3://"


def is_bucket(place: str) -> bool:
    """Whether a place is under a prefix of a bucket, well formed or not."""
    return place.startswith(BUCKET_SCHEME)


def split_bucket(address: str) -> tuple[str, str]:
    """The bucket, and the prefix in it; empty for all of the bucket."""
    bucket, _, prefix = address.removeprefix(BUCKET_SCHEME).partition("/")
    return bucket, prefix


def open_bucket(address: str) -> "BucketStore":
    """What lies below an address; nothing is asked of the server.

    Raises:
        SettingsError: the keys are missing, or the client of S3 is not installed.
    """
    try:
        from paperhouse.warehouse.storage.bucket_store import BucketStore  # noqa: PLC0415 - few keep anything on S3
    except ModuleNotFoundError as error:
        msg = f"{address}: takes the package {error.name}; run `pip install 'paperhouse[lake]'`"
        raise SettingsError(msg, package=error.name) from error
    return BucketStore.at(address)
