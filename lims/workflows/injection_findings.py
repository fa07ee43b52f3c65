"""What was not in order in an injection as it was done: each finding is a deviation."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.administration import Administration, Receipt
from lims.models.contraindication import Occasion
from lims.models.course import PlannedAdministration
from lims.models.fill import Dose
from lims.models.patient import ConsentKind
from lims.models.site import Side, Sited, joint_of
from lims.workflows import (
    breaches,
    consents,
    contraindications,
    deviations,
    dose_gate,
    dose_holds,
    specifications,
    unknown_markers,
)
from lims.workflows.deviation_rules import Finding


def not_in_order(session: Session, dose: Dose, at: datetime) -> Iterator[Finding]:
    """What the gate would have refused, as (rule, description)."""
    fill = dose.fill
    if fill.status not in dose_gate.RELEASED:
        yield (
            "not_released",
            breaches.NotReleased(code=dose.code, fill=fill.code, status=fill.status),
        )
    if fill.expires_at is not None and at >= fill.expires_at:
        yield "expired", breaches.WasExpired(code=dose.code, at=fill.expires_at)
    if session.scalar(select(Receipt.id).where(Receipt.dose_id == dose.id).limit(1)) is None:
        yield "not_received", breaches.NoReceipt(code=dose.code)
    day = clock.day_of(at)
    for problem in (
        *dose_gate.stopped(session, dose, at),
        *dose_gate.failing(session, dose, at),
        *consents.missing(session, dose.patient, ConsentKind.USE, on=day),
        *contraindications.missing(
            session, dose.session.course, Occasion.INJECTION, day, dose.session
        ),
        *unknown_markers.barring(session, dose.patient, day, specifications.of(fill.batch)),
        *dose_gate.on_hold(session, dose, at),
        *_held(session, dose, at),
    ):
        yield "fact", problem


def _held(session: Session, dose: Dose, at: datetime) -> list[LimsError]:
    """What held it when it was injected, but a mismatch that a second person cleared."""
    reported = deviations.of_batch(session, dose.fill.batch)
    cleared = dose_holds.undecided_about(reported, dose, "identity")
    return dose_holds.held_by(dose, [each for each in reported if each not in cleared], at)


class AnotherDay(LimsError):
    sentence = N_(
        "%(code)s was filled for the session of %(planned_on)s and was injected on %(on)s."
    )


class AnotherJoint(LimsError):
    sentence = N_(
        "%(code)s was injected into another joint (%(joint)s, %(side)s) than was planned"
        " (%(planned_joint)s, %(planned_side)s)."
    )


def off_day(dose: Dose, at: datetime) -> list[LimsError]:
    """That a dose was given on another day than its session is planned for: asked about."""
    planned_on, on = dose.session.planned_on, clock.day_of(at)
    if on == planned_on:
        return []
    return [AnotherDay(code=dose.code, planned_on=planned_on, on=on)]


def not_as_planned(session: Session, dose: Dose, step: Administration) -> Iterator[Finding]:
    """Another place than was planned, or in all a volume outside the tolerance."""
    if dose.planned is not None:
        injected = step.volume_ml + _injected_before(session, dose.planned)
        yield from _differences(dose, step, injected)


def off_plan(injected: Sequence[Administration]) -> dict[int, list[LimsError]]:
    """`not_as_planned` of all injections of a session, in the order of time, by their keys."""
    so_far: dict[int | None, Decimal] = defaultdict(Decimal)
    found = {}
    for step in injected:
        aim = step.dose.planned_administration_id
        so_far[aim] += step.volume_ml
        found[step.id] = [told for _rule, told in _differences(step.dose, step, so_far[aim])]
    return found


def _differences(dose: Dose, step: Administration, injected: Decimal) -> Iterator[Finding]:
    """Where `step` left what was planned, `injected` of it in all by then."""
    planned = dose.planned
    if planned is None:
        return
    if _place(planned) != _place(step):
        told = AnotherJoint(
            code=dose.code,
            joint=joint_of(step),
            side=step.side,
            planned_joint=joint_of(planned),
            planned_side=planned.side,
        )
        yield "fact", told
    version = specifications.of(dose.fill.batch)
    tolerance = specifications.limit(version, "fill_volume_tolerance_pct")
    if abs(injected - planned.volume_ml) * 100 > tolerance * planned.volume_ml:
        yield "dose", breaches.volume(dose.code, injected, planned.volume_ml)


def _place(of: Sited) -> tuple[str, Side]:
    return joint_of(of).casefold(), of.side


def _injected_before(session: Session, planned: PlannedAdministration) -> Decimal:
    """What earlier syringes brought of this injection, which is planned once."""
    given = select(func.sum(Administration.volume_ml)).join(Administration.dose)
    return Decimal(session.scalar(given.where(Dose.planned_administration_id == planned.id)) or 0)
