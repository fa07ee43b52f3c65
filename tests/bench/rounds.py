"""Rounds: the same thing done many times, each time on another of its kind, one after another."""

import re
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from statistics import median, quantiles

from sqlalchemy import Engine

from tests.counting import reads

WARM = 3
"""Tries before the first that counts."""
MOST, MOST_S = 200, 8.0
"""Tries of a round, and for how long they are made."""
LEAST = 5

Try = Callable[[], None]


@dataclass(frozen=True)
class Figure:
    """What was measured of one thing in one way, in milliseconds."""

    name: str
    way: str
    tries: int
    p50_ms: float
    p95_ms: float
    queries: int | None = None
    ratio: float | None = None
    """To a page of Flask that makes one indexed query, measured in the same way and run."""
    note: str = ""


@dataclass
class Bench:
    """What is measured, and how often."""

    only: str = ""
    most: int = MOST
    most_s: float = MOST_S
    figures: list[Figure] = field(default_factory=list)
    one_query_ms: dict[str, float] = field(default_factory=dict)
    """The page that everything is compared to, by the way it was asked for."""
    lacking: list[str] = field(default_factory=list)
    """What could not be measured here, and why."""

    def wanted(self, name: str) -> bool:
        return re.search(self.only, name, re.IGNORECASE) is not None

    def round(
        self, name: str, way: str, tries: Iterable[Try], *, engine: Engine | None = None
    ) -> None:
        """Time each of `tries`; with an engine the queries of one are counted."""
        if not self.wanted(name):
            return
        following = iter(tries)
        queries = None
        for _ in range(min(WARM, self.most)):
            queries = _counted(next(following), engine)
        self.add(name, way, list(self._timed(following)), queries)
        if isinstance(following, Generator):
            following.close()  # what was opened for the last try is closed

    def _timed(self, tries: Iterator[Try]) -> Iterator[float]:
        spent = 0.0
        for number, once in enumerate(tries, start=1):
            began = time.perf_counter()
            once()
            yield (took := time.perf_counter() - began)
            spent += took
            if number >= self.most or (spent > self.most_s and number >= LEAST):
                return

    def add(
        self,
        name: str,
        way: str,
        seconds: list[float],
        queries: int | None = None,
        note: str = "",
    ) -> None:
        half = median(seconds) * 1000
        high = quantiles(seconds, n=20)[-1] * 1000 if len(seconds) > 1 else half
        compared = self.one_query_ms.get(way)
        ratio = round(half / compared, 1) if compared else None
        shown = round(half, 2), round(high, 2)
        self.figures.append(Figure(name, way, len(seconds), *shown, queries, ratio, note))


def _counted(once: Try, engine: Engine | None) -> int | None:
    if engine is None:
        once()
        return None
    with reads(engine) as found:
        once()
    return len(found)
