"""Papers kept: each a row with its code, edition and hashes; each copy given out is counted.

The code is given out first, because it is printed; the PDF is made outside every transaction.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.errors import NotPermitted
from lims.models.base import table_of
from lims.models.batch import Batch
from lims.models.fill import Fill, FillStatus
from lims.models.label import Record, RecordCopy, RecordKind
from lims.models.order import Order
from lims.models.step import Step
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows.codes import next_code
from lims.workflows.command import command
from lims.workflows.dose_gate import RELEASED
from lims.workflows.step_kinds import OF_THE_CLINIC

Subject = Batch | Fill | Order | Step

SUBJECTS: dict[RecordKind, type[Subject]] = {
    RecordKind.STEP: Step,
    RecordKind.BATCH: Batch,
    RecordKind.CERTIFICATE_OF_ANALYSIS: Fill,
    RecordKind.RELEASE_CERTIFICATE: Fill,
    RecordKind.PICK_LIST: Order,
}
"""What each kind of paper is about."""
GIVEN = (*RELEASED, FillStatus.RECALLED)
"""Fills of which the clinic may hold doses."""


@dataclass(frozen=True)
class Paper:
    """What is known of a paper once its values are gathered and its file is stored."""

    kind: RecordKind
    language: str
    code: str
    edition: int
    values_sha256: str
    pdf_sha256: str
    audit_seq: int
    audit_hash: str
    made_at: datetime


def subject_behind(session: Session, record: Record) -> Subject:
    """The batch, the fill, the order or the step a paper is about."""
    key = record.fill_id or record.batch_id or record.order_id or record.step_id
    model: type[Any] = SUBJECTS[record.kind]
    found: Subject = session.get_one(model, key)
    return found


def subject_column(subject: Subject) -> str:
    """The column of a record that names `subject`."""
    if isinstance(subject, Order):
        return "order_id"
    return f"{table_of(type(subject).__mapper__.base_mapper.class_).name}_id"


def newest(session: Session, kind: RecordKind, subject: Subject, language: str) -> Record | None:
    """The last edition of this paper in this language; each language counts its own editions."""
    return session.scalars(
        select(Record)
        .where(
            Record.kind == kind,
            Record.language == language,
            getattr(Record, subject_column(subject)) == subject.id,
        )
        .order_by(Record.edition.desc())
        .limit(1)
    ).one_or_none()


def may_read(subject: Subject, person: User) -> bool:
    """The laboratory reads every paper, the clinic those of its acts and of what it is given."""
    if person.may(Permission.SEE_PRODUCTION) or not person.may(Permission.SEE_PATIENTS):
        return person.may(Permission.SEE_PRODUCTION)
    if isinstance(subject, Step):
        return subject.kind in OF_THE_CLINIC
    return isinstance(subject, Fill) and subject.status in GIVEN


def require_readable(subject: Subject, person: User) -> None:
    if not may_read(subject, person):
        raise NotPermitted(permission=Permission.SEE_PRODUCTION)


@command(Permission.MAKE_PAPER)
def reserve_record_code(session: Session, *, by: User) -> str:
    """A code to print on a paper that is about to be made; one not used is never given again."""
    return next_code(session, Record.kind_of_code)


@command(Permission.MAKE_PAPER)
def keep_record(session: Session, subject: Subject, *, paper: Paper, by: User) -> Record:
    """Keep a paper as its edition; where another was quicker, theirs is the answer."""
    require_readable(subject, by)
    last = newest(session, paper.kind, subject, paper.language)
    if last is not None and last.edition >= paper.edition:
        return last
    record = Record(
        **vars(paper),
        patient_id=subject.patient_id,
        made_by_id=by.id,
        **{subject_column(subject): subject.id},
    )
    session.add(record)
    session.flush()
    return record


@command(Permission.MAKE_PAPER)
def give_copy(session: Session, record: Record, *, by: User) -> RecordCopy:
    """Count one more copy of a kept paper, given to whoever asks."""
    require_readable(subject_behind(session, record), by)
    given = session.scalar(
        select(func.max(RecordCopy.copy)).where(RecordCopy.record_id == record.id)
    )
    copy = RecordCopy(
        patient_id=record.patient_id,
        record_id=record.id,
        copy=(given or 0) + 1,
        served_to_id=by.id,
    )
    session.add(copy)
    session.flush()
    return copy
