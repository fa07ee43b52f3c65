"""Numbers that look like chance and are the same each time, so that everybody sees one story."""

import hashlib
import itertools
import math
from collections.abc import Sequence
from typing import TypeVar

Each = TypeVar("Each")
STEPS = 2**48


class Chance:
    """A row of numbers that its name alone decides."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._drawn = itertools.count()

    def share(self) -> float:
        """At least 0 and below 1."""
        seen = hashlib.sha256(f"{self.name} {next(self._drawn)}".encode()).digest()
        return int.from_bytes(seen[:6], "big") / STEPS

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.share()

    def around(self, middle: float, spread: float) -> float:
        """Multiplied or divided by chance: two of three within a factor of e to the `spread`."""
        bell = math.sqrt(3) * (sum(self.share() for _ in range(4)) - 2)
        return middle * math.exp(spread * bell)

    def of(self, choices: Sequence[Each]) -> Each:
        return choices[int(self.share() * len(choices))]
