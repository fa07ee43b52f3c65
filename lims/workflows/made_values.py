"""What a step made or used, corrected: counts, volumes, lots; what was computed of it follows.

A count is not changed: a new one with the reason takes its place, the old one stays in sight.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, select
from sqlalchemy.orm import Session, joinedload

from lims import clock
from lims.errors import FieldError, NotFound, Stale, Word
from lims.models.base import table_of
from lims.models.batch import Batch
from lims.models.fill import Dose, Fill, Vial
from lims.models.lot import Lot
from lims.models.step import Step, StepLot
from lims.models.suspension import CellCount, Purpose, Suspension, Withdrawal
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import corrections, recomputing, regrowing, rejudging
from lims.workflows.command import command
from lims.workflows.corrections import NotEmpty, NothingChanged
from lims.workflows.suspensions import NothingCounted

ASIDE = (Purpose.WASTE, Purpose.RETENTION)
COLUMNS: dict[str, tuple[str, ...]] = {
    "suspension": ("volume_ml",),
    "cell_count": ("live", "dead"),
    "vessel": ("vessel_type", "growth_area_cm2"),
    "withdrawal": ("volume_ml",),
    "dose": ("volume_ml",),
    "vial": ("volume_ml",),
    "step_lot": ("quantity",),
}
"""What may be corrected of what was made, by table."""


@dataclass(frozen=True)
class Made:
    """One value of something that a step made."""

    record: Any
    called: str | Word
    """What it is of: the code of a container, or where a volume went."""
    column: Column[Any]

    @property
    def table(self) -> str:
        return table_of(self.record).name

    @property
    def value(self) -> Any:
        return getattr(self.record, self.column.name)

    @property
    def unit(self) -> str:
        """Of a lot it is its item's."""
        if isinstance(self.record, StepLot):
            return self.record.lot.item.unit
        return str(self.column.info.get("unit", ""))


def made_in(session: Session, step: Step) -> list[Made]:
    """Every value of what `step` made that may be corrected, container by container."""
    return [
        Made(record, called, table_of(record).c[name])
        for record, called in _records(session, step)
        for name in COLUMNS[table_of(record).name]
    ]


def _records(session: Session, step: Step) -> Iterator[tuple[Any, str | Word]]:
    for tube in _of(session, Suspension, Suspension.made_by_id == step.id):
        yield tube, tube.code
    for count in regrowing.counts_in(session, step):
        yield count, count.suspension.code
    seeded = joinedload(Withdrawal.vessel)
    for taken in _of(session, Withdrawal, Withdrawal.step_id == step.id, seeded):
        vessel = taken.vessel
        if vessel is not None:
            yield vessel, vessel.code
        if vessel is not None or taken.purpose in ASIDE:
            yield taken, vessel.code if vessel else Word(taken.purpose.value)
    filled = joinedload(Fill.doses), joinedload(Fill.vials)
    for fill in _of(session, Fill, Fill.made_by_id == step.id, *filled):
        for container in fill.containers:
            yield container, container.code
    of_item = joinedload(StepLot.lot).joinedload(Lot.item)
    for used in _of(session, StepLot, StepLot.step_id == step.id, of_item):
        yield used, used.lot.code


def _of(session: Session, model: Any, condition: Any, *also: Any) -> Sequence[Any]:
    query = select(model).where(condition).options(*also).order_by(model.id)
    return session.scalars(query).unique().all()


def put_right(counts: Sequence[CellCount]) -> Iterator[tuple[CellCount, CellCount]]:
    """Of the counts of a step, each that was mistyped with the one that took its place."""
    last: dict[int, CellCount] = {}
    for count in sorted(counts, key=lambda each: each.id):
        before = last.get(count.suspension_id)
        if before is not None and count.correction_reason:
            yield before, count
        last[count.suspension_id] = count


def find(session: Session, step: Step, table: str, row: int, field: str) -> Made:
    """The value at this place; raises where `step` made no such thing, or it is another now."""
    for made in made_in(session, step):
        if (made.table, made.record.id, made.column.name) == (table, row, field):
            return made
    raise (Stale if table in COLUMNS else NotFound)(code=step.code)


@command(Permission.CORRECT_RECORD)
def correct_made(
    session: Session,
    step: Step,
    *,
    made: Made,
    value: Any,
    seen: str,
    reason: str,
    by: User,
    comment: str | None = None,
) -> Step:
    """Give a value of what a step made its right value; cells and doublings follow from it.

    `seen` is the value the page showed, as text: one corrected meanwhile makes it stale.
    `comment` answers what is asked where the new value is improbable.
    """
    corrections.require_correctable(session, step, reason, by, comment)
    before = made.value
    if seen != str(before):
        raise Stale(code=step.code)
    if value is None:
        raise FieldError(field="value", problem=NotEmpty())
    if before == value:
        raise NothingChanged(code=step.code)
    broken = rejudging.breaches_around(session, step)
    told = corrections.corrected(str(made.called), made.column, before, value, reason)
    if isinstance(made.record, StepLot):  # no cells come of it
        made.record.quantity = value
        session.flush()
        corrections.settle(session, step, broken, told, by, comment)
        return step
    shares = recomputing.shares(session, step)
    bases = regrowing.bases(session, session.get_one(Batch, step.batch_id))
    _give(session, made, value, reason, bases)
    session.flush()
    regrowing.regrow(session, session.get_one(Batch, step.batch_id), bases)
    corrections.settle(session, step, broken, told, by, comment)
    recomputing.ask_anew(session, shares, reason, by)
    return step


def _give(
    session: Session, made: Made, value: Any, reason: str, bases: dict[int, regrowing.Basis]
) -> None:
    record, name = made.record, made.column.name
    match record:
        case CellCount():
            _replace(session, record, {name: value}, reason, bases)
            return
        case Suspension():
            counted = [each for each in record.counts if each.step_id == record.made_by_id]
            for count in counted[-1:]:  # one before it was mistyped, and stays as it was
                if count.volume_ml == record.volume_ml:  # its cells were those of the whole tube
                    count.volume_ml = value
    setattr(record, name, value)
    if isinstance(record, Dose | Vial):
        filled = [each.volume_ml for each in record.fill.containers]
        record.fill.withdrawal.volume_ml = sum(filled, Decimal(0))


def _replace(
    session: Session,
    count: CellCount,
    right: dict[str, int],
    reason: str,
    bases: dict[int, regrowing.Basis],
) -> None:
    """A new count in the place of a mistyped one, of record where that was."""
    of_record, now = count.superseded_at is None, clock.now()
    cells = {"live": count.live, "dead": count.dead} | right
    if sum(cells.values()) == 0:
        raise FieldError(field="value", problem=NothingCounted())
    if of_record:
        count.superseded_at = now
        session.flush()
    counted = CellCount(
        patient_id=count.patient_id,
        suspension_id=count.suspension_id,
        step_id=count.step_id,
        volume_ml=count.volume_ml,
        method=count.method,
        counted_by_id=count.counted_by_id,
        counted_at=count.counted_at,
        superseded_at=None if of_record else now,
        correction_reason=reason.strip(),
        **cells,
    )
    session.add(counted)
    session.flush()
    session.expire(count.suspension, ["counts"])
    for key, basis in bases.items():
        if basis.count is count:
            bases[key] = replace(basis, count=counted)
