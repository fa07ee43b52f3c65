"""Identity at every transfer: two scans compared; the scan decides the patient, never a list."""

from collections.abc import Container, Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.fill import Vial
from lims.models.patient import Patient
from lims.models.step import IdentityCheck, Step
from lims.models.user import User
from lims.workflows import codes
from lims.workflows.command import typed_as_kept, typed_by_hand


class Stop(LimsError):
    """What was read is not what belongs here: over the whole screen, `expected` beside `found`;
    counted, and kept after the rollback."""

    heading = N_("STOP: two patients")
    worked_on = N_("Worked on here")
    """What stands above `expected`."""
    read = N_("I have read both names")
    recorded = True
    status = 409

    @property
    def scanned(self) -> str:
        """The code that was read; a vial of earlier records shows another one on its tube."""
        code = self.parameters["code"]
        return str(getattr(code, "code", code))


class Mismatch(Stop):
    """Another patient's."""

    sentence = N_(
        "STOP. %(code)s belongs to %(found)s; here material of %(expected)s is worked on."
        " Nothing was recorded."
    )


class Named(LimsError):
    """A patient as a mismatch names them, the day as its reader writes it."""

    sentence = N_("%(name)s (%(code)s), born %(birth_date)s")


def identity(patient: Patient) -> Named:
    return Named(name=patient.full_name, code=patient.code, birth_date=patient.birth_date)


def require_same_patient(session: Session, patient_id: int, *records: Any) -> None:
    """Raise Mismatch unless every one of `records` is of this patient."""
    for record in records:
        found = record.id if isinstance(record, Patient) else record.patient_id
        require_patient(session, patient_id, _named(record), found)


def _named(record: Any) -> str:
    """As it stands on what was scanned: a vial may bear a number of the earlier records."""
    return record.on_the_tube if isinstance(record, Vial) else str(record.code)


def require_patient(session: Session, patient_id: int, code: str, found: int) -> None:
    """Raise Mismatch where what `code` names is of `found`, another patient."""
    if found != patient_id:
        scanned, worked_on = (session.get_one(Patient, key) for key in (found, patient_id))
        raise Mismatch(
            code=code,
            found=identity(scanned),
            expected=identity(worked_on),
            patient=worked_on.code,
            other=scanned.code,
        )


def patient_behind(session: Session, scanned: str) -> Patient:
    """The patient whose label was scanned: their card, or anything that carries them."""
    record = codes.find(session, scanned)
    if isinstance(record, Patient):
        return record
    patient_id = getattr(record, "patient_id", None)
    if patient_id is None:
        raise codes.UnexpectedKind(
            code=record.code,
            found=codes.KindWord(record.code[:2]),
            expected=codes.KindWord("PT"),
        )
    return session.get_one(Patient, patient_id)


def note_check(
    session: Session, step: Step, *, expected: str, scanned: str, cleared_by: User | None = None
) -> IdentityCheck:
    """Keep what was expected and what was read in this step; a mismatch needs who cleared it."""
    check = _check(session, step, expected, scanned, _read_before(session, step, [scanned]))
    check.cleared_by_id = cleared_by.id if cleared_by else None
    session.add(check)
    session.flush()
    return check


def note_scans(session: Session, step: Step, scanned: Iterable[str]) -> None:
    """Keep codes that were read in this step and found right."""
    codes = list(scanned)
    before = _read_before(session, step, codes)
    for code in codes:
        session.add(_check(session, step, code, code, before))
        before.add(code)
    session.flush()


def _read_before(session: Session, step: Step, codes: Iterable[str]) -> set[str]:
    """Of codes typed by hand those of which `step` knows how they were read: a page then fills
    them in, and nobody types them."""
    typed = [code for code in codes if typed_by_hand(session, code)]
    if not typed:
        return set()
    known = IdentityCheck.step_id == step.id, IdentityCheck.scanned.in_(typed)
    return set(session.scalars(select(IdentityCheck.scanned).where(*known)))


def _check(
    session: Session, step: Step, expected: str, scanned: str, before: Container[str]
) -> IdentityCheck:
    return IdentityCheck(
        patient_id=step.patient_id,
        step_id=step.id,
        expected=expected,
        scanned=scanned,
        matched=expected == scanned,
        typed=typed_as_kept(session, scanned) and scanned not in before,
    )


def typed_in(checks: Iterable[IdentityCheck]) -> dict[int, list[str]]:
    """By step, the codes that somebody typed by hand, each once."""
    found: dict[int, dict[str, None]] = {}
    for check in checks:
        if check.typed:
            found.setdefault(check.step_id, {})[check.scanned] = None
    return {step: list(codes) for step, codes in found.items()}


def scanned_in(session: Session, step: Step, kind: str) -> list[str]:
    """The codes of one kind that were read in this step, each once, in their order."""
    read = session.scalars(
        select(IdentityCheck.scanned)
        .where(IdentityCheck.step_id == step.id, IdentityCheck.scanned.startswith(kind))
        .order_by(IdentityCheck.id)
    )
    return list(dict.fromkeys(read))
