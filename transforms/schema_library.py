"""What schemas are stated in: tables as classes, columns as their attributes, as dataframely has them.

Columns hold facts and check nothing: that rows fit is proved by the DDL and by warehouse/checks. Written here rather
than taken from dataframely, which brings numpy along: every process that knows the schema started a quarter of a
second later. tests/transforms/test_schema_library.py holds what tables.py states against dataframely's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table: whether it may be null, is part of the key, and what it means."""

    polars_type: ClassVar[Any] = None

    nullable: bool = False
    primary_key: bool = False
    description: str | None = None
    metadata: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        """A key is never null."""
        if self.primary_key and self.nullable:
            msg = "a column of the key cannot be nullable; take one of the two away"
            raise ValueError(msg)

    @property
    def dtype(self) -> pl.DataType:
        """The type of the column in a frame."""
        dtype: pl.DataType = self.polars_type()
        return dtype


class String(Column):
    """Text."""

    polars_type = pl.String


class Int8(Column):
    """A number of 7 bits that may be negative."""

    polars_type = pl.Int8


class Int64(Column):
    """A key of 63 bits, or a number that may be negative."""

    polars_type = pl.Int64


class UInt8(Column):
    """A number of 8 bits."""

    polars_type = pl.UInt8


class UInt16(Column):
    """A small count."""

    polars_type = pl.UInt16


class UInt32(Column):
    """A count."""

    polars_type = pl.UInt32


class UInt64(Column):
    """A count of bytes."""

    polars_type = pl.UInt64


class Float32(Column):
    """A number that is no count, half as exact."""

    polars_type = pl.Float32


class Float64(Column):
    """A number that is no count."""

    polars_type = pl.Float64


class Bool(Column):
    """Yes or no."""

    polars_type = pl.Boolean


class Date(Column):
    """A day."""

    polars_type = pl.Date


@dataclass(frozen=True, slots=True, kw_only=True)
class Datetime(Column):
    """A moment."""

    time_zone: str | None = None
    time_unit: Any = "us"

    @property
    def dtype(self) -> pl.DataType:
        """The type of the column in a frame."""
        return pl.Datetime(self.time_unit, self.time_zone)


@dataclass(frozen=True, slots=True)
class Enum(Column):
    """One of a few words."""

    categories: Sequence[str]

    @property
    def dtype(self) -> pl.DataType:
        """The type of the column in a frame."""
        return pl.Enum(self.categories)


@dataclass(frozen=True, slots=True)
class List(Column):
    """Any number of values of one column."""

    inner: Column

    @property
    def dtype(self) -> pl.DataType:
        """The type of the column in a frame."""
        return pl.List(self.inner.dtype)


class Schema:
    """A table: one class with a column an attribute, described by its docstring."""

    @classmethod
    def columns(cls) -> dict[str, Column]:
        """Columns by name, in the order of their declaration."""
        return {
            name: value
            for owner in reversed(cls.__mro__)
            for name, value in vars(owner).items()
            if isinstance(value, Column)
        }
