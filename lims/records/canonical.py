"""One spelling of a record's values, so that its SHA-256 means the same everywhere."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from hashlib import sha256


def canonical(values: object) -> bytes:
    """`values` as UTF-8 JSON with sorted names; raises TypeError for what has no one spelling."""
    return json.dumps(
        _plain(values),
        sort_keys=True,
        ensure_ascii=False,
        allow_nan=False,
        separators=(",", ":"),
    ).encode()


def digest(values: object) -> str:
    """The SHA-256, in hexadecimal, of the canonical spelling of `values`."""
    return sha256(canonical(values)).hexdigest()


def _plain(value: object) -> object:
    match value:
        case None | bool() | int() | str() if not isinstance(value, Enum):
            return value
        case Enum():
            return _plain(value.value)
        case Decimal() if value.is_finite():
            return format(value, "f")
        case datetime():
            return _moment(value)
        case date():
            return value.isoformat()
        case bytes():  # a photograph is named by its content, not copied into the spelling
            return {"sha256": sha256(value).hexdigest()}
        case tuple() | list():
            return [_plain(item) for item in value]
        case Mapping():
            return {_name(key): _plain(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} has no canonical spelling")


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        raise TypeError("a time without its zone has no canonical spelling")
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _name(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a {type(key).__name__} cannot name a value")
    return key
