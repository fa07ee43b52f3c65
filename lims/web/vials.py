"""Vials: which there are and which wait for a place; one vial with all that is known of it."""

from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from lims.errors import NotFound
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
from lims.web import narrowing
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.doors import Act, door
from lims.web.listing import listing
from lims.web.looks import note_look
from lims.workflows import (
    compromised,
    discarding_vials,
    freezing,
    holds,
    placing,
    reserving,
    signing,
    vial_places,
)

bp = Blueprint("vials", __name__, url_prefix="/vials")

DECIDED = (Meaning.KEPT, Meaning.DISCARDED)
ORDERED = (VialStatus.RESERVED, VialStatus.RETRIEVED)
WITH_FILL = (joinedload(Vial.patient), joinedload(Vial.fill).joinedload(Fill.batch))


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
    vials = listing(query.options(*WITH_FILL), Vial.id)
    return render_template(
        "vials/index.html",
        title=title,
        vials=vials,
        places=places_of(vials.rows),
        address_of_position=vial_places.address_of,
        doubts=doubts(),
        narrowed=narrowed,
        statuses=VialStatus,
        status=chosen,
    )


def doubts() -> list[Act]:
    """What two people or quality decide on vials that may have been warm, or are broken."""
    return [
        *door(_("Keep compromised vials"), "compromised.keep", _("your signature")),
        *door(_("Discard vials"), "compromised.discard", _("two people sign")),
    ]


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


def count_to_place(session: Session) -> int:
    query = select(func.count()).select_from(vial_places.homeless().subquery())
    return int(session.scalar(query) or 0)


def count_to_freeze(session: Session) -> int:
    query = (
        select(func.count(Vial.id.distinct()))
        .join(Fill, Fill.id == Vial.fill_id)
        .where(Vial.status == VialStatus.LABELLED, Fill.status.in_(freezing.FREEZABLE))
    )
    return int(session.scalar(query) or 0)


def count_compromised(session: Session) -> int:
    query = select(func.count(Vial.id)).where(Vial.status == VialStatus.COMPROMISED)
    return int(session.scalar(query) or 0)


def vial_shown(code: str) -> Vial:
    """The vial with its patient, its fill and where that came from, in one query."""
    query = (
        select(Vial)
        .where(Vial.code == code.upper())
        .options(
            joinedload(Vial.patient),
            joinedload(Vial.fill).joinedload(Fill.batch).joinedload(Batch.specification_version),
            joinedload(Vial.fill).joinedload(Fill.batch).joinedload(Batch.course),
        )
    )
    found = reading_session().scalars(query).one_or_none()
    if found is None:
        raise NotFound(code=code[:40])
    note_look(found.patient_id)
    return found


def acts(vial: Vial, placement: Placement | None) -> list[Act]:
    """The next legal acts of the person signed in."""
    status, nowhere = vial.status, placement is None
    doubtful = status is VialStatus.COMPROMISED
    offered = [
        (
            Permission.PERFORM_STEP,
            status is VialStatus.LABELLED,
            (_("Freeze"), url_for("freezings.start", code=vial.fill.code), _("with its fill")),
        ),
        (
            Permission.STORE_VIAL,
            status in vial_places.HOMELESS and nowhere,
            (_("Place"), url_for("placing.place", vial=vial.code), _("scan it and the box")),
        ),
        (
            Permission.KEEP_COMPROMISED,
            doubtful and not nowhere,
            (_("Keep"), url_for("compromised.keep", vial=vial.code), _("your signature")),
        ),
        (
            Permission.STORE_VIAL,
            status in placing.PLACED and not nowhere,
            (_("Move"), url_for("placing.move", vial=vial.code), _("scan it and the box")),
        ),
        (
            Permission.STORE_VIAL,
            status in compromised.MARKABLE,
            (_("It may have been warm"), url_for("compromised.mark", vial=vial.code), ""),
        ),
        (
            Permission.RETRIEVE_VIAL,
            status is VialStatus.RETRIEVED,
            (_("Bring back"), url_for("retrievals.back", vial=vial.code), _("in time")),
        ),
        (
            Permission.DISCARD_MATERIAL,
            status in discarding_vials.DISCARDABLE,
            (_("Discard"), url_for("compromised.discard"), _("two people sign")),
        ),
    ]
    return [act for permission, fits, act in offered if fits and current_user.may(permission)]


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
    placement = next((each for each in history if each.removed_at is None), None)
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
        acts=acts(vial, placement),
        crowded=placing.crowded(session, vial.fill) if placement else None,
        order=reserving.order_of(session, vial) if vial.status in ORDERED else None,
        signed=signed(vial),
        deviations=deviations_about(vial),
    )
