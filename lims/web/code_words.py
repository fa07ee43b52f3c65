"""What a code is, in the words that a person reads on the thing and the record says of it."""

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lims import clock
from lims.models.base import Coded
from lims.models.equipment import Equipment, Place
from lims.models.fill import Dose, Vial
from lims.models.lot import Lot
from lims.models.patient import Patient
from lims.models.step import PlannedContainer
from lims.models.suspension import Suspension
from lims.models.user import User
from lims.models.vessel import Vessel
from lims.web import filters
from lims.web.scans import kind_word
from lims.workflows import codes, containers, stock


def planned_yet(session: Session, code: str) -> PlannedContainer | None:
    """The container that was given out under `code`, while nothing is in it."""
    if code in containers.holding(session, [code]):
        return None
    return containers.planned_as(session, [code]).get(code)


def what_it_is(session: Session, code: str) -> str:
    if (planned := planned_yet(session, code)) is not None:
        return words_of_planned(planned)
    return words_of(session, codes.find(session, code))


def words_of_planned(planned: PlannedContainer) -> str:
    passage = "" if planned.passage is None else filters.passage(planned.passage)
    parts = _("labelled, still empty"), passage, planned.description or ""
    return " · ".join(part for part in parts if part)


def words_of(session: Session, record: Coded) -> str:
    """What a person would read on it, and what the record says of it."""
    match record:
        case Lot():
            return _of_lot(session, record)
        case Equipment() if record.calibrations:
            until = filters.day(record.calibrations[0].due_on)
            return str(_("%(name)s, calibrated until %(day)s", name=record.name, day=until))
        case Equipment() | Place():
            return record.name
        case Patient() | User():
            return record.full_name
        case Vessel():
            return f"{filters.passage(record.passage)} · {record.vessel_type}"
        case Suspension():
            return f"{filters.passage(record.passage)} · {filters.word(record.status)}"
        case Vial() | Dose():
            return f"{filters.passage(record.fill.passage)} · {filters.word(record.status)}"
    return kind_word(record.code[:2])


def _of_lot(session: Session, lot: Lot) -> str:
    """One that was taken back or has expired is never told to be good."""
    said = {"item": lot.item.name, "number": lot.maker_number}
    problem, day = stock.out_of_order(lot, clock.now()), filters.day(lot.expires_on)
    if problem is None:
        left = filters.quantity(stock.remaining(session, lot), lot.item.unit)
        return str(
            _(
                "%(item)s, lot %(number)s, good until %(day)s, %(left)s left",
                day=day,
                left=left,
                **said,
            )
        )
    if lot.status in stock.BARRED:
        return str(
            _("%(item)s, lot %(number)s: %(status)s", status=filters.word(lot.status), **said)
        )
    return str(_("%(item)s, lot %(number)s, expired on %(day)s", day=day, **said))
