"""Things in runs of about so many bytes, in their order."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def in_batches(items: Iterable[Item], n_bytes: int, size_of: Callable[[Item], int]) -> Iterator[list[Item]]:
    """Split items into runs of at most `n_bytes`; a larger item is a run of its own."""
    batch: list[Item] = []
    size = 0
    for item in items:
        item_size = size_of(item)
        if batch and size + item_size > n_bytes:
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += item_size
    if batch:
        yield batch
