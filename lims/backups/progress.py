"""What is told of the course of a backup: to nobody here, to a person by lims/commands."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Done = Callable[[int], object]
"""Told how many more are done."""


class Progress(Protocol):
    """Begins a stage, of so many pieces where they can be counted."""

    def __call__(self, label: str, total: int | None = None) -> AbstractContextManager[Done]: ...


@contextmanager
def quietly(label: str, total: int | None = None) -> Iterator[Done]:
    yield lambda done: None
