"""Freezing: the vials of a fill, each scanned into the run, cooled by a program."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.equipment import Equipment, EquipmentKind, Place, PlaceKind
from lims.models.fill import Fill, FillStatus, Vial, VialStatus
from lims.models.freezing import Freezing, FreezingPoint, FrozenVial
from lims.models.suspension import Suspension
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    breaches,
    culturing,
    deviations,
    drawn,
    equipment,
    freezing_limits,
    freezing_room,
    identity,
    specifications,
    states,
    steps,
    supplying,
    unscanned,
    vial_places,
)
from lims.workflows.command import command
from lims.workflows.deviation_rules import Finding
from lims.workflows.freezing_run import NOTED, Run, not_noted, odd, require_possible
from lims.workflows.since import require_said
from lims.workflows.steps import Performed

FREEZABLE = (
    FillStatus.QUARANTINED,
    FillStatus.PRODUCTION_REVIEWED,
    FillStatus.CONDITIONAL,
    FillStatus.RELEASED,
)


FREEZERS = frozenset(
    {EquipmentKind.CONTROLLED_RATE_FREEZER, EquipmentKind.REFRIGERATOR, EquipmentKind.OTHER}
)
"""What vials are cooled in; a plain freezer is entered among the refrigerators or the rest."""


class NotARunStation(LimsError):
    sentence = N_("%(code)s is not a run station. Scan the freezer, or its station.")


class NotAFreezer(LimsError):
    sentence = N_("%(code)s freezes nothing: %(kind)s. Scan the freezer.")


class NothingToFreeze(LimsError):
    sentence = N_("No vial of %(code)s waits to be frozen.")
    status = 409


class OtherFill(LimsError):
    sentence = N_("%(code)s is of the fill %(found)s; here vials of %(expected)s are frozen.")
    recorded = True
    status = 409


class ScannedBefore(LimsError):
    sentence = N_("%(code)s was scanned into the freezing %(step)s already.")
    status = 409


@command(Permission.PERFORM_STEP)
def start_freezing(
    session: Session, fill: Fill, *, station: Place | Equipment, by: User
) -> Freezing:
    """Open a run for the vials of a fill, at a run station or by the label of the freezer itself.

    The cells are in the cryoprotectant already: without positions in the cryobank they are frozen
    all the same, with a deviation; and a freezer that is not in order is let be used by a second
    person once the run is open.
    """
    states.require(fill, *FREEZABLE)
    seen = outlook(session, fill)
    for problem in seen.problems:
        raise problem
    place, freezer = _where(session, station)
    step = Freezing(fill_id=fill.id)
    steps.open_step(session, step, batch=fill.batch, station=place, by=by)
    if freezer is not None and equipment.problem_with(freezer, clock.now()) is None:
        supplying.note_equipment(session, step, [freezer], by=by)
    if seen.no_room is not None:
        deviations.open_by_rule(session, "fact", step, fill, description=seen.no_room, by=by)
    return step


def _where(session: Session, scanned: Place | Equipment) -> tuple[Place | None, Equipment | None]:
    """The run station, where one was entered, and the freezer, where it is known."""
    if isinstance(scanned, Place):
        if scanned.kind is not PlaceKind.RUN_STATION:
            raise NotARunStation(code=scanned.code)
        return scanned, scanned.equipment
    if scanned.kind not in FREEZERS:
        raise NotAFreezer(code=scanned.code, kind=scanned.kind)
    of_it = Place.equipment_id == scanned.id, Place.kind == PlaceKind.RUN_STATION
    return session.scalars(select(Place).where(*of_it).order_by(Place.id)).first(), scanned


def to_freeze() -> Select[Any]:
    """Vials with something in them that are not frozen."""
    return select(Vial).where(Vial.status == VialStatus.LABELLED, drawn.not_emptied(Vial))


@dataclass(frozen=True)
class Outlook:
    """The vials of a fill that wait to be frozen, the positions for them, and what is missing.

    What is missing in the cryobank holds no cells up: it is warned of, and recorded.
    """

    waiting: Sequence[Vial]
    free: int
    problems: Sequence[LimsError]
    no_room: freezing_room.NoRoom | None


def outlook(session: Session, fill: Fill) -> Outlook:
    """Whether the vials of `fill` may be frozen now: asked by the gate, shown by the page."""
    waiting = waiting_vials(session, fill)
    free = vial_places.room_for(session, fill.patient_id, without=fill)
    problems: list[LimsError] = [] if waiting else [NothingToFreeze(code=fill.code)]
    problems += freezing_limits.problems(session, suspension_of(session, fill))
    return Outlook(waiting, free, problems, freezing_room.lacking(fill.patient, free, len(waiting)))


def suspension_of(session: Session, fill: Fill) -> Suspension:
    """The tube that `fill` was filled from."""
    return session.get_one(Suspension, fill.withdrawal.suspension_id)


def waiting_vials(session: Session, fill: Fill) -> Sequence[Vial]:
    """The vials of `fill` with something in them, in no run yet."""
    frozen = select(FrozenVial.vial_id).where(FrozenVial.patient_id == fill.patient_id)
    return session.scalars(
        to_freeze().where(Vial.fill_id == fill.id, Vial.id.not_in(frozen)).order_by(Vial.id)
    ).all()


@command(Permission.PERFORM_STEP)
def scan_into_run(session: Session, step: Freezing, *, vial: Vial, by: User) -> Freezing:
    """A vial put into the freezer: one of this run's fill; another patient's stops everything."""
    steps.require_open(step)
    identity.require_same_patient(session, step.patient_id, vial)
    if vial.fill_id != step.fill_id:
        expected = session.get_one(Fill, step.fill_id)
        raise OtherFill(code=vial.code, found=vial.fill.code, expected=expected.code)
    states.require(vial, VialStatus.LABELLED)
    drawn.require_some_left(vial)
    before = session.scalars(select(FrozenVial).where(FrozenVial.vial_id == vial.id)).one_or_none()
    if before is not None:
        run = session.get_one(Freezing, before.step_id)
        raise ScannedBefore(code=vial.code, step=run.code)
    session.add(
        FrozenVial(
            patient_id=step.patient_id, step_id=step.id, vial_id=vial.id, scanned_at=clock.now()
        )
    )
    identity.note_check(session, step, expected=vial.code, scanned=vial.code)
    session.expire(step, ["frozen"])
    return step


@command(Permission.PERFORM_STEP)
def record_freezing(
    session: Session,
    step: Freezing,
    *,
    run: Run,
    performed: Performed,
    by: User,
    comment: str | None = None,
) -> Freezing:
    """The run as it went; the vials scanned into it are freezing and wait for their place."""
    if not step.frozen:
        raise culturing.NothingScanned()
    require_possible(step, run)
    for name in NOTED:
        setattr(step, name, getattr(run, name))
    step.comment = comment
    culturing.record(session, step, performed, by, *(member.vial for member in step.frozen))
    step.points = [
        FreezingPoint(patient_id=step.patient_id, minute=minute, temperature_c=temperature)
        for minute, temperature in run.points
    ]
    require_said([*unscanned.at_record(step), *not_noted(step), *odd(session, step)], comment)
    for member in step.frozen:
        vial = member.vial  # one broken meanwhile was discarded, one drawn to be tested is empty
        if vial.status is VialStatus.LABELLED and not vial.is_used_up:
            states.move(session, vial, VialStatus.FREEZING)
    fill = session.get_one(Fill, step.fill_id)
    deviations.open_for_each(session, outside(session, step, fill), step, fill, by=by)
    return step


def outside(session: Session, step: Freezing, fill: Fill) -> Iterator[Finding]:
    """What the specification did not want of this run; it happened and is recorded all the same."""
    version = specifications.of(fill.batch)
    minutes, most = minutes_in_cryoprotectant(step), specifications.limit(version, LONGEST)
    if minutes is not None and minutes > most:
        what = N_("time in the cryoprotectant")
        yield "freezing", breaches.beyond(step.code, what, minutes, most, "min", 1)
    warmest = specifications.limit(version, TO_REACH)
    if step.end_temperature_c is not None and step.end_temperature_c > warmest:
        what, end = N_("temperature at the end"), step.end_temperature_c
        yield "freezing", breaches.beyond(step.code, what, end, warmest, "°C", 1)
    if step.as_programmed is False:
        yield "freezing", breaches.NotAsProgrammed(code=step.code)
    for found in not_noted(step):
        yield "freezing", found
    for found in odd(session, step):
        yield "times", found
    for problem in freezing_limits.problems(session, suspension_of(session, fill)):
        yield "fact", problem


TO_REACH = "freezing_end_temperature_max_c"
LONGEST = "cryoprotectant_minutes_max"


def minutes_in_cryoprotectant(step: Freezing) -> Decimal | None:
    """From the cryoprotectant to the start of the program, unrounded; None where not noted."""
    if step.cryoprotectant_added_at is None or step.program_started_at is None:
        return None
    span = step.program_started_at - step.cryoprotectant_added_at
    return Decimal(span.total_seconds()) / 60
