"""A result's Arrow values as text and as what JSON has.

* dates and times in ISO 8601; TIMESTAMPTZ in UTC with `Z`; TIMESTAMP, which names no zone, without;
* integers with all their digits (sums are HUGEINT in DuckDB: integers too);
* other decimals with all their digits: a bare number in text, a string in JSON, whose readers would make a binary
  fraction of it;
* blobs in hexadecimal; lists, structs and maps as JSON; NaN and infinity as such, in JSON as null.

What an Arrow type needs is compiled once a column, not looked up once a value.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, timedelta
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from paperhouse.warehouse.read.query import Result

Converter = Callable[[Any], Any]
"""From a Python value of a column to what stands in the output; None stays None."""

_TICKS: Final = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def value_rows(result: "Result", converters: Sequence[Converter]) -> Iterator[tuple[Any, ...]]:
    """Rows of the result, each column through its converter; one batch is held at a time."""
    for batch in result.batches:
        columns = [
            [converter(value) for value in _values(column)]
            for converter, column in zip(converters, batch.columns, strict=True)
        ]
        yield from zip(*columns, strict=True)


def _values(column: Any) -> list[Any]:
    """Python values; what Python has none for (year 20000, infinity) is text."""
    try:
        return list(column.to_pylist())
    except (OverflowError, ValueError):
        return [_value(scalar) for scalar in column]


def _value(scalar: Any) -> Any:
    import pyarrow as pa  # noqa: PLC0415  # loaded with the result

    if not scalar.is_valid:
        return None
    if isinstance(scalar, pa.MapScalar):
        return [(_value(entry[0]), _value(entry[1])) for entry in scalar.values]
    if isinstance(scalar, pa.ListScalar | pa.LargeListScalar | pa.FixedSizeListScalar):
        return [_value(inner) for inner in scalar.values]
    if isinstance(scalar, pa.StructScalar):
        return {position: _value(scalar[position]) for position in range(scalar.type.num_fields)}
    try:
        return scalar.as_py()
    except (OverflowError, ValueError):
        return _far_time(scalar)


def _far_time(scalar: Any) -> str:
    """Write a date or timestamp outside the years 1 to 9999 in ISO 8601's expanded form, or as infinity."""
    from pyarrow import types  # noqa: PLC0415  # loaded with the result

    is_date = types.is_date(scalar.type)
    if abs(scalar.value) == (2**31 if is_date else 2**63) - 1:
        return "infinity" if scalar.value > 0 else "-infinity"
    a_day = 1 if is_date else 86_400 * _TICKS[scalar.type.unit]
    days, ticks = divmod(scalar.value, a_day)
    # The calendar repeats every 400 years, which are 146,097 days.
    eras, days = divmod(days, 146_097)
    near = date(1970, 1, 1) + timedelta(days=days)
    year = near.year + 400 * eras
    text = f"{year:+05d}" if not 0 <= year <= 9999 else f"{year:04d}"  # noqa: PLR2004  # four digits
    text += f"-{near:%m-%d}"
    if is_date:
        return text
    clock = timedelta(microseconds=ticks * 1_000_000 // _TICKS[scalar.type.unit])
    text += "T" + ("0" if clock < timedelta(hours=10) else "") + str(clock)
    return text + ("Z" if scalar.type.tz else "")


def json_converter(arrow_type: Any) -> Converter:
    """Compile, once a column, what turns a value of this type into one that JSON has."""
    convert = _json_value(arrow_type)
    return lambda value: None if value is None else convert(value)


def _json_value(arrow_type: Any) -> Converter:
    from pyarrow import types  # noqa: PLC0415  # loaded with the result

    kinds: tuple[tuple[Callable[[Any], bool], Callable[[Any], Converter]], ...] = (
        (types.is_floating, lambda _: _finite),
        (types.is_decimal, lambda decimal: int if decimal.scale == 0 else _digits),
        (types.is_temporal, lambda _: _iso),
        (types.is_binary, lambda _: bytes.hex),
        (types.is_map, _json_map),
        (types.is_struct, _json_struct),
        (types.is_nested, _json_list),
    )
    for is_kind, compile_kind in kinds:
        if is_kind(arrow_type):
            return compile_kind(arrow_type)
    return _same


def _json_list(arrow_type: Any) -> Converter:
    inner = json_converter(arrow_type.value_type)
    return lambda value: [inner(each) for each in value]


def _json_map(arrow_type: Any) -> Converter:
    key, entry = text_converter(arrow_type.key_type), json_converter(arrow_type.item_type)
    return lambda value: {key(k): entry(v) for k, v in value}


def _json_struct(arrow_type: Any) -> Converter:
    fields = [arrow_type.field(position) for position in range(arrow_type.num_fields)]
    names = unique_names([field.name or str(position) for position, field in enumerate(fields, start=1)])
    parts = list(zip(names, [json_converter(field.type) for field in fields], strict=True))
    return lambda value: {
        name: convert(part) for (name, convert), part in zip(parts, value.values(), strict=True)
    }


def text_converter(arrow_type: Any) -> Converter:
    """Compile, once a column, what turns a value of this type into text; null stays None."""
    convert = _text_value(arrow_type)
    return lambda value: None if value is None else convert(value)


def _text_value(arrow_type: Any) -> Converter:
    from pyarrow import types  # noqa: PLC0415  # loaded with the result

    if types.is_boolean(arrow_type):
        return lambda value: "true" if value else "false"
    if types.is_integer(arrow_type) or types.is_floating(arrow_type):
        return repr
    if types.is_decimal(arrow_type):
        return _digits
    inner = _json_value(arrow_type)
    if types.is_nested(arrow_type):
        encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
        return lambda value: encode(inner(value))
    return inner


def _same(value: Any) -> Any:
    return value


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def _digits(value: Any) -> str:
    return format(value, "f")


def _iso(value: Any) -> str:
    if isinstance(value, str):  # infinity and far years come as text
        return value
    if getattr(value, "tzinfo", None) is not None:
        return str(value.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z")
    return str(value.isoformat())


def is_number(arrow_type: Any) -> bool:
    """Whether values of this type are numbers, which stand to the right."""
    from pyarrow import types  # noqa: PLC0415  # loaded with the result

    return bool(types.is_integer(arrow_type) or types.is_floating(arrow_type) or types.is_decimal(arrow_type))


def is_text(arrow_type: Any) -> bool:
    """Whether values of this type are text as somebody wrote it, enums too."""
    from pyarrow import types  # noqa: PLC0415  # loaded with the result

    return bool(
        types.is_string(arrow_type) or types.is_large_string(arrow_type) or types.is_dictionary(arrow_type)
    )


def unique_names(names: Sequence[str]) -> list[str]:
    """Make repeated names unique: `x`, `x` become `x`, `x_1`; a name that is given already is not taken."""
    taken, unique = set(names), list[str]()
    for name in names:
        number, candidate = 0, name
        while candidate in unique or (number and candidate in taken):
            number += 1
            candidate = f"{name}_{number}"
        unique.append(candidate)
    return unique
