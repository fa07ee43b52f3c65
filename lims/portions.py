"""Many numbers or names, a portion at a time: no query asks for more than a database binds."""

from collections.abc import Collection, Iterator
from typing import Any, TypeVar

T = TypeVar("T", bound=Any)

AT_ONCE = 500


def in_portions(things: Collection[T], size: int = AT_ONCE) -> Iterator[list[T]]:
    """The things in their order, those of a set in ascending order, `size` at a time."""
    listed = sorted(things) if isinstance(things, (set, frozenset)) else list(things)
    yield from (listed[start : start + size] for start in range(0, len(listed), size))
