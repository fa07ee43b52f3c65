"""Where a page may end: never between a heading and the first of what stands beneath it."""

from collections.abc import Iterator, Sequence

from reportlab.platypus import CondPageBreak, Flowable, Spacer

from lims.records.page import BODY_HEIGHT, BODY_WIDTH
from lims.records.rows import Rows

END_AT_MOST = BODY_HEIGHT / 3
"""Higher than this, what a paper ends with fills enough of a page of its own."""
BEFORE_THE_END = 2
"""Rows that go over to the last page with what the paper ends with."""


def kept(story: Sequence[Flowable]) -> Iterator[Flowable]:
    """`story`, and before each heading a new page where its first row would be on the next."""
    above: int | None = None
    for place, one in enumerate(story):
        rank = _rank(one)
        if rank is not None and (above is None or rank <= above):
            yield CondPageBreak(_needed(story[place:]))
        if not isinstance(one, Spacer):
            above = rank
        yield one


def _needed(story: Sequence[Flowable]) -> float:
    """The height of headings, each beneath a greater one, with the first of what follows."""
    high, reached = 0.0, -1
    for one in story:
        rank = _rank(one)
        if isinstance(one, Rows | Ending) and rank is None:
            return high + one.least
        if rank is not None and rank <= reached:
            return high  # the next of its kind: nothing stood under this one
        high += _height(one)
        if not isinstance(one, Spacer) and rank is None:
            return high
        reached = reached if rank is None else rank
    return high


def _rank(flowable: Flowable) -> int | None:
    return flowable.rank if isinstance(flowable, Rows) else None


def _height(flowable: Flowable) -> float:
    return min(float(flowable.wrap(BODY_WIDTH, BODY_HEIGHT)[1]), BODY_HEIGHT)


class Ending(Flowable):
    """What a paper ends with, such as a signature; never on a page without rows of `before`."""

    def __init__(self, before: Rows, after: Sequence[Flowable]) -> None:
        super().__init__()
        self.before, self.after = before, after
        self.least = before.least

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return width, _height(self.before) + sum(map(_height, self.after))

    def draw(self) -> None:
        y = self.wrap(BODY_WIDTH, BODY_HEIGHT)[1]
        for part in (self.before, *self.after):
            y -= _height(part)
            part.drawOn(self.canv, 0, y)

    def split(self, width: float, height: float) -> list[Flowable]:
        """In one piece where there is room, else the last rows before it go over as well."""
        after, most = sum(map(_height, self.after)), len(self.before.rows) - BEFORE_THE_END
        stays = min(self.before.up_to(height), most)
        if after > END_AT_MOST or (stays < 1 and height > BODY_HEIGHT - 1):
            first = self.before.split(width, height)
            return [*first, *self.after] if first else []
        if stays < 1:
            return []
        here, there = self.before.parted(stays)
        return [here, CondPageBreak(BODY_HEIGHT), Ending(there, self.after)]
