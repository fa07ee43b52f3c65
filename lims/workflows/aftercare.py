"""The patient observed after an injection: from when to when, and whether that was long enough."""

from collections.abc import Iterator, Sequence
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
from lims.workflows.command import command
from lims.workflows.since import A_MINUTE, require_said, to_the_minute
from lims.workflows.steps import InTheFuture

SHORTEST = "observation_minutes_min"


class NothingInjected(LimsError):
    sentence = N_("Nothing was injected in %(code)s yet. Record the injection first.")
    status = 409


class InjectedLater(LimsError):
    sentence = N_("%(code)s was injected at %(at)s; what is observed after it cannot begin before.")


class EndedBefore(LimsError):
    sentence = N_("This is not after the observation began. Correct one of the two times.")


class TooShort(LimsError):
    sentence = N_(
        "%(code)s: the patient was observed %(found)s after the injection; expected at least"
        " %(least)s."
    )


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
    injected = injections(session, sitting)
    if not injected:
        raise NothingInjected(code=sitting.code)
    _require_possible(injected[0], began_at, ended_at)
    short = list(too_short(sitting, injected, began_at, ended_at))
    require_said(short, comment)
    observed = WardObservation(
        patient_id=sitting.patient_id,
        session_id=sitting.id,
        began_at=began_at,
        ended_at=ended_at,
        comment=comment,
        recorded_by_id=by.id,
    )
    session.add(observed)
    session.flush()
    doses = [each.dose for each in injected]
    for told in short:
        deviations.open_by_rule(session, "observation", sitting, *doses, description=told, by=by)
    return observed


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
    sitting: TransplantationSession,
    injected: Sequence[Administration],
    began_at: datetime,
    ended_at: datetime,
) -> Iterator[LimsError]:
    """Counted from the last injection, or from when somebody began to look after the patient."""
    last = injected[-1]
    assert last.performed_at is not None
    least = shortest(last)
    observed = to_the_minute(ended_at) - to_the_minute(max(began_at, last.performed_at))
    minutes = Decimal(max(observed, timedelta(0)) // A_MINUTE)
    if minutes < least:
        yield TooShort(
            code=sitting.code,
            found=breaches.beside(minutes, "min", 0, (least,)),
            least=Amount(least, "min"),
        )
