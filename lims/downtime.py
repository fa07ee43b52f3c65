"""The forms for when the program is down: each morning a folder of the day, a kit a batch.

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
from lims.papers import downtime
from lims.papers.keeping import Archive
from lims.workflows import codes
from lims.workflows.findings import Notice

DAYS_KEPT = 3


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
        shutil.rmtree(today, ignore_errors=True)
        os.rename(making, today)
        _let_go(settings.downtime_dir, today)
    except OSError as error:
        raise NotPrinted(path=str(today), reason=error.strerror) from error
    return Printed(batches=len(batches), path=str(today))


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
