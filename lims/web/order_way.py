"""What may be done next with an order of frozen cells, and by whom."""

from collections.abc import Sequence

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user

from lims.models.fill import VialStatus
from lims.models.order import Order, OrderKind, OrderStatus
from lims.models.step import Step, StepKind, StepStatus
from lims.permissions import Permission
from lims.web.doors import Act, door
from lims.web.order_forms import ACTS
from lims.workflows import redrafting


def kept_now(order: Order) -> list[VialStatus]:
    """How each vial stands that is kept for `order`."""
    return [each.vial.status for each in order.reservations if each.ended_at is None]


def all_taken(order: Order, steps: Sequence[Step]) -> bool:
    """Whether everything kept for `order` is out of its place, and nobody takes out any more."""
    kept = kept_now(order)
    under_way = any(
        each.kind is StepKind.RETRIEVAL and each.status is StepStatus.OPEN for each in steps
    )
    return bool(kept) and VialStatus.RESERVED not in kept and not under_way


def thaw_open(steps: Sequence[Step]) -> str | None:
    """The code of the thaw that is under way: its vials go on there."""
    going_on = (each for each in steps if each.kind is StepKind.THAW)
    return next((each.code for each in going_on if each.status is StepStatus.OPEN), None)


def acts(
    order: Order,
    problems: Sequence[object],
    signers: set[int],
    *,
    taken: bool,
    thaw: str | None,
    lost: bool = False,
) -> list[Act]:
    """The next legal acts of the person signed in; going on is offered where nothing is wrong.

    `lost`: something that was kept for it is not any more, so that others are ordered instead.
    """
    out = VialStatus.RETRIEVED in kept_now(order) or VialStatus.THAWED in kept_now(order)
    found = [
        (_(act.label), url_for("order_acts.decide", code=order.code, act=name), _(act.note))
        for name, act in ACTS.items()
        if order.status in act.at
        and not (name == "schedule" and (taken or lost))
        and not (name == "cancel" and out)
        and current_user.may(act.permission)
        and (act.danger or not (problems or barred(order, name, signers)))
    ]
    if not any(redrafting.problems_with(order, current_user)):
        found[:0] = door(_("Change the draft"), "order_drafts.change", code=order.code)
    if order.status is OrderStatus.SCHEDULED:
        taking = door(_("Take the vials out"), "retrievals.start", _("two people"), code=order.code)
        kept = bool(kept_now(order))
        further = door_on(order, thaw) if out or (kept and order.kind is OrderKind.THAW) else []
        found = (taking if kept and not taken else []) + further + found
    return found + (instead(order) if lost else [])


def instead(order: Order) -> list[Act]:
    """Where other vials are ordered in place of those that are gone."""
    text, note = _("Order other vials"), _("in an order of their own")
    if order.session is not None:
        return door(text, "order_drafts.thaw", note, code=order.session.code)
    return door(text, "order_drafts.new", note, code=order.patient.code)


def barred(order: Order, act: str, signers: set[int]) -> bool:
    """Whether this is another person's to do: a physician's, or one's who has not signed yet."""
    if act == "submit" and order.kind is OrderKind.THAW:
        return not current_user.may(Permission.ORDER_COURSE)
    return act == "approve" and current_user.id in signers


def door_on(order: Order, thaw: str | None) -> list[Act]:
    """Where the vials go once they are out; `thaw` is the step they are thawed in already."""
    two = _("two people sign")
    if order.kind is OrderKind.TRANSFER:
        return door(_("Hand them over"), "handing_on.transfer", two, code=order.code)
    if order.kind is OrderKind.DESTROY:
        return door(_("Destroy them"), "handing_on.destroy", two, code=order.code)
    if order.kind is OrderKind.TEST:
        note = _("after their aliquots were taken")
        return door(_("Use them up for the test"), "handing_on.empty", note, code=order.code)
    if thaw is not None:
        return door(_("Go on"), "thaws.run", thaw, code=thaw)
    return door(_("Thaw them"), "thaws.start", _("needs a bench"), code=order.code)
