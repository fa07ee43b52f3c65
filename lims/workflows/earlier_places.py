"""Where a list of earlier years says that vials stand: its boxes and positions, in this bank."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, contains_eager

from lims.errors import N_, FieldError, LimsError
from lims.models.fill import Vial
from lims.models.patient import Patient
from lims.models.storage import Allocation, Box, Placement, Position, Tank
from lims.portions import in_portions
from lims.workflows import tank_contents
from lims.workflows.cryobank import NoSuchPosition, OutOfUse
from lims.workflows.earlier_rows import EarlierVialRow
from lims.workflows.vial_places import address_of

BOXES_AT_ONCE = 50
"""Of which the positions are asked for in one query."""


class NoSuchTank(LimsError):
    sentence = N_("no tank is called %(text)s. Enter it under Cryobank first, with its boxes.")


class NoBoxThere(LimsError):
    sentence = N_(
        "no box stands in %(tank)s, tower %(tower)s, level %(level)s. Enter it under Cryobank"
        " first."
    )


class NoSuchBox(LimsError):
    sentence = N_("there is no box %(code)s. Enter it under Cryobank first.")


class BoxElsewhere(LimsError):
    sentence = N_("the box %(code)s stands in %(tank)s, tower %(tower)s, level %(level)s.")


class Occupied(LimsError):
    sentence = N_("the vial %(code)s stands in %(address)s already.")


class ReservedForAnother(LimsError):
    sentence = N_("%(address)s is reserved for %(patient)s.")


@dataclass(frozen=True)
class Slot:
    """A position of the bank, whose it is, and what stands in it."""

    position: Position
    allocation: Allocation | None
    patient: str | None
    """The code of whom it is reserved for."""
    vial: str | None

    def require_free(self, patient: Patient) -> None:
        """Raise unless a vial of `patient` may be said to stand here."""
        address = address_of(self.position)
        if self.allocation is not None and self.allocation.patient_id != patient.id:
            raise ReservedForAnother(address=address, patient=self.patient)
        if self.vial is not None:
            raise Occupied(address=address, code=self.vial)


class Bank:
    """The boxes and positions that rows name, read for all of these at once."""

    def __init__(self, session: Session, rows: Sequence[EarlierVialRow]) -> None:
        self._tanks = {
            name.casefold(): tank
            for tank in session.scalars(select(Tank))
            for name in (tank.code, tank.name)
        }
        boxes = list(_boxes(session, rows))
        self._by_code = {box.code: box for box in boxes}
        self._by_place = {
            (box.tank_id, box.tower.casefold(), box.level): box
            for box in boxes
            if box.retired_at is None
        }
        names = {row.position for row in rows}
        self._slots = {
            (slot.position.box_id, slot.position.name): slot
            for some in in_portions(boxes, BOXES_AT_ONCE)
            for slot in _slots(session, some, names)
        }

    def slot_of(self, row: EarlierVialRow) -> Slot:
        """The position that a row names; raises at the column that is wrong."""
        box = self._box_of(row)
        found = self._slots.get((box.id, row.position))
        if found is None:
            last = Position(row_number=box.rows, column_number=box.columns).name
            problem = NoSuchPosition(code=box.code, name=row.position, last=last)
            raise FieldError(field="position", problem=problem)
        return found

    def _box_of(self, row: EarlierVialRow) -> Box:
        tank = self._tanks.get(row.tank.casefold())
        if row.tank and tank is None:
            raise FieldError(field="tank", problem=NoSuchTank(text=row.tank))
        if not row.box:
            assert tank is not None
            place = {"tank": tank.name, "tower": row.tower, "level": row.level}
            box = self._by_place.get((tank.id, row.tower.casefold(), row.level or 0))
            if box is None:
                raise FieldError(field="level", problem=NoBoxThere(**place))
            return box
        box = self._by_code.get(row.box)
        if box is None:
            raise FieldError(field="box", problem=NoSuchBox(code=row.box))
        if box.retired_at is not None:
            raise FieldError(field="box", problem=OutOfUse(code=box.code))
        _require_there(box, tank, row)
        return box


def _require_there(box: Box, tank: Tank | None, row: EarlierVialRow) -> None:
    """Raise where the row says of a box by its code that it stands where it does not."""
    told = {"code": box.code, "tank": box.tank.name, "tower": box.tower, "level": box.level}
    if tank is not None and tank.id != box.tank_id:
        raise FieldError(field="tank", problem=BoxElsewhere(**told))
    if row.tower and row.tower.casefold() != box.tower.casefold():
        raise FieldError(field="tower", problem=BoxElsewhere(**told))
    if row.level is not None and row.level != box.level:
        raise FieldError(field="level", problem=BoxElsewhere(**told))


def _boxes(session: Session, rows: Sequence[EarlierVialRow]) -> Sequence[Box]:
    """Those that the rows name by a code, and those of all levels that they name."""
    levels = {row.level for row in rows if row.level is not None}
    named = or_(
        Box.code.in_({row.box for row in rows if row.box}),
        and_(Box.level.in_(levels), Box.retired_at.is_(None)),
    )
    tank = contains_eager(Box.tank)
    return session.scalars(select(Box).join(Box.tank).where(named).options(tank)).all()


def _slots(session: Session, boxes: Sequence[Box], names: Collection[str]) -> Iterator[Slot]:
    letters, numbers = {ord(name[0]) - 64 for name in names}, {int(name[1:]) for name in names}
    query = (
        select(Position, Allocation, Patient.code, Vial.code)
        .outerjoin(Allocation, tank_contents.RESERVED_NOW)
        .outerjoin(Patient, Patient.id == Allocation.patient_id)
        .outerjoin(Placement, tank_contents.STANDING_NOW)
        .outerjoin(Vial, Vial.id == Placement.vial_id)
        .where(
            Position.box_id.in_([box.id for box in boxes]),
            Position.row_number.in_(letters),
            Position.column_number.in_(numbers),
        )
    )
    return (Slot(*row) for row in session.execute(query))
