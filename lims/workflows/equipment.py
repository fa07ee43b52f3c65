"""The register of equipment: its calibrations, and whether a piece may be used."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, FieldError, LimsError, Stale
from lims.models.equipment import (
    Calibration,
    Equipment,
    EquipmentKind,
    EquipmentStatus,
)
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import states
from lims.workflows.codes import coded
from lims.workflows.command import because, command


class NotInService(LimsError):
    sentence = N_("%(name)s (%(code)s) is %(status)s. Use another.")
    recorded = True


class NeverCalibrated(LimsError):
    sentence = N_("No calibration of %(name)s (%(code)s) is recorded. Use another, or record it.")
    recorded = True


class CalibrationOverdue(LimsError):
    sentence = N_("The calibration of %(name)s (%(code)s) held until %(day)s. Use another.")
    recorded = True


class StillToCome(FieldError):
    sentence = N_("This day is still to come.")


class DueBeforeDone(FieldError):
    sentence = N_("A calibration cannot be due before it was done.")


class Retired(LimsError):
    sentence = N_("%(name)s (%(code)s) is retired; nothing more is recorded of it.")
    status = 409


def in_force(calibrations: Iterable[Calibration], day: date) -> Calibration | None:
    """The calibration that counts on `day`: the last one done by then, in date or not.

    Of two done on one day the one recorded later counts: that is how an entry is corrected.
    """
    done = [each for each in calibrations if each.performed_on <= day]
    return max(done, key=lambda each: (each.performed_on, each.id), default=None)


def calibration_problem(equipment: Equipment, day: date) -> LimsError | None:
    if not equipment.needs_calibration:
        return None
    last = in_force(equipment.calibrations, day)
    if last is None:
        return NeverCalibrated(code=equipment.code, name=equipment.name)
    if last.due_on < day:
        return CalibrationOverdue(code=equipment.code, name=equipment.name, day=last.due_on)
    return None


def problem_with(equipment: Equipment, at: datetime) -> LimsError | None:
    """Why `equipment` may not be used at `at`; None where it may."""
    if equipment.status != EquipmentStatus.IN_SERVICE:
        return NotInService(code=equipment.code, name=equipment.name, status=equipment.status)
    return calibration_problem(equipment, clock.day_of(at))


@command(Permission.KEEP_EQUIPMENT)
def register_equipment(
    session: Session,
    *,
    name: str,
    kind: EquipmentKind,
    serial_number: str,
    needs_calibration: bool,
    by: User,
) -> Equipment:
    """Enter a piece of equipment; it is in service, and usable once calibrated."""
    equipment: Equipment = states.begin(
        Equipment(
            name=name, kind=kind, serial_number=serial_number, needs_calibration=needs_calibration
        )
    )
    session.add(coded(session, equipment))
    session.flush()
    return equipment


@command(Permission.KEEP_EQUIPMENT)
def edit_equipment(
    session: Session,
    equipment: Equipment,
    *,
    version: int,
    name: str,
    serial_number: str,
    needs_calibration: bool,
    reason: str,
    by: User,
) -> Equipment:
    """Correct what the register says of a piece; what it said before stays in the trail."""
    if equipment.version != version:
        raise Stale(code=equipment.code)
    because(session, reason)
    equipment.name = name
    equipment.serial_number = serial_number
    equipment.needs_calibration = needs_calibration
    return equipment


@command(Permission.KEEP_EQUIPMENT)
def record_calibration(
    session: Session,
    equipment: Equipment,
    *,
    performed_on: date,
    due_on: date,
    certificate: str,
    by: User,
) -> Equipment:
    """Record a calibration that was done and the last day it holds."""
    if equipment.status == EquipmentStatus.RETIRED:
        raise Retired(code=equipment.code, name=equipment.name)
    if performed_on > clock.today():
        raise StillToCome("performed_on")
    if due_on < performed_on:
        raise DueBeforeDone("due_on")
    calibration = Calibration(
        performed_on=performed_on, due_on=due_on, certificate=certificate, recorded_by_id=by.id
    )
    equipment.calibrations.append(calibration)
    session.flush()
    return equipment


@command(Permission.KEEP_EQUIPMENT)
def take_out_of_service(
    session: Session, equipment: Equipment, *, reason: str, by: User
) -> Equipment:
    """From now on no step takes it; what is in it is moved by people."""
    because(session, reason)
    states.move(session, equipment, EquipmentStatus.OUT_OF_SERVICE)
    return equipment


@command(Permission.KEEP_EQUIPMENT)
def return_to_service(
    session: Session, equipment: Equipment, *, reason: str, by: User
) -> Equipment:
    """Only with a calibration in force, where it needs one."""
    if (problem := calibration_problem(equipment, clock.today())) is not None:
        raise problem
    because(session, reason)
    states.move(session, equipment, EquipmentStatus.IN_SERVICE)
    return equipment


@command(Permission.KEEP_EQUIPMENT)
def retire_equipment(session: Session, equipment: Equipment, *, reason: str, by: User) -> Equipment:
    """For good; its history stays."""
    because(session, reason)
    states.move(session, equipment, EquipmentStatus.RETIRED)
    return equipment


def due_by(day: date) -> Select[Equipment]:
    """The pieces in service whose calibration has to be done by `day`, or was never done."""
    until = (
        select(Calibration.due_on)
        .where(Calibration.equipment_id == Equipment.id)
        .order_by(Calibration.performed_on.desc(), Calibration.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return select(Equipment).where(
        Equipment.status == EquipmentStatus.IN_SERVICE,
        Equipment.needs_calibration,
        or_(until.is_(None), until <= day),
    )
