"""How a command tells how far it is: a bar where pieces are counted, else the seconds it takes."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from lims.backups.progress import Done

TENTHS = 10


@contextmanager
def shown(label: str, total: int | None = None) -> Iterator[Done]:
    """A stage on the standard error, so that what a command answers can be piped."""
    if total and not sys.stderr.isatty():
        yield Lines(label, total).more
        return
    if total:
        with click.progressbar(length=total, label=label, file=sys.stderr) as bar:
            yield bar.update
        return
    click.echo(f"{label} ...", err=True, nl=False)
    begun, ended = time.monotonic(), threading.Event()
    ticking = threading.Thread(target=_tick, args=(ended,), daemon=True)
    ticking.start()
    try:
        yield lambda done: None
    finally:
        ended.set()
        ticking.join()
        click.echo(f" {time.monotonic() - begun:.1f} s", err=True)


class Lines:
    """For a log, where nothing moves: a line for each tenth that is done."""

    def __init__(self, label: str, total: int) -> None:
        self.label, self.total, self.done = label, total, 0
        self._say()

    def more(self, done: int) -> None:
        before, self.done = self.done * TENTHS // self.total, self.done + done
        if self.done * TENTHS // self.total > before:
            self._say()

    def _say(self) -> None:
        click.echo(f"{self.label}: {self.done} of {self.total}", err=True)


def _tick(ended: threading.Event) -> None:
    """A point a second, for whoever waits."""
    while not ended.wait(1):
        click.echo(".", err=True, nl=False)
