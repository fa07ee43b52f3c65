"""A database that remembers what ran in it."""

from collections.abc import Callable
from typing import Any

from lims.database import Database


class Watched(Database):
    """Remembers which functions ran in it, by module and name."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.ran: set[str] = set()

    def run(self, command: Callable[..., Any], *given: Any, **also: Any) -> Any:
        result = super().run(command, *given, **also)
        self.ran.add(f"{command.__module__}.{command.__name__}")
        return result
