"""Many stories told side by side in the order of time, as they would have been recorded."""

import heapq
import itertools
from collections.abc import Iterator
from datetime import datetime

from lims import clock
from lims.clock import Held

Story = Iterator[datetime]
"""Goes on whenever it is asked, and says when it goes on next."""


def at_once(*stories: Story) -> Story:
    """Stories of one person's day that go on beside each other, until all are told."""
    order = itertools.count()
    waiting = [(clock.now(), next(order), each) for each in stories]
    while waiting:
        at, _, story = heapq.heappop(waiting)
        if at > clock.now():
            yield at
        later = next(story, None)
        if later is not None:
            heapq.heappush(waiting, (later, next(order), story))


class Timetable:
    """Stories by when they go on; nothing is told that lies after a story's own end."""

    def __init__(self, clock: Held) -> None:
        self.clock = clock
        self._next: list[tuple[datetime, int, Story, datetime]] = []
        self._order = itertools.count()

    def add(self, at: datetime, story: Story, *, until: datetime) -> None:
        heapq.heappush(self._next, (at, next(self._order), story, until))

    def run(self) -> Iterator[None]:
        """Everything in its order; the clock never goes back."""
        while self._next:
            at, _, story, until = heapq.heappop(self._next)
            if at > until:
                continue
            self.clock.at = max(self.clock.at, at)
            later = next(story, None)
            if later is not None:
                self.add(later, story, until=until)
            yield
