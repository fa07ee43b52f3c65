"""Vials: which there are and which wait for a place; one vial with all that is known of it."""

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload, selectinload

from lims.models.batch import Batch
from lims.models.deviation import Deviation, DeviationSubject
from lims.models.fill import Fill, Vial, VialStatus
from lims.models.freezing import Freezing, FrozenVial
from lims.models.retrieval import ThawedVial
from lims.models.signature import Meaning, Signature
from lims.models.step import Step
from lims.models.storage import Allocation, Box, Placement, Position
from lims.models.suspension import Suspension, Withdrawal
from lims.permissions import Permission
from lims.web import narrowing, vial_acts
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.listing import listing
from lims.web.looks import note_look
from lims.web.records import find
from lims.workflows import (
    compromised,
    drawn,
    holds,
    reserving,
    signing,
    spreading,
    vial_places,
)

bp = Blueprint("vials", __name__, url_prefix="/vials")

DECIDED = (Meaning.KEPT, Meaning.DISCARDED)
ORDERED = (VialStatus.RESERVED, VialStatus.RETRIEVED)
SHOWN = (
    joinedload(Vial.patient),
    joinedload(Vial.fill).joinedload(Fill.batch),
    selectinload(Vial.aliquots),
)


def places_of(vials: Any) -> dict[int, Position]:
    """By vial, the position it stands in; one query for all of them."""
    found = reading_session().scalars(
        select(Placement)
        .where(Placement.vial_id.in_([vial.id for vial in vials]), Placement.removed_at.is_(None))
        .options(
            joinedload(Placement.allocation)
            .joinedload(Allocation.position)
            .joinedload(Position.box)
            .joinedload(Box.tank)
        )
    )
    return {each.vial_id: each.allocation.position for each in found}


def page_of(query: Any, title: str, *, narrowed: bool = True) -> ResponseReturnValue:
    chosen = None if narrowed else narrowing.chosen(VialStatus, "status")
    if chosen is not None:
        query = query.where(Vial.status == chosen)
    vials = listing(query.options(*SHOWN), Vial.id)
    return render_template(
        "vials/index.html",
        title=title,
        vials=vials,
        places=places_of(vials.rows),
        address_of_position=vial_places.address_of,
        doubts=vial_acts.doubts(),
        narrowed=narrowed,
        statuses=VialStatus,
        status=chosen,
    )


@bp.get("/")
@requires(Permission.SEE_STORAGE)
def index() -> ResponseReturnValue:
    return page_of(select(Vial), _("Vials"), narrowed=False)


@bp.get("/to-place")
@requires(Permission.STORE_VIAL)
def to_place() -> ResponseReturnValue:
    return page_of(vial_places.homeless(), _("Vials to place"))


@bp.get("/compromised")
@requires(Permission.SEE_STORAGE)
def doubtful() -> ResponseReturnValue:
    query = select(Vial).where(Vial.status == VialStatus.COMPROMISED)
    return page_of(query, _("Compromised vials"))


def vial_shown(code: str) -> Vial:
    """The vial with its patient, its fill and where that came from, in one query."""
    found = find(
        Vial,
        code,
        joinedload(Vial.patient),
        joinedload(Vial.aliquots),
        joinedload(Vial.fill).joinedload(Fill.batch).joinedload(Batch.specification_version),
        joinedload(Vial.fill).joinedload(Fill.batch).joinedload(Batch.course),
        joinedload(Vial.fill).joinedload(Fill.vehicle_lot),
    )
    note_look(found.patient_id)
    return found


def tube_of(fill: Fill) -> Suspension:
    """What the fill was filled from: its doublings and how often it was frozen."""
    return (
        reading_session()
        .scalars(
            select(Suspension)
            .join(Withdrawal, Withdrawal.suspension_id == Suspension.id)
            .where(Withdrawal.id == fill.withdrawal_id)
        )
        .one()
    )


def signed(vial: Vial) -> list[tuple[Signature, bool]]:
    """What was signed of this vial, and whether it is still what was shown."""
    rows = reading_session().scalars(
        select(Signature)
        .where(Signature.subject_code == vial.code, Signature.meaning.in_(DECIDED))
        .order_by(Signature.id)
    )
    return [(each, signing.still_valid(each, compromised.shown_of(vial))) for each in rows]


def thawed(vial: Vial) -> Any:
    """The step in which it was thawed and when it was put into the bath; None before."""
    if vial.status not in (VialStatus.THAWED, VialStatus.USED):
        return None
    query = select(Step.code, ThawedVial.thawed_at.label("at")).join(
        ThawedVial, ThawedVial.step_id == Step.id
    )
    return reading_session().execute(query.where(ThawedVial.vial_id == vial.id)).one_or_none()


def deviations_about(vial: Vial) -> list[Deviation]:
    about = select(DeviationSubject.deviation_id).where(
        or_(DeviationSubject.vial_id == vial.id, DeviationSubject.fill_id == vial.fill_id)
    )
    query = select(Deviation).where(Deviation.id.in_(about)).order_by(Deviation.id.desc())
    return list(reading_session().scalars(query))


@bp.get("/<code>")
@requires(Permission.SEE_STORAGE)
def show(code: str) -> ResponseReturnValue:
    vial, session = vial_shown(code), reading_session()
    history = vial_places.history(session, vial)
    order = reserving.order_of(session, vial) if vial.status in ORDERED else None
    placement = next((each for each in history if each.removed_at is None), None)
    opened = placement is None and bool(vial.aliquots and drawn.opened(session, [vial]))
    frozen_in = session.scalars(
        select(Freezing)
        .join(FrozenVial, FrozenVial.step_id == Freezing.id)
        .where(FrozenVial.vial_id == vial.id)
    ).one_or_none()
    return render_template(
        "vials/show.html",
        vial=vial,
        tube=tube_of(vial.fill),
        placement=placement,
        history=history,
        address_of_position=vial_places.address_of,
        frozen_in=frozen_in,
        thawed=thawed(vial),
        holds=holds.open_holds(session, vial),
        acts=vial_acts.acts(vial, placement, order, opened=opened),
        crowded=spreading.crowded(session, vial.fill) if placement else None,
        order=order,
        signed=signed(vial),
        deviations=deviations_about(vial),
    )
