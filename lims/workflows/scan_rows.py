"""What stands behind the figures of scans: a row for each scan, stop and override, whatever keeps
it, told alike of steps, of runs at QC and of other acts.

An act whose result is a step, or was scanned into one, is of that step: a badge that confirms a
step or clears its bench is counted with it. So it is of runs at QC.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    Subquery,
    case,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session

from lims.models.audit import Action, AuditEntry
from lims.models.command_run import EnteredCode, Refusal
from lims.models.deviation import Deviation, DeviationSubject, DeviationSupply
from lims.models.equipment import Equipment
from lims.models.lot import Item, Lot
from lims.models.qc_run import QcRun
from lims.models.qc_run_used import QcRunEquipment, QcRunLot
from lims.models.retrieval import RetrievedVial
from lims.models.step import IdentityCheck, LineClearance, Step, StepEquipment, StepLot
from lims.models.types import Moment
from lims.models.user import User
from lims.workflows import qc_run_scans, stops


class Counted(StrEnum):
    SCANS = "scans"
    TYPED = "typed"
    MISMATCHES = "mismatches"
    LOTS = "lots"
    EQUIPMENT = "equipment"


IN_RUNS = QcRun.kind_of_code
IN_OTHER_ACTS = "other acts"
"""Stand for runs at QC, and for acts that are no step, among the kinds of step."""
OF_A_STEP = StepLot, StepEquipment, LineClearance, RetrievedVial
OF_A_RUN = QcRunLot, QcRunEquipment
"""What acts within a step, or a run, answer with when it is not the step or the run itself."""


@dataclass(frozen=True)
class Asked:
    """From when, until when, and of which terminal or kind alone."""

    since: datetime
    until: datetime | None = None
    terminal: str | None = None
    """The empty one is that of which nothing is known."""
    kind: str | None = None
    """Of step; or `IN_RUNS`, `IN_OTHER_ACTS`."""


def behind(what: Counted, asked: Asked) -> Subquery:
    """The rows of one figure, each once."""
    parts = [_within(each, asked) for each in _parts(what)]
    found = union_all(*parts).subquery("kept")
    rows = select(found)
    if what is Counted.TYPED:
        rows = rows.where(found.c.typed)
    if asked.terminal is not None:
        rows = rows.where(found.c.terminal == asked.terminal)
    if asked.kind is not None:
        rows = rows.where(found.c.kind == asked.kind)
    return rows.subquery("behind")


def in_order(what: Counted, asked: Asked) -> Subquery:
    """The same, numbered by `place`, the oldest the first."""
    rows = behind(what, asked)
    order = rows.c.at, rows.c.kept_in, rows.c.row_id
    place = func.row_number().over(order_by=order).label("place")
    return select(rows, place).subquery("in_order")


def whose(session: Session, rows: Sequence[Any]) -> dict[tuple[str, int], str]:
    """Who did each of `rows`, by what keeps it and its number there, as the trail has it; nobody
    where nobody was signed in. One query."""
    entry = AuditEntry
    kept = [
        (entry.table_name == name) & entry.row_id.in_([r.row_id for r in rows if r.kept_in == name])
        for name in {each.kept_in for each in rows}
    ]
    written = entry.action == Action.INSERT, or_(false(), *kept)
    query = select(entry.table_name, entry.row_id, User.full_name)
    found = session.execute(query.join(User, User.id == entry.user_id).where(*written))
    return {(table, row): name for table, row, name in found}


def _within(part: Select[Any], asked: Asked) -> Select[Any]:
    at = part.selected_columns.at
    part = part.where(at >= asked.since)
    return part if asked.until is None else part.where(at < asked.until)


def _parts(what: Counted) -> Iterator[Select[Any]]:
    match what:
        case Counted.SCANS | Counted.TYPED:
            yield _scanned_in_steps()
            yield _scanned_in_runs()
            yield _entered()
        case Counted.MISMATCHES:
            met = _row(Refusal, Refusal.refused_at, Refusal.subject_code, terminal=Refusal.terminal)
            yield met.where(Refusal.error.in_(stops.names()))
        case Counted.LOTS:
            yield _let_be_used(StepLot)
            yield _let_be_used_in_run(QcRunLot)
        case Counted.EQUIPMENT:
            yield _let_be_used(StepEquipment)
            yield _let_be_used_in_run(QcRunEquipment)


def _scanned_in_steps() -> Select[Any]:
    check = IdentityCheck
    return _row(
        check, check.checked_at, check.scanned, typed=check.typed, terminal=Step.terminal,
        kind=cast(Step.kind, String), of=Step.code,
        expected=case((check.matched, None), else_=check.expected),
    ).join(Step, Step.id == check.step_id)  # fmt: skip


def _scanned_in_runs() -> Select[Any]:
    scan = qc_run_scans.scans()
    return _row(
        scan, scan.c.at, scan.c.code, typed=scan.c.typed, terminal=QcRun.terminal,
        kind=literal(IN_RUNS), of=QcRun.code,
    ).join(QcRun, QcRun.id == scan.c.run_id)  # fmt: skip


def _entered() -> Select[Any]:
    entered = EnteredCode
    steps = [mapper.class_ for mapper in Step.__mapper__.self_and_descendants]
    in_a_run = case((QcRun.id.is_not(None), IN_RUNS), else_=IN_OTHER_ACTS)
    return (
        _row(
            entered,
            entered.entered_at,
            entered.scanned,
            typed=entered.typed,
            terminal=entered.terminal,
            kind=func.coalesce(cast(Step.kind, String), in_a_run),
            of=func.coalesce(Step.code, QcRun.code),
            act=entered.command,
            about_table=entered.result_table,
            about_id=entered.result_id,
        )  # fmt: skip
        .outerjoin(Step, Step.id == _whole(steps, [each.step_id for each in OF_A_STEP]))
        .outerjoin(QcRun, QcRun.id == _whole([QcRun], [each.run_id for each in OF_A_RUN]))
    )


def _whole(kinds: Sequence[type[Any]], keys: Sequence[Any]) -> ColumnElement[Any]:
    """The number of the step, or the run, that an act is of: it answered with one of these
    `kinds`, or with a row that has one of these `keys` to it."""
    answered, number = EnteredCode.result_table, EnteredCode.result_id
    through = [
        (
            answered == key.class_.__tablename__,
            select(key).where(key.class_.id == number).scalar_subquery(),
        )
        for key in keys
    ]
    return case((answered.in_([each.__tablename__ for each in kinds]), number), *through)


def _let_be_used(model: type[Any]) -> Select[Any]:
    """Used in a step although it was not in order: a second person let it, or a rule opened a
    deviation of it."""
    let = or_(model.override_by_id.is_not(None), _deviates(model))
    rows = _supply(model, Step.terminal, cast(Step.kind, String), Step.code)
    return rows.join(Step, Step.id == model.step_id).where(let)


def _let_be_used_in_run(model: type[Any]) -> Select[Any]:
    let = model.override_by_id.is_not(None), model.taken_off_at.is_(None)
    rows = _supply(model, QcRun.terminal, literal(IN_RUNS), QcRun.code)
    return rows.join(QcRun, QcRun.id == model.run_id).where(*let)


def _supply(model: type[Any], terminal: Any, kind: Any, of: Any) -> Select[Any]:
    by_whom = select(User.full_name).where(User.id == model.override_by_id).scalar_subquery()
    of_lot = model in (StepLot, QcRunLot)
    thing: Any = Lot if of_lot else Equipment
    rows = _row(
        model, model.scanned_at, thing.code, terminal=terminal, kind=kind, of=of,
        named=Item.name if of_lot else Equipment.name,
        let_by=by_whom, reason=model.override_reason,
    )  # fmt: skip
    if of_lot:
        return rows.join(Lot, Lot.id == model.lot_id).join(Item, Item.id == Lot.item_id)
    return rows.join(Equipment, Equipment.id == model.equipment_id)


def _deviates(model: type[Any]) -> ColumnElement[bool]:
    """Whether the use of a lot or a device in a step opened a deviation by itself."""
    if model is StepLot:
        same = DeviationSupply.lot_id == StepLot.lot_id
    else:
        same = DeviationSupply.equipment_id == StepEquipment.equipment_id
    return (
        select(Deviation.id)
        .join(DeviationSupply, DeviationSupply.deviation_id == Deviation.id)
        .join(DeviationSubject, DeviationSubject.deviation_id == Deviation.id)
        .where(Deviation.rule == "supply", same, DeviationSubject.step_id == model.step_id)
        .exists()
    )


TEXTS = "kind", "of", "act", "about_table", "expected", "named", "let_by", "reason"


def _row(kept: Any, at: Any, code: Any, *, terminal: Any, **told: Any) -> Select[Any]:
    """A part of the union; what its rows do not tell is empty."""
    columns = kept.c if isinstance(kept, Subquery) else kept
    kept_in = kept.c.kept_in if isinstance(kept, Subquery) else literal(kept.__tablename__)
    return select(
        type_coerce(at, Moment()).label("at"),
        kept_in.label("kept_in"),
        columns.id.label("row_id"),
        code.label("code"),
        told.get("typed", false()).label("typed"),
        func.coalesce(terminal, "").label("terminal"),
        cast(told.get("about_id", null()), BigInteger).label("about_id"),
        *(cast(told.get(name, null()), String).label(name) for name in TEXTS),
    )
