"""What speaks against giving out a dose, and the scan that says which dose is in one's hand.

One function, two readers: the gate that refuses, and the pages that show it before the act.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.administration import Handover, Receipt
from lims.models.batch import BatchStatus
from lims.models.course import TransplantationSession
from lims.models.deviation import Deviation
from lims.models.fill import Decision, Dose, DoseStatus, Fill, FillStatus
from lims.models.patient import ConsentKind
from lims.workflows import (
    called_off,
    codes,
    consents,
    containers,
    deviations,
    dose_holds,
    drawn,
    fill_results,
    holds,
    identity,
    label_contents,
    specifications,
    stopping,
    unknown_markers,
)
from lims.workflows.since import to_the_minute

RELEASED = (FillStatus.CONDITIONAL, FillStatus.RELEASED)
IN_HAND = (DoseStatus.AVAILABLE, DoseStatus.ISSUED, DoseStatus.RECEIVED)
"""A dose that may yet be injected."""
AWAY = (DoseStatus.ISSUED, DoseStatus.RECEIVED)


class NeverLeft(LimsError):
    sentence = N_("%(code)s never left the laboratory: record its hand-over, or discard it.")
    status = 409


class NotReleased(LimsError):
    sentence = N_("%(code)s belongs to a fill that is %(status)s; only a released dose is issued.")
    recorded = True
    status = 409


class Recalled(NotReleased):
    sentence = N_("%(code)s is %(status)s: do not inject it. Return it to the laboratory.")


class BatchAbandoned(LimsError):
    sentence = N_("Batch %(batch)s of %(code)s was abandoned; nothing of it is given out.")
    recorded = True
    status = 409


class ResultFails(LimsError):
    sentence = N_("%(code)s: %(test)s %(result)s fails the specification. It is not given out.")
    recorded = True
    status = 409


class Expired(LimsError):
    sentence = N_("%(code)s expired at %(at)s. It is not given out.")
    recorded = True
    status = 409


class TakenForTesting(LimsError):
    sentence = N_("%(code)s was emptied for testing; nothing is left in it to be given out.")
    recorded = True
    status = 409


class NotFull(LimsError):
    sentence = N_(
        "%(code)s was filled with %(volume)s mL and %(taken)s mL were taken for testing: it is not"
        " the dose that was filled any more."
    )
    recorded = True
    status = 409


class OtherDose(LimsError):
    sentence = N_(
        "%(code)s was scanned, this page is about %(expected)s. Open the page of the dose in your"
        " hand by scanning it."
    )
    recorded = True
    status = 409


class OtherSession(LimsError):
    sentence = N_("%(code)s was filled for session %(expected)s, not for %(found)s.")
    recorded = True
    status = 409


NEVER_TRUE = (NotReleased, TakenForTesting, OtherSession)


def never_true(dose: Dose, problem: LimsError, at: datetime) -> bool:
    """What is not taken for a fact either: there was nothing to give out then, or not for this."""
    if isinstance(problem, Recalled) and _was_released(dose.fill, at):
        return False
    return isinstance(problem, NEVER_TRUE)


def _was_released(fill: Fill, at: datetime) -> bool:
    """Whether it was let go by then, whatever became of it afterwards."""
    let_go = (Decision.CONDITIONAL, Decision.RELEASED)
    gone = [each.decided_at for each in fill.dispositions if each.decision in let_go]
    return any(to_the_minute(each) <= at for each in gone)  # as times are entered


def not_emptied() -> ColumnElement[bool]:
    """Of doses in a query, whether samples left anything in them, as `Dose.left_ml` says of one."""
    return drawn.not_emptied(Dose)


def for_good(dose: Dose, problems: Sequence[LimsError]) -> bool:
    """Whether one of `problems` is refused whenever it is said that the dose was given out."""
    return any(never_true(dose, each, clock.now()) for each in problems)


def no_longer_full(doses: Sequence[Dose]) -> list[LimsError]:
    """Of `doses`, those that samples emptied, or left with less than the tolerance of a fill."""
    return [problem for dose in doses if (problem := _sampled(dose))]


def _sampled(dose: Dose) -> LimsError | None:
    taken = dose.sampled_ml()
    if taken >= dose.volume_ml:
        return TakenForTesting(code=dose.code)
    version = specifications.of(dose.fill.batch)
    tolerance = specifications.limit(version, "fill_volume_tolerance_pct")
    if taken * 100 <= tolerance * dose.volume_ml:
        return None
    return NotFull(code=dose.code, volume=dose.volume_ml, taken=taken)


def problems_with(
    session: Session,
    dose: Dose,
    sitting: TransplantationSession,
    *,
    at: datetime | None = None,
    as_known_at: datetime | None = None,
    reported: Sequence[Deviation] | None = None,
) -> list[LimsError]:
    """Why a dose may not be given out for this session; empty when it may.

    `at` is when it is given out, and `as_known_at` when it was decided to: both now, if not said.
    `reported` are the deviations of its batch where the caller has read them already.
    """
    if reported is None:
        reported = deviations.of_batch(session, dose.fill.batch)
    at, known = at or clock.now(), as_known_at or clock.now()
    fill = dose.fill
    found: list[LimsError] = [] if fill.status in RELEASED else [not_released(dose)]
    found += stopped(session, dose, known)
    found += failing(session, dose, known)
    if fill.expires_at is not None and fill.expires_at <= at:
        found.append(Expired(code=dose.code, at=fill.expires_at))
    found += no_longer_full([dose])
    labels = containers.copies_of(session, [dose.code])
    found += containers.bare([dose.code], labels)
    found += label_contents.out_of_date([dose], labels)
    if dose.session_id != sitting.id:
        found.append(OtherSession(code=dose.code, expected=dose.session.code, found=sitting.code))
    found += consents.missing(session, dose.patient, ConsentKind.USE, on=clock.day_of(known))
    version = specifications.of(fill.batch)
    found += unknown_markers.barring(session, dose.patient, clock.day_of(known), version)
    found += on_hold(session, dose, known)
    found += dose_holds.held_by(dose, reported, known)
    return found


def on_hold(session: Session, dose: Dose, known: datetime) -> Iterator[LimsError]:
    """The holds that were in force by then on its batch, or on anything in it or behind it."""
    for hold in holds.of_batch(session, dose.fill.batch):
        if hold.began_at <= known and (hold.ended_at is None or hold.ended_at > known):
            yield holds.OnHold(code=dose.code, reason=hold.reason)


def awaits_hand_over(session: Session, dose: Dose) -> bool:
    """Whether a released dose is still to be handed over, or was: it expired or came back since."""
    if dose.status not in (DoseStatus.EXPIRED, DoseStatus.QUARANTINED):
        return dose.status is DoseStatus.AVAILABLE
    let_go = _was_released(dose.fill, clock.now())
    return let_go and not _went_through(session, dose, Handover)


def awaits_receipt(session: Session, dose: Dose) -> bool:
    """Whether a dose was handed over and not received: also where it expired on its way."""
    if dose.status is not DoseStatus.EXPIRED:
        return dose.status is DoseStatus.ISSUED
    return _went_through(session, dose, Handover) and not _went_through(session, dose, Receipt)


def awaits_return(session: Session, dose: Dose) -> bool:
    """Whether a dose may come back unused: also one that expired where it was taken to, but none
    that never left."""
    if dose.status is not DoseStatus.EXPIRED:
        return dose.status in AWAY
    return _went_through(session, dose, Handover)


def _went_through(session: Session, dose: Dose, step: type[Handover | Receipt]) -> bool:
    return session.scalar(select(step.id).where(step.dose_id == dose.id).limit(1)) is not None


def not_released(dose: Dose) -> NotReleased:
    """That its fill is not released: of one that was, what to do with the dose in one's hand."""
    taken_back = dose.fill.status in deviations.FILLS_ENDED
    return (Recalled if taken_back else NotReleased)(code=dose.code, status=dose.fill.status)


def stopped(session: Session, dose: Dose, known: datetime) -> Iterator[LimsError]:
    """What had become of its course, its injection or its batch by then."""
    batch = dose.fill.batch
    yield from stopping.problems_with(session, dose.session.course, dose.patient, known)
    yield from called_off.problems_with(session, dose, known)
    if batch.status is BatchStatus.ABANDONED and batch.closed_at and batch.closed_at <= known:
        yield BatchAbandoned(code=dose.code, batch=batch.code)


def failing(session: Session, dose: Dose, known: datetime) -> Iterator[LimsError]:
    """The failing results behind it that were entered by then."""
    for each in fill_results.failing(session, dose.fill):
        if each.entered_at is not None and each.entered_at <= known:
            yield ResultFails(code=dose.code, test=each.line.name, result=each.text)


def in_hand(session: Session, expected: str, scanned: str) -> Dose:
    """The dose whose label was scanned, which must be the `expected` one; another's is a stop."""
    dose = codes.load(session, expected, Dose)
    found = codes.load(session, scanned, Dose)
    identity.require_same_patient(session, dose.patient_id, found)
    if found.id != dose.id:
        raise OtherDose(code=found.code, expected=dose.code)
    return dose
