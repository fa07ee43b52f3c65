"""Whether what was scanned will do where it was scanned: now, and for that."""

from decimal import Decimal

from flask_login import current_user
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import LimsError
from lims.models.base import Coded
from lims.models.equipment import Equipment, EquipmentKind, Place, PlaceKind
from lims.models.lot import ItemKind, Lot
from lims.models.qc_run import QcRun
from lims.models.step import Step
from lims.models.suspension import Suspension
from lims.models.user import User
from lims.models.vessel import Vessel
from lims.permissions import Permission
from lims.web.code_words import words_of
from lims.web.scans import COLLEAGUE, FILLED, IN_STEP, WITNESS
from lims.workflows import (
    benches,
    clearance,
    codes,
    cryobank,
    emptied,
    equipment,
    places,
    qc_run_members,
    qc_run_stays,
    signing,
    stock,
    supplying,
)


def problem_of(session: Session, record: Coded, takes: str) -> LimsError | None:
    """Why a lot, a device, a bench or a person will not do now, or not here."""
    match record:
        case Lot() if takes in set(ItemKind) and record.item.kind != takes:
            return next(supplying.of_another_kind(record, ItemKind(takes)))
        case Lot():
            return stock.problem_with(session, record, Decimal(0), clock.now())
        case Equipment() if takes == EquipmentKind.STORAGE_TANK:
            return next(cryobank.problems_with_dewar(session, record), None)
        case Equipment():
            return problem_with_device(session, record, takes)
        case Place() if takes and record.kind != takes:
            return places.OfAnotherKind(name=record.name, kind=record.kind, wanted=PlaceKind(takes))
        case Place() if current_user.may(Permission.SEE_PRODUCTION):
            return clearance.problem_with(session, record)
        case Vessel() | Suspension() if takes == FILLED:
            return emptied.problem_with(record)
        case User():
            return problem_with_person(session, record, takes)
    return None


def words_there(session: Session, record: Coded, takes: str) -> str:
    """What was scanned, as it is told where it was; a cabinet that stands for its bench with it."""
    said = words_of(session, record)
    if takes == PlaceKind.PROCESSING_BENCH and isinstance(record, Equipment):
        return f"{said} · {benches.bench_of(session, record).name}"
    return said


def problem_with_device(session: Session, device: Equipment, takes: str) -> LimsError | None:
    """Why it will not do now, or not at the bench of the step that it is scanned into; of a cabinet
    that stands for its bench, also why this will not."""
    if takes == PlaceKind.PROCESSING_BENCH:
        bench = benches.bench_of(session, device)
        return equipment.problem_with(device, clock.now()) or clearance.problem_with(session, bench)
    asked, _space, work = takes.partition(" ")
    station = codes.load(session, work, Step).station if asked == IN_STEP else None
    return benches.problem_at(session, device, station, clock.now())


def problem_with_person(session: Session, person: User, takes: str) -> LimsError | None:
    """Why the badge scanned is of nobody who may confirm that."""
    asked, _space, work = takes.partition(" ")
    if not person.is_active:
        return clearance.HasLeft(name=person.full_name)
    if asked == WITNESS:
        may = Permission.REPORT_DEVIATION
        return next(signing.problems_with_second(person, current_user, permission=may), None)
    if asked != COLLEAGUE:
        return None
    if (problem := clearance.problem_with_checker(person, current_user)) is not None or not work:
        return problem
    ended = codes.find(session, work)
    if isinstance(ended, QcRun):
        members = qc_run_members.of(session, ended)
        return qc_run_stays.problem_with_checker(ended, members, person)
    return clearance.problem_with_closer(session, codes.load(session, work, Step), person)
