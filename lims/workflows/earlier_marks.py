"""What an import brought bears the number and the row it has in the earlier records."""

from collections.abc import Collection
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lims.errors import N_, LimsError
from lims.models.batch import Batch
from lims.models.earlier import Earlier, EarlierBatch, EarlierPatient, Import
from lims.models.patient import Patient
from lims.portions import in_portions
from lims.workflows import batch_state, codes, earlier_numbers, importing
from lims.workflows.earlier_rows import Origin
from lims.workflows.earlier_steps import FromEarlierRecords


class NumberedBefore(LimsError):
    sentence = N_(
        "From earlier records: number %(number)s, import %(code)s, %(sheet)s, row %(row)s."
    )


class NothingCalled(LimsError):
    sentence = N_(
        "Nothing here is called “%(text)s”: it is neither a code of ours nor a number of earlier"
        " records. Scan the label, or write the number as it stands there."
    )
    status = 404


MarkT = TypeVar("MarkT", bound=Earlier)


def marked(mark: MarkT, running: Import, number: str | None, origin: Origin) -> MarkT:
    """`mark` of something that `running` brought, and where it was read."""
    mark.import_id, mark.number = running.id, number
    mark.sheet, mark.row_number = origin.sheet, origin.row
    return mark


def source_of(mark: Earlier) -> LimsError:
    """Where something taken over was read, and under which number if it had one."""
    place = {"code": mark.origin.code, "sheet": mark.sheet, "row": mark.row_number}
    if mark.number is None:
        return FromEarlierRecords(**place)
    return NumberedBefore(number=mark.number, **place)


def of_patient(session: Session, patient: Patient) -> EarlierPatient | None:
    """Where `patient` was read, if an import registered them."""
    mark = select(EarlierPatient).where(EarlierPatient.patient_id == patient.id)
    return session.scalars(mark.options(joinedload(EarlierPatient.origin))).first()


def code_under(session: Session, number: str) -> str | None:
    """The code of the vial, else the batch, else the patient that has this number, exactly as
    written."""
    if vials := codes.numbered(session, {number}):
        return vials[number]
    batch = select(Batch.code).join(EarlierBatch, EarlierBatch.batch_id == Batch.id)
    patient = select(Patient.code).join(EarlierPatient, EarlierPatient.patient_id == Patient.id)
    found = session.scalar(batch.where(EarlierBatch.number == number))
    return found or session.scalar(patient.where(EarlierPatient.number == number))


def called(session: Session, typed: str) -> str | None:
    """The code of what has the number that somebody typed, in either case of its letters; raises
    NothingCalled where that can be no code that was misread, LooksLikeOne where it is one letter
    off that no eye sees."""
    for spelling in dict.fromkeys((typed, typed.upper(), typed.lower())):
        if code := code_under(session, spelling):
            return code
    earlier_numbers.require_not_alike(session, typed)
    if not (typed.isascii() and typed.isalnum()):
        raise NothingCalled(text=typed)
    return None


def begin_batch(
    session: Session,
    running: Import,
    patient: Patient,
    number: str | None,
    origin: Origin,
    opened_at: datetime,
) -> Batch:
    """A batch of the patient's earlier course, marked with its number where it has one."""
    batch = batch_state.open_batch(session, importing.course_of(session, patient.id))
    batch.opened_at = opened_at
    mark = EarlierBatch(patient_id=patient.id, batch_id=batch.id)
    session.add(marked(mark, running, number, origin))
    return batch


def batches_named(session: Session, numbers: Collection[str]) -> dict[str, EarlierBatch]:
    """The earlier batches with these numbers, by number."""
    found: dict[str, EarlierBatch] = {}
    for some in in_portions(numbers):
        query = select(EarlierBatch).where(EarlierBatch.number.in_(some))
        around = joinedload(EarlierBatch.batch).joinedload(Batch.patient)
        named = session.scalars(query.options(around))
        found |= {mark.number: mark for mark in named if mark.number}
    return found
