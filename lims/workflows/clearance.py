"""Line clearance: a processing bench holds one patient's step, a second person checking."""

from collections.abc import Collection, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.equipment import Place, PlaceKind
from lims.models.patient import Patient
from lims.models.step import LineClearance, Step
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import containers, roles
from lims.workflows.signing import Proof, SamePerson


class NotABench(LimsError):
    sentence = N_("%(code)s is not a processing bench. Scan the bench you stand at.")


class BenchTaken(LimsError):
    sentence = N_(
        "%(code)s is open for another step (%(step)s of patient %(patient)s)."
        " The page of the bench leads to where that step is recorded, closed or given up, or its"
        " bench cleared."
    )
    recorded = True
    status = 409
    leads_to = "code"


class CheckerNeeded(LimsError):
    sentence = N_("A second person checks the line clearance: their name and password, please.")


class CheckerNotAllowed(LimsError):
    sentence = N_("%(name)s may not check a line clearance.")
    recorded = True


class NoSecondPerson(SamePerson):
    sentence = N_(
        "%(name)s took part in this step: typed it, did the work or printed its labels. A"
        " colleague who did not checks its line clearance."
    )


class HasLeft(LimsError):
    sentence = N_("The account of %(name)s is closed. A colleague who works here confirms.")
    recorded = True


class CheckedItsLine(LimsError):
    sentence = N_(
        "%(name)s checked the line clearance of %(step)s, so a colleague performs it: name them."
    )


def clear_line(
    session: Session, step: Step, station: Place | None, checker: Proof | None, by: User
) -> None:
    require_bench(station)
    assert station is not None
    if (problem := problem_with(session, station)) is not None:
        raise problem
    person = checking(session, checker, by)
    session.add(
        LineClearance(
            patient_id=step.patient_id,
            station_id=station.id,
            step_id=step.id,
            opened_by_id=by.id,
            open_checked_by_id=person.id,
        )
    )


def require_bench(station: Place | None) -> None:
    """Raise NotABench."""
    if station is None or station.kind is not PlaceKind.PROCESSING_BENCH:
        raise NotABench(code=station.code if station else "")


def checking(session: Session, proof: Proof | None, by: User) -> User:
    if proof is None:
        raise CheckerNeeded()
    person = session.get_one(User, proof.user_id)
    if (problem := problem_with_checker(person, by)) is not None:
        raise problem
    proof.spend(session)
    return person


def problem_with_checker(person: User, by: User) -> LimsError | None:
    """Why `person` does not check a line that `by` clears."""
    if not person.is_active:
        return HasLeft(name=person.full_name)
    if person.id == by.id:
        return NoSecondPerson(name=person.full_name)
    if not person.may(Permission.CHECK_LINE_CLEARANCE):
        return CheckerNotAllowed(name=person.full_name)
    return None


def problem_with_closer(session: Session, step: Step, person: User) -> LimsError | None:
    """That `person` took part in `step`: a colleague who did not checks its line when it closes."""
    if person.id in took_part(session, step):
        return NoSecondPerson(name=person.full_name)
    return None


def took_part(session: Session, step: Step) -> set[int | None]:
    """The ids of who performed `step`, or printed its labels."""
    return {step.performed_by_id, *containers.printers_of(session, step)}


def who_may_check(session: Session, by: User, took_part: Collection[int | None] = ()) -> list[str]:
    """Who checks a line that `by` clears, by name; none of those who `took_part` in the work."""
    may = roles.names_of_who_may(session, Permission.CHECK_LINE_CLEARANCE)
    return [name for key, name in may.items() if key != by.id and key not in took_part]


def checked_by(step: Step, performer: User) -> Iterator[LimsError]:
    """That who performed `step` also checked the line for it: no second person did."""
    if step.clearance is not None and step.clearance.open_checked_by_id == performer.id:
        yield CheckedItsLine(name=performer.full_name, step=step.code)


def open_clearance(session: Session, station: Place) -> LineClearance | None:
    """The step a bench is open for, with its step; None for a free bench."""
    return session.scalars(
        select(LineClearance).where(
            LineClearance.station_id == station.id, LineClearance.closed_at.is_(None)
        )
    ).one_or_none()


def problem_with(session: Session, station: Place) -> BenchTaken | None:
    """That a bench is open for a step already; None where it is free."""
    if (taken := open_clearance(session, station)) is None:
        return None
    patient = patient_code(session, taken)
    return BenchTaken(code=station.code, step=taken.step.code, patient=patient)


def patient_code(session: Session, clearance: LineClearance) -> str:
    return session.get_one(Patient, clearance.patient_id).code


def close_line(session: Session, step: Step, checker: User, by: User) -> None:
    """The bench of `step` is free, where it was not cleared before."""
    clearance = session.scalars(
        select(LineClearance).where(
            LineClearance.step_id == step.id, LineClearance.closed_at.is_(None)
        )
    ).one_or_none()
    if clearance is None:
        return
    clearance.closed_by_id = by.id
    clearance.close_checked_by_id = checker.id
    clearance.closed_at = clock.now()
    session.flush()
