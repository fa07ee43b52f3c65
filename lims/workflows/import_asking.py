"""Imports asked for on a page: begun there, stored by the worker; and what each has brought."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import Session, joinedload

from lims import clock
from lims.errors import N_, LimsError
from lims.models.command_run import CommandRun
from lims.models.earlier import (
    EarlierBatch,
    EarlierPatient,
    EarlierVial,
    Import,
    ImportKind,
    ImportStatus,
)
from lims.models.job import Job
from lims.models.types import Moment
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import import_mappings, importing, jobs
from lims.workflows.command import command
from lims.workflows.when_asked import asked

JOB = "import"
"""The kind of job that stores what an import looked at."""
SUBJECTS: dict[ImportKind, Any] = {
    ImportKind.PATIENTS: EarlierPatient.patient,
    ImportKind.BATCHES: EarlierBatch.batch,
    ImportKind.VIALS: EarlierVial.vial,
}


SILENT_FOR = timedelta(minutes=5)
"""An import of which nothing was stored for so long is broken off: an item takes seconds."""
LATEST_COMMANDS = 5000
"""Looked through for one of an import: more than are run in that time."""


class Complete(LimsError):
    sentence = N_("%(code)s is complete already.")
    status = 409


@command(Permission.IMPORT_RECORDS)
def ask_for_import(
    session: Session,
    *,
    kind: ImportKind,
    file_name: str,
    file_sha256: str,
    rows: int,
    items: int,
    headers: Mapping[str, str],
    save_as: str | None,
    notes: Sequence[LimsError] = (),
    by: User,
) -> Import:
    """Begin an import whose rows were all found good, and have the worker store them."""
    if save_as:
        import_mappings.save_mapping(session, kind=kind, name=save_as, headers=headers, by=by)
    begun = importing.begin_import(
        session,
        kind=kind,
        file_name=file_name,
        file_sha256=file_sha256,
        rows=rows,
        items=items,
        headers=headers,
        notes=notes,
        by=by,
    )
    jobs.ask(session, JOB, subject_code=begun.code, by=by)
    return begun


@command(Permission.IMPORT_RECORDS)
def go_on_with_import(session: Session, running: Import, *, by: User) -> Job:
    """Have the worker go on with an import that was killed."""
    if running.status is not ImportStatus.RUNNING:
        raise Complete(code=running.code)
    return jobs.ask(session, JOB, subject_code=running.code, by=by)


def left() -> ColumnElement[bool]:
    """Whether nobody works on an import any more: no job of it is open, nothing was stored of it
    of late."""
    before = asked(lambda: clock.now() - SILENT_FOR, Moment())
    worked_on = select(Job.id).where(
        Job.kind == JOB, Job.subject_code == Import.code, Job.status.in_(jobs.OPEN)
    )
    newest = select(func.max(CommandRun.id)).scalar_subquery()
    stored = select(CommandRun.id).where(
        CommandRun.id > newest - LATEST_COMMANDS,
        CommandRun.ran_at > before,
        CommandRun.idempotency_key.like(Import.code + " %"),
    )
    silent = Import.started_at < before, ~exists(stored)
    return and_(Import.status == ImportStatus.RUNNING, *silent, ~exists(worked_on))


def is_left(session: Session, run: Import) -> bool:
    return session.scalar(select(Import.id).where(Import.id == run.id, left())) is not None


def brought(run: Import) -> Select[Any]:
    """What `run` brought, each with the row it stood in."""
    mark = importing.MARKS[run.kind]
    return select(mark).where(mark.import_id == run.id).options(joinedload(SUBJECTS[run.kind]))


def count_of(session: Session, run: Import) -> int:
    """How many patients, batches or vials `run` has brought by now."""
    mark = importing.MARKS[run.kind]
    return session.scalar(select(func.count(mark.id)).where(mark.import_id == run.id)) or 0
