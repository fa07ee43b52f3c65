"""The forms for when the program is down: each morning a folder of the day, a kit a batch and a
run at QC.

What lies there is of the day it was made; after three days it is removed, for it names patients.
"""

import os
import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sqlalchemy import select

from lims import clock
from lims.backups.folder import PARTIAL
from lims.config import Settings
from lims.database import Database
from lims.errors import N_, LimsError
from lims.models.batch import Batch, BatchStatus
from lims.models.job import Job
from lims.models.qc_run import QcRun
from lims.papers import downtime, downtime_runs
from lims.papers.heading import Desk
from lims.papers.keeping import Archive
from lims.workflows import codes, qc_run_members
from lims.workflows.findings import Notice

DAYS_KEPT = 3
EMPTY_RUN = "run-at-qc.pdf"
"""The sheet for a run that is begun while the program is down."""


class Printed(Notice):
    sentence = N_("Downtime kits of %(batches)s open batches lie in %(path)s.")


class NotPrinted(LimsError):
    sentence = N_("Nothing could be written to %(path)s (%(reason)s). Make the folder writable.")


def print_kits(job: Job, database: Database, settings: Settings) -> LimsError:
    """Make the folder of today, and let those of earlier days go; done again, it is made anew."""
    desk = Archive(database, settings).desk(settings.default_language)
    today = settings.downtime_dir / clock.today().isoformat()
    making = today.with_name(today.name + PARTIAL)
    try:
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700, parents=True)
        for code in (batches := _open_batches(database)):
            with database.reading() as session:
                content = downtime.kit(session, codes.load(session, code, Batch), desk)
            (making / f"{code}.pdf").write_bytes(content)
        _print_runs(database, desk, making)
        shutil.rmtree(today, ignore_errors=True)
        os.rename(making, today)
        _let_go(settings.downtime_dir, today)
    except OSError as error:
        raise NotPrinted(path=str(today), reason=error.strerror) from error
    return Printed(batches=len(batches), path=str(today))


def _print_runs(database: Database, desk: Desk, folder: Path) -> None:
    """A sheet of each run at QC that is under way, and an empty one."""
    with database.reading() as session:
        under_way = select(QcRun).where(QcRun.status.in_(qc_run_members.UNDER_WAY))
        for run in session.scalars(under_way.order_by(QcRun.id)).unique():
            (folder / f"{run.code}.pdf").write_bytes(downtime_runs.kit(session, run, desk))
        (folder / EMPTY_RUN).write_bytes(downtime_runs.kit(session, None, desk))


def _open_batches(database: Database) -> Sequence[str]:
    with database.reading() as session:
        open_ones = select(Batch.code).where(Batch.status == BatchStatus.OPEN)
        return session.scalars(open_ones.order_by(Batch.id)).all()


def _let_go(folder: Path, today: Path) -> None:
    """Of the folders named by a day, all but the newest."""
    days = sorted(each for each in folder.iterdir() if _is_day(each.name))
    for each in days[:-DAYS_KEPT]:
        if each != today:
            shutil.rmtree(each)


def _is_day(name: str) -> bool:
    try:
        return date.fromisoformat(name).isoformat() == name
    except ValueError:
        return False
