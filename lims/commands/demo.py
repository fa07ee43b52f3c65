"""The demonstration: an empty database filled with an invented laboratory."""

import gc
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from lims.opening import environment, opened

if TYPE_CHECKING:
    from lims.config import Settings
    from lims.database import Database


SELDOM = (200_000, 50, 100)
"""How often rubbish is looked for: the usual takes a fifth of the time."""


@click.command()
def demo() -> None:
    """Fill an empty database with an invented laboratory, to look at; never one with records.

    It takes two or three minutes and cannot be taken back: such a database stays a demonstration.
    """
    from lims import locks, rights
    from lims.workflows.demonstrating import HalfMade

    settings = environment(may_be_new=True)
    with opened(settings, settings.migration_url, may_be_new=True) as database:
        if database.current_revision() is None:
            database.upgrade()
            rights.give(database, settings)
    with (
        opened(settings) as database,
        locks.shared(settings.data_dir),
        locks.filling(settings.data_dir),
    ):
        database.require_current_schema()
        try:
            fill(database, settings)
        except KeyboardInterrupt:
            raise HalfMade(database=database.engine.url.database) from None
    click.echo(f"The demonstration is filled. Serve it: lims serve, then {settings.url}", err=True)


@contextmanager
def beside(database: "Database", *, wanted: bool) -> Iterator[None]:
    """While the site is served, another process fills a database in which nothing is recorded; of
    one with real records it is said that it is not filled."""
    from lims.workflows import demonstrating

    with database.reading() as session:
        empty = demonstrating.is_empty(session)
        real = not empty and demonstrating.of(session) is None
    if wanted and real:
        click.echo(demonstrating.NotEmpty().english(), err=True)
    if not (wanted and empty):
        yield
        return
    filling = subprocess.Popen([sys.executable, "-m", "lims", "demo"])
    try:
        yield
    finally:
        filling.terminate()
        filling.wait()


def fill(database: "Database", settings: "Settings") -> None:
    """With a bar of how far it is."""
    from lims.demo import filling

    gc.set_threshold(*SELDOM)
    with click.progressbar(
        length=filling.number_of_batches(), label="Demonstration", show_pos=True, file=sys.stderr
    ) as bar:
        filling.fill(database, settings, lambda made: bar.update(made - bar.pos))
