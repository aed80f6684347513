"""Keys of whole columns of texts: the values of `stable_id`, in half the time of one by one."""

from hashlib import blake2b

import polars as pl

from paperhouse.transforms.keys import KEY_BYTES


def text_ids(texts: pl.Series) -> pl.Series:
    """`stable_id` of each text alone; null for null."""
    text = pl.col(texts.name)
    framed = texts.to_frame().select(pl.format("s{}:{}", text.str.len_bytes(), text).cast(pl.Binary))
    begin = blake2b(digest_size=KEY_BYTES).copy
    digests: list[bytes | None] = []
    for raw in framed.to_series().to_list():
        if raw is None:
            digests.append(None)
            continue
        hashing = begin()
        hashing.update(raw)
        digests.append(hashing.digest())
    keys = pl.Series(texts.name, digests, dtype=pl.Binary).bin.reinterpret(dtype=pl.UInt64, endianness="big")
    return (keys // 2).cast(pl.Int64)
