"""A physician asks the sixteen contraindications and records what was found, or overrides it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError, NotPermitted
from lims.models.contraindication import (
    ContraindicationAbsence,
    ContraindicationCheck,
    ContraindicationFinding,
    Occasion,
)
from lims.models.course import Course, TransplantationSession
from lims.models.patient import Patient
from lims.models.signature import Meaning
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import contraindications, identity, markers, signing
from lims.workflows.command import command
from lims.workflows.contraindication_list import BY_NUMBER
from lims.workflows.contraindications import Rules
from lims.workflows.signing import Proof
from lims.workflows.stopping import ENDED


class CourseEnded(LimsError):
    sentence = N_("%(code)s is %(status)s; nothing more is checked for it.")
    status = 409


class SessionNeeded(LimsError):
    sentence = N_("Choose the transplantation session this injection belongs to.")


class SessionOfAnotherCourse(LimsError):
    sentence = N_("The session %(code)s belongs to another course.")
    recorded = True
    status = 409


class NotAmongThem(LimsError):
    sentence = N_("There is no contraindication %(number)s; they go from 1 to 16.")


class NotOverridable(LimsError):
    sentence = N_("By the specification nobody overrides contraindication %(number)s: %(name)s.")
    recorded = True


class OverrideUnsigned(LimsError):
    sentence = N_("An override needs your signature: give your password.")


@dataclass(frozen=True)
class Found:
    """A contraindication that is present, and why the physician goes on all the same."""

    number: int
    note: str | None = None
    override_reason: str | None = None


@command(Permission.ORDER_COURSE)
def record_check(
    session: Session,
    course: Course,
    *,
    occasion: Occasion,
    found: Sequence[Found],
    transplantation_session: TransplantationSession | None = None,
    proof: Proof | None = None,
    absent: Mapping[int, str] = MappingProxyType({}),
    by: User,
) -> ContraindicationCheck:
    """Record that all sixteen were asked, and which are present.

    Those that follow from the birth date and the markers are added by themselves, so that they
    can be overridden as well, where the policy allows it. `absent` holds what was noted beside
    those that are not present.
    """
    if course.status in ENDED:
        raise CourseEnded(code=course.code, status=course.status)
    if occasion == Occasion.INJECTION and transplantation_session is None:
        raise SessionNeeded()
    if transplantation_session is not None:
        _require_of(session, course, transplantation_session)
    rules = contraindications.rules(session)
    findings = _findings(session, course, rules, found, transplantation_session)
    check = ContraindicationCheck(
        patient_id=course.patient_id,
        course_id=course.id,
        session_id=transplantation_session.id if transplantation_session else None,
        occasion=occasion,
        checked_by_id=by.id,
    )
    session.add(check)
    session.flush()
    _sign_overrides(session, check, findings, proof, by)
    for finding in findings:
        finding.check_id = check.id
        session.add(finding)
    for number, note in _noted(absent, [each.number for each in findings]):
        session.add(
            ContraindicationAbsence(
                patient_id=course.patient_id, check_id=check.id, number=number, note=note
            )
        )
    session.flush()
    session.refresh(check, ["findings", "absences"])
    return check


def _noted(absent: Mapping[int, str], found: Collection[int]) -> Iterator[tuple[int, str]]:
    """What was noted beside the absent ones; of one that is present, its finding tells it."""
    for number, note in sorted(absent.items()):
        if number not in BY_NUMBER:
            raise NotAmongThem(number=number)
        if note.strip() and number not in found:
            yield number, note.strip()


def _require_of(session: Session, course: Course, planned: TransplantationSession) -> None:
    identity.require_same_patient(session, course.patient_id, planned)
    if planned.course_id != course.id:
        raise SessionOfAnotherCourse(code=planned.code)


def _findings(
    session: Session,
    course: Course,
    rules: Rules,
    found: Sequence[Found],
    transplantation_session: TransplantationSession | None,
) -> list[ContraindicationFinding]:
    """What was ticked and what follows by itself, as rows not yet stored."""
    given = {each.number: each for each in found}
    for number in given:
        if number not in BY_NUMBER:
            raise NotAmongThem(number=number)
    today = clock.today()
    patient = session.get_one(Patient, course.patient_id)
    known = markers.standing(session, patient, today, rules.version)
    present = contraindications.computed(
        rules,
        patient.birth_date,
        contraindications.planned_days(course, today, transplantation_session),
        known,
    )
    answered = contraindications.asked_of(known)
    asked = {number: each.note for number, each in given.items() if number in answered}
    findings = []
    for number, note in sorted((asked | present).items()):
        reason = given[number].override_reason if number in given else None
        if reason and not rules.may_override(number):
            raise NotOverridable(number=number, name=rules.named(number))
        findings.append(
            ContraindicationFinding(
                patient_id=course.patient_id, number=number, note=note, override_reason=reason
            )
        )
    return findings


def _sign_overrides(
    session: Session,
    check: ContraindicationCheck,
    findings: Sequence[ContraindicationFinding],
    proof: Proof | None,
    by: User,
) -> None:
    """One signature for all that is overridden in this check."""
    overridden = [each for each in findings if each.override_reason]
    if not overridden:
        return
    if not by.may(Permission.OVERRIDE_CONTRAINDICATION):
        raise NotPermitted(permission=Permission.OVERRIDE_CONTRAINDICATION)
    if proof is None:
        raise OverrideUnsigned()
    signature = signing.sign(
        session,
        check,
        meaning=Meaning.OVERRIDDEN,
        shown=shown_for_override(check, findings),
        proof=proof,
        by=by,
        reason="; ".join(f"{each.number}: {each.override_reason}" for each in overridden),
    )
    for each in overridden:
        each.override_signature_id = signature.id


def shown_for_override(
    check: ContraindicationCheck, findings: Sequence[ContraindicationFinding]
) -> dict[str, object]:
    """What the physician signs: everything found at this check and why the course goes on."""
    return {
        "course_id": check.course_id,
        "session_id": check.session_id,
        "occasion": check.occasion,
        "checked_by_id": check.checked_by_id,
        "checked_at": check.checked_at,
        "findings": [[each.number, each.note, each.override_reason] for each in findings],
    }
