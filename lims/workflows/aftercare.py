"""The patient observed after an injection: from when to when, and whether that was long enough."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

from lims import clock
from lims.errors import N_, Amount, FieldError, LimsError
from lims.models.administration import Administration, WardObservation
from lims.models.course import TransplantationSession
from lims.models.fill import Dose
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import breaches, deviations, specifications
from lims.workflows.command import because, command
from lims.workflows.performing import InTheFuture
from lims.workflows.since import A_MINUTE, require_said, to_the_minute

SHORTEST = "observation_minutes_min"


class NothingInjected(LimsError):
    sentence = N_("Nothing was injected in %(code)s yet. Record the injection first.")
    status = 409


class InjectedLater(LimsError):
    sentence = N_("%(code)s was injected at %(at)s; what is observed after it cannot begin before.")


class EndedBefore(LimsError):
    sentence = N_("This is not after the observation began. Correct one of the two times.")


class ReplacedAlready(LimsError):
    sentence = N_("This observation of %(code)s was corrected already. Correct the newer one.")
    status = 409


class TooShort(LimsError):
    sentence = N_(
        "%(code)s: the patient was observed %(found)s after the injection; expected at least"
        " %(least)s."
    )


@dataclass(frozen=True)
class Told:
    """An observation as a page tells it."""

    seen: WardObservation
    replaced: bool
    short: Sequence[LimsError]


@command(Permission.RECORD_OUTCOME)
def record_observation(
    session: Session,
    sitting: TransplantationSession,
    *,
    began_at: datetime,
    ended_at: datetime,
    by: User,
    comment: str | None = None,
) -> WardObservation:
    """From when to when the patient was observed; too short is kept, once somebody said why."""
    seen = WardObservation(began_at=began_at, ended_at=ended_at, comment=comment)
    return _keep(session, sitting, seen, by)


@command(Permission.RECORD_OUTCOME)
def correct_observation(
    session: Session,
    wrong: WardObservation,
    *,
    began_at: datetime,
    ended_at: datetime,
    reason: str,
    by: User,
    comment: str | None = None,
) -> WardObservation:
    """What it was in truth takes the place of one recorded wrongly, which stays in sight."""
    because(session, reason)
    sitting = session.get_one(TransplantationSession, wrong.session_id)
    all_of_it = observed(session, sitting)
    if wrong.id in replaced(all_of_it):
        raise ReplacedAlready(code=sitting.code)
    seen = WardObservation(
        began_at=began_at,
        ended_at=ended_at,
        comment=comment,
        replaces_id=wrong.id,
        why_replaced=reason,
    )
    return _keep(session, sitting, seen, by)


def _keep(
    session: Session, sitting: TransplantationSession, seen: WardObservation, by: User
) -> WardObservation:
    """Judge what was observed and keep it."""
    injected = injections(session, sitting)
    if not injected:
        raise NothingInjected(code=sitting.code)
    _require_possible(injected[0], seen.began_at, seen.ended_at)
    short = list(too_short(sitting, injected, seen))
    require_said(short, seen.comment)
    seen.patient_id, seen.session_id = sitting.patient_id, sitting.id
    seen.recorded_by_id = by.id
    session.add(seen)
    session.flush()
    doses = [each.dose for each in injected]
    for told in short:
        deviations.open_by_rule(session, "observation", sitting, *doses, description=told, by=by)
    return seen


def replaced(all_of_it: Sequence[WardObservation]) -> set[int]:
    """The keys of those of a session that a newer one took the place of."""
    return {each.replaces_id for each in all_of_it if each.replaces_id is not None}


def of_corrected(session: Session, step: Administration) -> list[LimsError]:
    """What the observation of a session is too short for, now that the time of its last injection
    was corrected."""
    sitting = step.dose.session
    injected = injections(session, sitting)
    if not injected or injected[-1].id != step.id:
        return []
    return [found for seen in told(session, sitting, injected) for found in seen.short]


def injections(session: Session, sitting: TransplantationSession) -> Sequence[Administration]:
    """What was injected in a session, in the order of time."""
    return session.scalars(
        select(Administration)
        .join(Administration.dose)
        .where(Dose.session_id == sitting.id)
        .options(contains_eager(Administration.dose).joinedload(Dose.planned))
        .order_by(Administration.performed_at, Administration.id)
    ).all()


def observed(session: Session, sitting: TransplantationSession) -> Sequence[WardObservation]:
    """What was recorded of it for a session, in the order of time."""
    return session.scalars(
        select(WardObservation)
        .where(WardObservation.session_id == sitting.id)
        .options(joinedload(WardObservation.recorded_by))
        .order_by(WardObservation.began_at, WardObservation.id)
    ).all()


def told(
    session: Session, sitting: TransplantationSession, injected: Sequence[Administration]
) -> list[Told]:
    """Each observation of a session, and whether it was too short."""
    all_of_it = observed(session, sitting)
    over = replaced(all_of_it)
    return [
        Told(each, each.id in over, [] if each.id in over else too_short(sitting, injected, each))
        for each in all_of_it
    ]


def shortest(injected: Administration) -> Decimal:
    """The least minutes of it, by the specification the dose was made to."""
    return specifications.limit(specifications.of(injected.dose.fill.batch), SHORTEST)


def _require_possible(first: Administration, began_at: datetime, ended_at: datetime) -> None:
    """Refuse what cannot be true: observed before the injection, backwards, or in the future."""
    assert first.performed_at is not None
    if began_at < to_the_minute(first.performed_at):
        problem = InjectedLater(code=first.dose.code, at=first.performed_at)
        raise FieldError(field="began_at", problem=problem)
    if ended_at <= began_at:
        raise FieldError(field="ended_at", problem=EndedBefore())
    if ended_at > clock.now():
        raise FieldError(field="ended_at", problem=InTheFuture(at=ended_at))


def too_short(
    sitting: TransplantationSession, injected: Sequence[Administration], seen: WardObservation
) -> list[LimsError]:
    """Counted from the last injection, or from when somebody began to look after the patient."""
    last = injected[-1]
    assert last.performed_at is not None
    least = shortest(last)
    began_at = max(seen.began_at, last.performed_at)
    lasted = to_the_minute(seen.ended_at) - to_the_minute(began_at)
    minutes = Decimal(max(lasted, timedelta(0)) // A_MINUTE)
    if minutes >= least:
        return []
    found = breaches.beside(minutes, "min", 0, (least,))
    return [TooShort(code=sitting.code, found=found, least=Amount(least, "min"))]
