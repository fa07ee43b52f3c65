"""The demonstration: an empty database filled with an invented laboratory."""

import gc
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from lims.opening import environment, opened

if TYPE_CHECKING:
    from lims.config import Settings
    from lims.database import Database
    from lims.workflows.demonstrating import HalfMade


SELDOM = (200_000, 50, 100)
"""How often rubbish is looked for: the usual takes a fifth of the time."""
LOOKS_S = 0.1
STOPPED = 130
"""The answer of a program that was interrupted, as shells know it."""


@click.command()
@click.option("--served", is_flag=True, hidden=True, help="Told by the server it runs beside.")
def demo(served: bool) -> None:
    """Fill an empty database with an invented laboratory, to look at; never one with records.

    It takes two or three minutes and cannot be taken back: such a database stays a demonstration.
    """
    from lims import locks, rights

    if served:  # Ctrl-C reaches both: the server ends it, and the bar is put away
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
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
            raise half_made(database) from None
    then = "Sign in at" if served else "Serve it: lims serve, then"
    click.echo(f"The demonstration is filled. {then} {settings.url}", err=True)


@contextmanager
def beside(database: "Database", *, wanted: bool) -> Iterator[None]:
    """While the site is served, another process fills a database in which nothing is recorded; of
    one with real records it is said that it is not filled, of a half made one how to begin anew.

    No page is served before it is written that this is a demonstration.
    """
    from lims.workflows import demonstrating

    with database.reading() as session:
        empty = demonstrating.is_empty(session)
        before = demonstrating.of(session)
    if wanted and before is not None and before.made is not None:
        click.echo(half_made(database).english(), err=True)
    elif wanted and before is None and not empty:
        click.echo(demonstrating.NotEmpty().english(), err=True)
    if not (wanted and empty):
        yield
        return
    filling = subprocess.Popen([sys.executable, "-m", "lims", "demo", "--served"])
    try:
        while filling.poll() is None and not is_begun(database):
            time.sleep(LOOKS_S)
        yield
    except KeyboardInterrupt:  # before anything is served: what follows says all there is to say
        sys.exit(STOPPED)
    finally:
        stopped = filling.poll() is None
        filling.terminate()
        if filling.wait() and stopped:
            click.echo(half_made(database).english(), err=True)


def is_begun(database: "Database") -> bool:
    from lims.workflows import demonstrating

    with database.reading() as session:
        return demonstrating.of(session) is not None


def half_made(database: "Database") -> "HalfMade":
    from lims.workflows.demonstrating import HalfMade

    return HalfMade(database=database.engine.url.database)


def fill(database: "Database", settings: "Settings") -> None:
    """With a bar of how far it is."""
    from lims.commands.progress import shown
    from lims.demo import filling

    gc.set_threshold(*SELDOM)
    done = 0
    with shown("Demonstration, batches", filling.number_of_batches()) as more:

        def told(made: int) -> None:
            nonlocal done
            more(made - done)
            done = made

        filling.fill(database, settings, told)
