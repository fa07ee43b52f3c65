"""What every page of a run at QC shows of it: its tubes, its supplies, how far it is."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import joinedload

from lims.models.qc_run import QcRun, QcRunMember, QcRunStay
from lims.models.qc_run_used import QcRunLot, QcRunSupply
from lims.web.current import reading_session
from lims.web.qc_run_acts import may_work
from lims.web.records import find
from lims.workflows import (
    qc_read_outside,
    qc_readings,
    qc_run_members,
    qc_run_order,
    qc_run_supplies,
    qc_run_told,
)

OF_STAY = (
    joinedload(QcRunStay.station),
    joinedload(QcRunStay.left_by),
    joinedload(QcRunStay.left_checked_by),
)


def run_alone(code: str) -> QcRun:
    """The run with all that its page shows besides its members."""
    run = find(QcRun, code, joinedload(QcRun.opened_by))
    qc_run_told.read_supplies(reading_session(), {run.id: run}, *OF_STAY)
    return run


def run_shown(code: str) -> tuple[QcRun, Sequence[QcRunMember]]:
    """The run and its members, in their order."""
    run = run_alone(code)
    return run, qc_run_members.of(reading_session(), run)


def facts_of(run: QcRun, members: Sequence[QcRunMember]) -> dict[str, Any]:
    """What every page of a run says of it: its tubes, and how many of them were read."""
    staying = qc_run_members.staying(members)
    stay = run.stays[-1] if run.stays else None
    return {
        "run": run,
        "members": members,
        "typists": qc_read_outside.typists(reading_session(), members),
        "station": stay.station if stay else None,
        "staying": staying,
        "read": len(staying) - len(qc_run_members.unread(members)),
        "source_of": qc_readings.source_of,
        "text_of": text_of,
        "done": qc_run_members.done,
        "may_take_off": lambda used: may_take_off(run, used, members),
        "supply_code": lambda used: supply_of(used).code,
        "due_on": qc_readings.due_on,
        "problem_of": lambda used: qc_run_order.problem_of(run, used),
        "may_take_out": may_work(run, *qc_run_members.UNDER_WAY),
    }


def text_of(member: QcRunMember) -> str:
    """Its result, corrected or not; of one that was only looked at, what was seen last."""
    test = member.qc_test
    read = qc_run_members.done(member)
    rows = qc_readings.rows_of_record(test) if read else qc_run_members.last_reading(member)
    return qc_readings.text_of(test, rows)


def may_take_off(run: QcRun, used: Any, members: Sequence[QcRunMember]) -> bool:
    """Whether the person signed in may say that it was scanned by mistake."""
    if not may_work(run, *qc_run_members.AT_HAND):
        return False
    return not qc_run_supplies.used_for_any(run, used, members)


def supply_of(used: QcRunSupply) -> Any:
    return used.lot if isinstance(used, QcRunLot) else used.equipment  # type: ignore[attr-defined]
