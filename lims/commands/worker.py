"""The worker by itself, where the server process has none or another machine does its work."""

import logging
import signal
import sys
import threading

import click

from lims.opening import NO, environment, opened


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now, then end; exit 1 if some failed.")
def worker(once: bool) -> None:
    """Do by itself what is due until stopped; `lims serve` does that too, no other server."""
    from lims import locks
    from lims.worker import LOG_FORMAT, Worker

    settings = environment()
    with opened(settings) as database, locks.shared(settings.data_dir):
        database.require_current_schema()
        logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
        ours = Worker(database, settings)
        if once:
            sys.exit(0 if ours.work_once() else NO)
        ended = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ended.set())
        click.echo(f"Working as {ours.name}; stop it with Ctrl-C.")
        ours.start()
        ended.wait()
        ours.stop()
