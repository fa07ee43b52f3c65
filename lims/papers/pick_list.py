"""The pick list of an order from the rows that say what is kept for it and where that stands."""

from sqlalchemy.orm import Session, joinedload

from lims.errors import N_, LimsError
from lims.models.order import Order
from lims.papers.heading import Desk, Edition, heading
from lims.papers.wording import headed, passage, sentence
from lims.records.pick_list import BoxToLift, Pick, PickList, Taken
from lims.records.wording import Wording
from lims.workflows import lost_vials, picking, specifications
from lims.workflows.picking import BoxToLift as Lifted
from lims.workflows.picking import Pick as Picked


class NothingToList(LimsError):
    sentence = N_("No vial is kept for %(order)s, and none was taken out for it: nothing to list.")
    status = 409


def record(session: Session, order: Order, desk: Desk, edition: Edition) -> PickList:
    """What is taken out, or was, from where, in the order of the tanks; none of nothing."""
    around = (joinedload(Order.patient), joinedload(Order.session))
    order = session.get_one(Order, order.id, options=around, populate_existing=True)
    boxes = picking.listed(session, order)
    if not boxes:
        raise NothingToList(order=order.code)
    product = specifications.current(session).product
    return PickList(
        heading=heading(desk, edition, order.patient, product),
        order=order.code,
        what_for=_what_for(order, desk.say),
        planned_for=order.scheduled_for,
        boxes=tuple(_box(each) for each in boxes),
        gone=tuple(sentence(desk.say, each) for each in lost_vials.of(session, order)),
    )


def _what_for(order: Order, say: Wording) -> str:
    told = headed(say, order.kind)
    if order.session is not None:
        words = N_("%(what)s for session %(code)s of %(day)s")
        day = say.day(order.session.planned_on)
        return say.say(words, what=told, code=order.session.code, day=day)
    return f"{told}: {order.destination}" if order.destination else told


def _box(lifted: Lifted) -> BoxToLift:
    box = lifted.box
    return BoxToLift(
        tank=box.tank.name,
        tower=box.tower,
        level=box.level,
        code=box.code,
        rows=box.rows,
        columns=box.columns,
        picks=tuple(
            Pick(
                number=pick.number,
                row=pick.position.row_number,
                column=pick.position.column_number,
                position=pick.position.name,
                vial=pick.vial.code,
                passage=passage(pick.vial.fill.passage),
                cells=pick.vial.left_cells(),
                filled_at=pick.vial.fill.filled_at,
                taken=_taken(pick),
                earlier_number=pick.vial.earlier_number or "",
            )
            for pick in lifted.picks
        ),
    )


def _taken(pick: Picked) -> Taken | None:
    if pick.taken is None:
        return None
    people = pick.taken.taken_by.full_name, pick.taken.witnessed_by.full_name
    return Taken(*people, pick.taken.out_at)
