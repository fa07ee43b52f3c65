"""Filling: one suspension into syringes or vials, from the step's plan to the quarantined fill."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from lims.errors import N_, FieldError, LimsError
from lims.models.batch import Batch, BatchStatus
from lims.models.course import Course, PlannedAdministration, TransplantationSession
from lims.models.fill import Dose, DoseStatus, Fill, FillKind, FillStatus, Vial
from lims.models.filling import Filling
from lims.models.lot import Lot
from lims.models.step import Step
from lims.models.suspension import Purpose, Suspension, SuspensionStatus
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    benches,
    containers,
    course_doses,
    culturing,
    deviations,
    fill_findings,
    fill_gate,
    identity,
    shelf_life,
    specifications,
    states,
    steps,
    suspensions,
    vehicles,
)
from lims.workflows.codes import coded
from lims.workflows.command import command
from lims.workflows.counting import cells_taken
from lims.workflows.signing import Proof
from lims.workflows.since import require_said
from lims.workflows.steps import Performed


class SessionOfAnotherCourse(LimsError):
    sentence = N_("The session %(code)s belongs to another course.")
    recorded = True


class SessionCancelled(LimsError):
    sentence = N_("The session %(code)s is cancelled.")


class HowManyDoses(FieldError):
    sentence = N_("Enter how many doses are filled.")


class NothingFilled(LimsError):
    sentence = N_("Scan at least one container and enter its volume.")


class NotReadBack(LimsError):
    sentence = N_("Filled, and the label was not scanned back: %(codes)s.")


class AdministrationNotOfSession(LimsError):
    sentence = N_("The injection planned for %(code)s is not one of this session.")


@dataclass(frozen=True)
class Portion:
    """One container of a fill: its scanned code, its volume, and the injection it is for."""

    code: str
    volume_ml: Decimal
    planned: PlannedAdministration | None = None


@command(Permission.PERFORM_STEP)
def start_filling(
    session: Session,
    suspension: Suspension,
    *,
    kind: FillKind,
    station: benches.StoodAt,
    checker: Proof | None,
    number: int | None,
    aliquots: int = 0,
    sitting: TransplantationSession | None = None,
    portion_ml: Decimal | None = None,
    comment: str | None = None,
    by: User,
) -> Filling:
    """Clear a bench and plan the containers; `sitting` is the session the doses are for.

    Doses that do not keep until its day are filled once somebody said why. Vials hold
    `portion_ml` each; without a `number` there are as many as hold everything left.
    """
    states.require(suspension, SuspensionStatus.MADE)
    batch = suspension.batch
    states.require(batch, BatchStatus.OPEN)
    for problem in fill_gate.problems_with(session, suspension, kind):
        raise problem
    if kind is FillKind.DOSES or sitting is not None:
        require_session(batch, sitting)
    if kind is FillKind.DOSES and sitting is not None:
        require_said(shelf_life.of_filling(session, suspension, sitting), comment)
        course_doses.begin(session, session.get_one(Course, batch.course_id))
    for_session = sitting.id if sitting is not None else None
    step = Filling(suspension_id=suspension.id, session_id=for_session, comment=comment)
    steps.open_step(session, step, batch=batch, station=station, checker=checker, by=by)
    if kind is FillKind.VIALS:
        step.portion_ml = portion_ml or planned_portion(suspension)
        number = number or len(portions(suspension.remaining_ml, step.portion_ml))
    if number is None:
        raise HowManyDoses("number")
    code = "DS" if kind is FillKind.DOSES else "VL"
    containers.plan(session, step, code, number, passage=suspension.passage)
    containers.plan(session, step, "QC", aliquots, passage=suspension.passage)
    return step


def planned_portion(suspension: Suspension) -> Decimal:
    """The volume of a vial, by the specification."""
    return specifications.limit(specifications.of(suspension.batch), "vial_volume_ml")


def portions(volume_ml: Decimal, portion_ml: Decimal) -> list[Decimal]:
    """`volume_ml` in vials of `portion_ml`, the last of them with the rest."""
    whole, rest = divmod(volume_ml, portion_ml)
    if whole > containers.MOST_AT_ONCE:
        raise containers.TooMany(most=containers.MOST_AT_ONCE)
    return [portion_ml] * int(whole) + ([rest] if rest else [])


def require_session(batch: Batch, sitting: TransplantationSession | None) -> None:
    """Doses are for a session of the batch's own course that was not cancelled."""
    if sitting is None or sitting.course_id != batch.course_id:
        raise SessionOfAnotherCourse(code=sitting.code if sitting else "-")
    if sitting.cancelled_reason:
        raise SessionCancelled(code=sitting.code)


