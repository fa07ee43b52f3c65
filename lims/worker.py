"""The worker: one thread of the server process that does what is due, and nothing else.

A job looks for itself whether it is due, by what is written already, so a restart loses nothing.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from lims import anchors, clock
from lims.config import Settings
from lims.database import Database
from lims.errors import LimsError
from lims.workflows import issuing, lots, ordering
from lims.workflows.anchors import AnchorReason

log = logging.getLogger("lims.worker")

EVERY_SECONDS = 60


@dataclass(frozen=True)
class Job:
    """`act` does what is due now, and is called once a round."""

    name: str
    act: Callable[[Database, Settings], None]


def anchor_the_day(database: Database, settings: Settings) -> None:
    """Anchor the audit trail once a day (UTC), with or without a new entry."""
    last = anchors.newest(settings.anchor_dir)
    if last is None or last.at.date() < clock.now().date():
        anchors.anchor_now(database, settings.anchor_dir, AnchorReason.DAY)


def expire_what_is_over(database: Database, _settings: Settings) -> None:
    """Doses past their hour and lots past their last day expire; orders left undone lapse."""
    for expire in (issuing.expire_due, lots.expire_due, ordering.lapse_due):
        database.run(expire, None, key="", arguments=lambda session: {})


def write_back(database: Database, _settings: Settings) -> None:
    """SQLite's log into its file, so that it does not grow without end."""
    database.checkpoint()


JOBS: tuple[Job, ...] = (
    Job("anchor the day", anchor_the_day),
    Job("expire what is over", expire_what_is_over),
    Job("write back the log", write_back),
)


def work_once(database: Database, settings: Settings) -> None:
    """Do each job that is due; one that fails is told in the log and does not stop the others."""
    for job in JOBS:
        try:
            job.act(database, settings)
        except (LimsError, SQLAlchemyError, OSError):
            log.exception("%s failed; it is tried again in %s s", job.name, EVERY_SECONDS)


class Worker:
    """Works in a thread of its own until stopped."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="lims-worker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the job at hand and end."""
        self._stopping.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stopping.is_set():
            work_once(self.database, self.settings)
            self._stopping.wait(EVERY_SECONDS)
