"""Imports of earlier records: begun, item by item stored, complete; until then nothing is shown.

All rows are looked at before the first is stored. An item that cannot be stored all the same, since
something changed meanwhile, is left out with its reason, and the rest goes on.
"""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models import said
from lims.models.course import Course, CourseStatus, Grading, Indication
from lims.models.earlier import (
    Earlier,
    EarlierBatch,
    EarlierPatient,
    EarlierVial,
    Import,
    ImportHeader,
    ImportKind,
    ImportNote,
    ImportOmission,
    ImportStatus,
)
from lims.models.patient import Patient
from lims.models.user import User
from lims.permissions import Permission
from lims.portions import in_portions
from lims.workflows import codes, states
from lims.workflows.codes import coded
from lims.workflows.command import command
from lims.workflows.earlier_rows import Origin

MARKS: dict[ImportKind, type[Earlier]] = {
    ImportKind.PATIENTS: EarlierPatient,
    ImportKind.BATCHES: EarlierBatch,
    ImportKind.VIALS: EarlierVial,
}
"""What is kept of each thing that an import of this kind brought."""
NOT_KNOWN = "—"


class ImportedAlready(LimsError):
    sentence = N_("This very file was imported as %(code)s. Send only what is new.")
    status = 409


class ImportedBefore(LimsError):
    sentence = N_("this was taken over before, by the import %(code)s. Leave its rows out.")


class HalfImported(ImportedBefore):
    sentence = N_(
        "this was stored by the import %(code)s, which is not complete. Go on with that one on its"
        " page, or send its very file again; then send what is new."
    )


class GivenUp(LimsError):
    sentence = N_("%(code)s was given up: nothing of it is stored.")
    status = 409


def headers_in(running: Import) -> dict[str, str]:
    """The laboratory's own headers that an import was begun with."""
    return {line.column_name: line.header for line in running.headers}


def running_with(session: Session, file_sha256: str) -> Import | None:
    """The import of this very file that is not complete."""
    return session.scalars(
        select(Import).where(
            Import.file_sha256 == file_sha256, Import.status == ImportStatus.RUNNING
        )
    ).first()


def require_new(session: Session, file_sha256: str) -> None:
    """Raise ImportedAlready where all of this very file was stored."""
    of_file = Import.file_sha256 == file_sha256, Import.status == ImportStatus.COMPLETE
    for earlier in session.scalars(select(Import).where(*of_file)):
        if not earlier.omissions:
            raise ImportedAlready(code=earlier.code)


def times_given_up(session: Session, file_sha256: str) -> int:
    """How many imports of this very file were given up."""
    of_file = Import.file_sha256 == file_sha256, Import.status == ImportStatus.GIVEN_UP
    return session.scalar(select(func.count(Import.id)).where(*of_file)) or 0


def require_not_given_up(session: Session, running: Import) -> None:
    """Raise GivenUp where somebody gave it up; until the commit nobody does."""
    session.refresh(running, with_for_update={"read": True})
    if running.status is ImportStatus.GIVEN_UP:
        raise GivenUp(code=running.code)


def with_code(session: Session, code: str) -> Import:
    return codes.load(session, code, Import)


@command(Permission.IMPORT_RECORDS)
def begin_import(
    session: Session,
    *,
    kind: ImportKind,
    file_name: str,
    file_sha256: str,
    rows: int,
    items: int,
    headers: Mapping[str, str],
    notes: Sequence[LimsError] = (),
    by: User,
) -> Import:
    """Open an import whose rows were all found good; the same file half stored is gone on with."""
    require_new(session, file_sha256)
    if (running := running_with(session, file_sha256)) is not None:
        return running
    begun = Import(
        kind=kind,
        file_name=file_name,
        file_sha256=file_sha256,
        rows=rows,
        items=items,
        imported_by_id=by.id,
    )
    begun.headers = [ImportHeader(column_name=c, header=h) for c, h in headers.items()]
    begun.notes = [ImportNote(said=said.written(said.sayable(note))) for note in notes]
    session.add(coded(session, states.begin(begun)))
    session.flush()
    return begun


@command(Permission.IMPORT_RECORDS)
def leave_out(
    session: Session, running: Import, *, number: str, origin: Origin, reason: LimsError, by: User
) -> ImportOmission:
    """Note an item that could not be stored, and why."""
    require_not_given_up(session, running)
    omission = ImportOmission(
        import_id=running.id,
        number=number,
        sheet=origin.sheet,
        row_number=origin.row,
        reason=reason.english(),
        said=said.written(said.sayable(reason)),
    )
    session.add(omission)
    session.flush()
    return omission


@command(Permission.IMPORT_RECORDS)
def complete_import(session: Session, running: Import, *, by: User) -> Import:
    """Show what was imported: all of it is stored, or left out with a reason."""
    running.ended_at = clock.now()
    states.move(session, running, ImportStatus.COMPLETE)
    session.refresh(running, ["omissions"])  # told of it when the session has ended
    return running


def done_in(session: Session, running: Import) -> set[str]:
    """The numbers of what is stored or left out already: a killed import goes on after them."""
    mark = MARKS[running.kind]
    stored = select(mark.number).where(mark.import_id == running.id)
    left = select(ImportOmission.number).where(ImportOmission.import_id == running.id)
    return set(session.scalars(stored.union(left)))


def taken(
    session: Session,
    mark: type[Earlier],
    numbers: Collection[str],
) -> dict[str, LimsError]:
    """Those of `numbers` that an import brought already, with what is said of it."""
    found: dict[str, LimsError] = {}
    for some in in_portions(numbers):
        brought = select(mark.number, Import.code, Import.status).join(
            Import, Import.id == mark.import_id
        )
        for number, code, status in session.execute(brought.where(mark.number.in_(some))):
            assert number is not None
            told = HalfImported if status is ImportStatus.RUNNING else ImportedBefore
            found[number] = told(code=code)
    return found


def patients_behind(session: Session, references: Collection[str]) -> dict[str, Patient]:
    """The patients meant by codes of ours or by numbers of the earlier records."""
    found: dict[str, Patient] = {}
    for some in in_portions(references):
        of_ours = select(Patient).where(Patient.code.in_(some))
        found |= {patient.code: patient for patient in session.scalars(of_ours)}
        earlier = (
            select(EarlierPatient.number, Patient)
            .join(Patient, Patient.id == EarlierPatient.patient_id)
            .where(EarlierPatient.number.in_(some))
        )
        found |= {row.number: row.Patient for row in session.execute(earlier)}
    return found


def course_of(session: Session, patient_id: int) -> Course:
    """The course that the patient's earlier batches were made for; made once a patient."""
    there = session.scalars(
        select(Course).where(Course.patient_id == patient_id, Course.status == CourseStatus.EARLIER)
    ).first()
    if there is not None:
        return there
    number = func.coalesce(func.max(Course.number), 0) + 1
    course = Course(
        patient_id=patient_id,
        number=session.scalar(select(number).where(Course.patient_id == patient_id)),
        indication=Indication.OTHER,
        grading=Grading.STAGE,
        grade=NOT_KNOWN,
    )
    session.add(coded(session, states.begin(course)))
    session.flush()
    states.move(session, course, CourseStatus.EARLIER)
    return course


def unfinished(session: Session) -> Sequence[Import]:
    """Imports under way, whose records are not shown yet."""
    return session.scalars(select(Import).where(Import.status == ImportStatus.RUNNING)).all()
