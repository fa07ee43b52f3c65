"""Papers kept: each a row with its code, edition and hashes; each copy given out is counted.

The code is given out first, because it is printed; the PDF is made outside every transaction.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.models.base import table_of
from lims.models.batch import Batch
from lims.models.fill import Fill
from lims.models.label import Record, RecordCopy, RecordKind
from lims.models.step import Step
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows.codes import next_code
from lims.workflows.command import command

Subject = Batch | Fill | Step

SUBJECTS: dict[RecordKind, type[Subject]] = {
    RecordKind.STEP: Step,
    RecordKind.BATCH: Batch,
    RecordKind.CERTIFICATE_OF_ANALYSIS: Fill,
    RecordKind.RELEASE_CERTIFICATE: Fill,
}
"""What each kind of paper is about."""


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


def subject_column(subject: Subject) -> str:
    """The column of a record that names `subject`."""
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


@command(Permission.SEE_PRODUCTION)
def reserve_record_code(session: Session, *, by: User) -> str:
    """A code to print on a paper that is about to be made; one not used is never given again."""
    return next_code(session, Record.kind_of_code)


@command(Permission.SEE_PRODUCTION)
def keep_record(session: Session, subject: Subject, *, paper: Paper, by: User) -> Record:
    """Keep a paper as its edition; where another was quicker, theirs is the answer."""
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


@command(Permission.SEE_PRODUCTION)
def give_copy(session: Session, record: Record, *, by: User) -> RecordCopy:
    """Count one more copy of a kept paper, given to whoever asks."""
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
