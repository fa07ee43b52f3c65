"""Lots and devices of a run at QC, scanned for all its tubes; one by mistake is taken off."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.equipment import Equipment
from lims.models.lot import Lot
from lims.models.qc_run import QcRun, QcRunMember
from lims.models.qc_run_used import QcRunEquipment, QcRunLot
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import equipment, lots, qc_run_members, qc_run_told, states, stock
from lims.workflows.command import command, typed_as_kept
from lims.workflows.signing import Proof
from lims.workflows.since import to_the_minute
from lims.workflows.supplying import let_be_used


class NotUsedInRun(LimsError):
    sentence = N_("%(code)s is not among what the run %(run)s is done with.")
    status = 409


class UsedAlready(LimsError):
    sentence = N_(
        "In %(run)s tests were begun or read after %(code)s was scanned: it was used, and stays in"
        " the run. Where that is not so, report it as a deviation."
    )
    status = 409


@command(Permission.ENTER_RESULT)
def use_lot_in_run(
    session: Session,
    run: QcRun,
    *,
    lot: Lot,
    quantity: Decimal,
    by: User,
    override: Proof | None = None,
    reason: str | None = None,
) -> QcRunLot:
    """A kit or a reagent, and how much of it is used for all tubes; again: a further amount."""
    _require_at_hand(run)
    problem = stock.problem_with(session, lot, quantity, clock.now())
    let = _let(session, run, lot, problem, override, reason, by)
    used = _used(session, run, lot)
    if used is None:
        used = QcRunLot(
            run_id=run.id, lot_id=lot.id, quantity=quantity, **_scanned(session, lot, by)
        )
        session.add(used)
    else:
        used.quantity += quantity
    for name, value in let.items():
        setattr(used, name, value)
    session.flush()
    session.expire(run, ["lots"])
    lots.take_into_use(session, lot)
    return used


@command(Permission.ENTER_RESULT)
def use_equipment_in_run(
    session: Session,
    run: QcRun,
    *,
    item: Equipment,
    by: User,
    override: Proof | None = None,
    reason: str | None = None,
) -> QcRunEquipment:
    """A device; scanned again, it is in the run once."""
    _require_at_hand(run)
    if (known := _worked_with(session, run, item)) is not None:
        return known
    problem = equipment.problem_with(item, clock.now())
    let = _let(session, run, item, problem, override, reason, by)
    scanned = _scanned(session, item, by)
    used = QcRunEquipment(run_id=run.id, equipment_id=item.id, **scanned, **let)
    session.add(used)
    session.flush()
    session.expire(run, ["equipment"])
    return used


@command(Permission.ENTER_RESULT)
def take_off_run(
    session: Session, run: QcRun, *, supply: Lot | Equipment, by: User
) -> QcRunLot | QcRunEquipment:
    """What was scanned by mistake was not used; that it was scanned stays in the run."""
    found = (
        _used(session, run, supply)
        if isinstance(supply, Lot)
        else _worked_with(session, run, supply)
    )
    if found is None:
        raise NotUsedInRun(code=supply.code, run=run.code)
    _require_at_hand(run)
    if used_for_any(run, found, qc_run_members.of(session, run)):
        raise UsedAlready(code=supply.code, run=run.code)
    found.taken_off_at, found.taken_off_by_id = clock.now(), by.id
    session.flush()
    return found


def used_for_any(
    run: QcRun, used: QcRunLot | QcRunEquipment, members: Collection[QcRunMember]
) -> bool:
    """Whether a test was begun or read in `run` since `used` was scanned: it was no mistake.

    A test begins at the minute that was typed, which may lie before the scan: what was scanned
    before reading began counts for all the tests begun in the run.
    """
    rows = [each.result for member in members for each in member.results if not each.outside_reason]
    if any(row.entered_at >= used.scanned_at for row in rows):
        return True
    if run.reading_since is not None and used.scanned_at >= run.reading_since:
        return False
    opened = to_the_minute(run.opened_at)
    return any(
        qc_run_told.begun(each) and (each.qc_test.started_at or opened) >= opened
        for each in members
    )


def _scanned(session: Session, supply: Lot | Equipment, by: User) -> dict[str, Any]:
    """Who put it into the run, and whether they typed its code."""
    return {"scanned_by_id": by.id, "typed": typed_as_kept(session, supply.code)}


def _require_at_hand(run: QcRun) -> None:
    states.require(run, *qc_run_members.AT_HAND)


def _let(
    session: Session,
    run: QcRun,
    supply: Lot | Equipment,
    problem: LimsError | None,
    override: Proof | None,
    reason: str | None,
    by: User,
) -> dict[str, Any]:
    """Nothing where all is in order; else who lets it be used: about every tube in the run."""
    if problem is None:
        return {}
    inside = [each.aliquot for each in qc_run_members.staying(qc_run_members.of(session, run))]
    let = let_be_used(session, supply, problem, override, reason, by, *inside)
    return {
        "override_reason": reason,
        "override_by_id": let.by.id,
        "deviation_id": let.deviation.id,
    }


def _used(session: Session, run: QcRun, lot: Lot) -> QcRunLot | None:
    mine = QcRunLot.run_id == run.id, QcRunLot.lot_id == lot.id, QcRunLot.taken_off_at.is_(None)
    return session.scalars(select(QcRunLot).where(*mine)).one_or_none()


def _worked_with(session: Session, run: QcRun, item: Equipment) -> QcRunEquipment | None:
    mine = QcRunEquipment.run_id == run.id, QcRunEquipment.equipment_id == item.id
    on = select(QcRunEquipment).where(*mine, QcRunEquipment.taken_off_at.is_(None))
    return session.scalars(on).one_or_none()
