"""Vials: which there are and which wait for a place; one vial with all that is known of it."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import BigInteger, bindparam, select
from sqlalchemy.orm import joinedload, selectinload

from lims.errors import NotFound
from lims.models.batch import Batch
from lims.models.deviation import Deviation, DeviationSubject
from lims.models.earlier import EarlierVial
from lims.models.fill import Fill, Vial, VialStatus
from lims.models.freezing import Freezing, FrozenVial
from lims.models.on_paper import VialOnPaper
from lims.models.retrieval import ThawedVial
from lims.models.signature import Meaning, Signature
from lims.models.step import Step
from lims.models.storage import Allocation, Box, Placement, Position
from lims.models.suspension import Withdrawal
from lims.permissions import Permission
from lims.web import narrowing, vial_acts
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.listing import listing
from lims.web.looks import note_look
from lims.web.records import found, look_up
from lims.web.uploads import paper_kept
from lims.workflows import (
    cold_times,
    compromised,
    deviations,
    drawn,
    holds,
    on_paper,
    reserving,
    retrieving,
    signing,
    specifications,
    spreading,
    vial_places,
)
from lims.workflows.thaw_findings import LONGEST_OUT

bp = Blueprint("vials", __name__, url_prefix="/vials")

DECIDED = (Meaning.KEPT, Meaning.DISCARDED)
ORDERED = (VialStatus.RESERVED, VialStatus.RETRIEVED)
IN_BANK = (VialStatus.FREEZING, VialStatus.STORED, *ORDERED)
SHOWN = (
    joinedload(Vial.patient),
    joinedload(Vial.fill).joinedload(Fill.batch),
    selectinload(Vial.aliquots),
)
ONE = look_up(
    Vial,
    joinedload(Vial.patient),
    joinedload(Vial.aliquots),
    joinedload(Vial.fill).joinedload(Fill.batch).joinedload(Batch.specification_version),
    joinedload(Vial.fill).joinedload(Fill.batch).joinedload(Batch.course),
    joinedload(Vial.fill).joinedload(Fill.vehicle_lot),
    joinedload(Vial.earlier).joinedload(EarlierVial.origin),
    joinedload(Vial.fill).joinedload(Fill.withdrawal).joinedload(Withdrawal.suspension),
)
VIAL = bindparam("vial", type_=BigInteger)
ABOUT = select(Deviation).where(
    Deviation.id.in_(select(DeviationSubject.deviation_id).where(DeviationSubject.vial_id == VIAL))
)
FROZEN_IN = (
    select(Freezing)
    .join(FrozenVial, FrozenVial.step_id == Freezing.id)
    .where(FrozenVial.vial_id == VIAL)
)
SIGNED = (
    select(Signature)
    .where(Signature.subject_code == bindparam("code"), Signature.meaning.in_(DECIDED))
    .order_by(Signature.id)
)
"""What every scan of a vial asks, put together once."""


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
    vial = found(ONE, code)
    note_look(vial.patient_id)
    return vial


def signed(vial: Vial) -> list[tuple[Signature, bool]]:
    """What was signed of this vial, and whether it is still what was shown."""
    rows = reading_session().scalars(SIGNED, {"code": vial.code})
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
    """Of the vial itself, and whatever reaches its batch; the newest first."""
    session = reading_session()
    own = session.scalars(ABOUT, {"vial": vial.id}).all()
    every = {each.id: each for each in [*own, *deviations.of_batch(session, vial.fill.batch)]}
    return [every[key] for key in sorted(every, reverse=True)]


@bp.get("/<code>/papers/<int:number>")
@requires(Permission.SEE_STORAGE)
def paper(code: str, number: int) -> Response:
    """The scan of what was written before it was entered that the vial was placed or discarded."""
    vial = vial_shown(code)
    entry = reading_session().get(VialOnPaper, number)
    if entry is None or entry.vial_id != vial.id or entry.sha256 is None:
        raise NotFound(code=str(number))
    return paper_kept(entry.sha256)


def without_seconds(vial: Vial, placement: Placement | None) -> Sequence[Placement]:
    """Of its fill, where nobody told the seconds of; asked for where its own are lacking."""
    if placement is None or placement.seconds_out is not None:
        return []
    return cold_times.lacking(reading_session(), vial.fill)


@bp.get("/<code>")
@requires(Permission.SEE_STORAGE)
def show(code: str) -> ResponseReturnValue:
    vial, session = vial_shown(code), reading_session()
    history = vial_places.history(session, vial)
    order = reserving.order_of(session, vial) if vial.status in ORDERED else None
    placement = next((each for each in history if each.removed_at is None), None)
    opened = placement is None and bool(vial.aliquots and drawn.opened(session, [vial]))
    out = vial.status is VialStatus.RETRIEVED and not opened and retrieving.out_now(session, vial)
    frozen_in = session.scalars(FROZEN_IN, {"vial": vial.id}).one_or_none()
    reported = deviations_about(vial)
    in_bank = vial.status in IN_BANK
    held = holds.of_vial(session, vial)
    return render_template(
        "vials/show.html",
        vial=vial,
        tube=vial.fill.withdrawal.suspension,
        placement=placement,
        history=history,
        without_seconds=without_seconds(vial, placement),
        address_of_position=vial_places.address_of,
        frozen_in=frozen_in,
        discarded=vial.status is VialStatus.DISCARDED and on_paper.discarded(session, vial),
        thawed=thawed(vial),
        holds=[each for each in held if each.vial_id == vial.id],
        acts=vial_acts.acts(vial, placement, order, frozen_in, opened=opened),
        crowded=spreading.crowded(session, vial.fill) if placement else None,
        order=order,
        out=out,
        seconds_out=retrieving.seconds_out,
        most=specifications.limit(specifications.of(vial.fill.batch), LONGEST_OUT) if out else None,
        signed=signed(vial),
        deviations=reported,
        holding=deviations.holding(reported) if in_bank else [],
        on_hold=[each for each in held if each.vial_id != vial.id] if in_bank else [],
    )