@command(Permission.PERFORM_STEP)
def record_filling(
    session: Session,
    step: Filling,
    *,
    suspension: Suspension,
    kind: FillKind,
    portions: Sequence[Portion],
    vehicle: Lot | str,
    appearance_good: bool,
    containers_intact: bool,
    performed: Performed,
    by: User,
    vehicle_ml: Decimal | None = None,
    comment: str | None = None,
) -> Fill:
    """What was filled, as it was filled; `vehicle_ml` where the lot is not of the step yet."""
    if not portions:
        raise NothingFilled()
    batch = session.get_one(Batch, step.batch_id)
    culturing.scan_from(session, step, suspension)
    version = specifications.of(batch)
    step.appearance_good, step.containers_intact = appearance_good, containers_intact
    step.add_comment(comment)
    late_after = specifications.whole_limit(version, "late_entry_minutes")
    steps.record(session, step, performed, late_after, by, suspension)
    culturing.note_unlabelled(session, step, suspension, by=by)
    odd = vehicles.note(session, step, vehicle, vehicle_ml, by=by)
    expires_at = None
    if kind is FillKind.DOSES:
        bearing = [each.code for each in portions]
        expires_at = shelf_life.of_fill(session, suspension, performed.at, bearing)
    volumes = [portion.volume_ml for portion in portions]
    cells = cells_taken(suspension.viable_per_ml, suspension.remaining_ml, volumes)
    fill = draw(
        session, step, suspension, kind, sum(volumes, Decimal(0)), vehicle, performed.at, expires_at
    )
    kind_of_code = (Dose if kind is FillKind.DOSES else Vial).kind_of_code
    bare = containers.not_read_back(session, [each.code for each in portions])
    codes = containers.take_all(session, step, [each.code for each in portions], kind_of_code)
    identity.note_scans(session, step, codes)
    for portion, within in zip(portions, cells, strict=True):
        _portion(session, step, fill, portion, within)
    session.expire(fill, ["doses", "vials"])
    states.move(session, fill, FillStatus.QUARANTINED)
    if bare:
        problem = NotReadBack(codes=bare)
        deviations.open_by_rule(session, "fact", step, fill, description=problem, by=by)
    found = list(fill_findings.outside(session, step, fill, suspension))
    odd += [told for rule, told in found if rule in fill_findings.IMPROBABLE]
    require_said(odd, comment)
    deviations.open_for_each(session, found, step, fill, by=by)
    return fill


def draw(
    session: Session,
    step: Step,
    suspension: Suspension,
    kind: FillKind,
    volume_ml: Decimal,
    vehicle: Lot | str,
    filled_at: datetime,
    expires_at: datetime | None,
) -> Fill:
    """A fill of so much of `suspension`, whatever it is divided into."""
    taken = suspensions.withdraw(session, step, suspension, volume_ml, Purpose.FILLING)
    fill = Fill(
        patient_id=step.patient_id,
        batch_id=suspension.batch_id,
        made_by_id=step.id,
        kind=kind,
        withdrawal_id=taken.id,
        passage=suspension.passage,
        vehicle=vehicle if isinstance(vehicle, str) else vehicle.item.name,
        vehicle_lot=vehicle if isinstance(vehicle, Lot) else None,
        filled_at=filled_at,
        expires_at=expires_at,
    )
    session.add(coded(session, states.begin(fill)))
    session.flush()
    return fill


def _portion(
    session: Session, step: Filling, fill: Fill, portion: Portion, cells: int | None
) -> None:
    shared: dict[str, Any] = {
        "patient_id": step.patient_id,
        "code": portion.code,
        "fill_id": fill.id,
        "volume_ml": portion.volume_ml,
        "viable_cells": cells,
    }
    if fill.kind is FillKind.VIALS:  # labelled until a freezing is recorded
        session.add(states.begin(Vial(**shared)))
        session.flush()
        return
    if portion.planned is not None and portion.planned.session_id != step.session_id:
        raise AdministrationNotOfSession(code=portion.code)
    planned_id = portion.planned.id if portion.planned else None
    dose = states.begin(
        Dose(**shared, session_id=step.session_id, planned_administration_id=planned_id)
    )
    session.add(dose)
    session.flush()
    states.move(session, dose, DoseStatus.QUARANTINED)
