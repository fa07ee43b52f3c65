"""Names beside the points of a chart, clear of one another and of the words of its lines."""

from collections.abc import Sequence
from dataclasses import dataclass

from lims.charts import strokes

BESIDE, HIGH = 5, 9
"""From a point to its name, and what a line of words takes of the height."""


@dataclass(frozen=True)
class Words:
    """What is said, and where it begins."""

    said: str
    at: tuple[float, float]
    bold: bool = False

    @property
    def end(self) -> float:
        return self.at[0] + strokes.width_of(self.said, bold=self.bold)

    def meets(self, other: "Words") -> bool:
        level = abs(self.at[1] - other.at[1]) < HIGH
        return level and self.at[0] <= other.end and other.at[0] <= self.end


def clear(
    point: tuple[float, float], name: str, taken: Sequence[Words], *, left: float, up: bool
) -> Words:
    """Left of its point, or right of it where the axis is at `left`; moved until it is clear."""
    x, y = point[0] - BESIDE - strokes.width_of(name, bold=True), point[1] + BESIDE - 1
    if x <= left:
        x = point[0] + BESIDE
    words = Words(name, (x, y), bold=True)
    while any(words.meets(each) for each in taken):
        y += HIGH if up else -HIGH
        words = Words(name, (x, y), bold=True)
    return words
