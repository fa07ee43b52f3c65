"""The lots and the equipment of a step as its papers print them, with whether each was in order."""

from collections.abc import Iterator

from lims import clock
from lims.errors import N_
from lims.models.equipment import Equipment
from lims.models.lot import LotStatus
from lims.models.step import Step, StepEquipment, StepLot
from lims.papers.step_rows import StepRows
from lims.papers.wording import spoken
from lims.records import parts
from lims.records.wording import Wording
from lims.workflows import equipment as calibrating
from lims.workflows import stock


def lot(used: StepLot, rows: StepRows, say: Wording) -> parts.Lot:
    lot = used.lot
    return parts.Lot(
        code=lot.code,
        name=lot.item.name,
        maker_number=lot.maker_number,
        quantity=used.quantity.normalize() if used.quantity else 0,
        unit=say.word(lot.item.unit),
        expires_on=lot.expires_on,
        state=_state(used, rows, say),
    )


def _state(used: StepLot, rows: StepRows, say: Wording) -> str:
    """Put right to none, out of order, or in order; of one expired the day of use decides."""
    at = used.step.performed_at
    if not used.quantity:
        return say.word(N_("not used"))
    if used.override_by_id is not None:
        return _override(used, rows, say)
    if at is not None and clock.day_of(at) > used.lot.expires_on:
        return spoken(say, LotStatus.EXPIRED)
    if used.lot.status in stock.BARRED:
        return spoken(say, used.lot.status)
    return say.word(N_("in order"))


def _override(used: StepLot | StepEquipment, rows: StepRows, say: Wording) -> str:
    if used.override_by_id is None:
        return ""
    words = N_("not in order: %(reason)s (%(name)s)")
    return say.say(words, reason=used.override_reason, name=rows.people[used.override_by_id])


def equipment(step: Step, rows: StepRows, say: Wording) -> Iterator[parts.Equipment]:
    """What was scanned in, the cabinet of the bench, the incubators vessels were put into."""
    told = set()
    for used in step.equipment:
        told.add(used.equipment_id)
        yield _piece(used.equipment, step, _override(used, rows, say), say)
    for place_id in [step.station_id, *(s.place_id for s in rows.standings[step.id])]:
        place = rows.places.get(place_id or 0)
        if place is not None and place.equipment is not None and place.equipment.id not in told:
            told.add(place.equipment.id)
            yield _piece(place.equipment, step, "", say)


def _piece(piece: Equipment, step: Step, override: str, say: Wording) -> parts.Equipment:
    day = clock.day_of(step.performed_at or step.started_at)
    if not piece.needs_calibration:
        none = say.word(N_("no calibration required"))
        return parts.Equipment(piece.code, piece.name, None, override or none)
    last = calibrating.in_force(piece.calibrations, day)
    good = calibrating.calibration_problem(piece, day) is None
    state = say.word(N_("in calibration") if good else N_("out of calibration"))
    due = last.due_on if last else None
    return parts.Equipment(piece.code, piece.name, due, override or state)
