"""Imports asked for on a page: begun there, stored by the worker; and what each has brought."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from lims.errors import N_, LimsError
from lims.models.earlier import (
    EarlierBatch,
    EarlierPatient,
    EarlierVial,
    Import,
    ImportKind,
    ImportStatus,
)
from lims.models.job import Job
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import import_mappings, importing, jobs
from lims.workflows.command import command

JOB = "import"
"""The kind of job that stores what an import looked at."""
SUBJECTS: dict[ImportKind, Any] = {
    ImportKind.PATIENTS: EarlierPatient.patient,
    ImportKind.BATCHES: EarlierBatch.batch,
    ImportKind.VIALS: EarlierVial.vial,
}


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


def brought(run: Import) -> Select[Any]:
    """What `run` brought, each with the row it stood in."""
    mark = importing.MARKS[run.kind]
    return select(mark).where(mark.import_id == run.id).options(joinedload(SUBJECTS[run.kind]))


def count_of(session: Session, run: Import) -> int:
    """How many patients, batches or vials `run` has brought by now."""
    mark = importing.MARKS[run.kind]
    return session.scalar(select(func.count(mark.id)).where(mark.import_id == run.id)) or 0
