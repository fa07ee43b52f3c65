"""Placing and moving: the vial scanned, then its box; the position proposed or typed."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from lims.models.batch import Batch
from lims.models.fill import Fill, Vial, VialStatus
from lims.models.storage import Allocation, Box
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.bench_forms import FromPaper
from lims.web.cold_times import MOST_SECONDS
from lims.web.current import reading_session
from lims.web.errors import sentence_of
from lims.web.fields import TextField, WholeField
from lims.web.forms import Form, on_refusal, shown, submit
from lims.web.scans import ROOM, CodeField, read_code
from lims.web.times import NowField
from lims.workflows import codes, cold_times, cryobank, placing, spreading, vial_places

bp = Blueprint("placing", __name__, url_prefix="/placing")

MOST_NAMED = 100
"""Of the vials that wait; a fill has fewer."""
LATER_TOO = _l("As measured; it can be given afterwards too, of all vials at once.")
JUDGED_BY = (
    joinedload(Vial.aliquots),
    joinedload(Vial.fill).joinedload(Fill.batch).joinedload(Batch.specification_version),
)
"""What a vial that is placed is looked at for, in one query with it."""


class PlaceForm(FromPaper):
    gated = True

    vial = CodeField(_l("Vial"), "VL", hint=_l("Scan the vial itself."))
    box = CodeField(_l("Box"), "BX", takes=ROOM, hint=_l("Scan the box it stands in now."))
    position = TextField(
        _l("Position"),
        required=False,
        longest=4,
        hint=_l("A3. Empty: the next one reserved for this patient in the box."),
    )
    seconds_out = WholeField(
        _l("Out of the cold"), unit="s", required=False, most=MOST_SECONDS, hint=LATER_TOO
    )
    at = NowField(_l("Placed at"))

    def arguments(self, session: Session) -> dict[str, Any]:
        vial = codes.load_all(session, [self.vial.data or ""], Vial, *JUDGED_BY)[0]
        box = codes.load(session, self.box.data or "", Box)
        typed = self.position.data
        return {
            "vial": vial,
            "position": cryobank.position_in(session, box, typed)
            if typed
            else placing.next_in(session, vial, box),
            "seconds_out": self.seconds_out.data,
            "at": self.at.data,
            "late_reason": self.late_reason.data,
            "told": self.on_paper,
        }


class MoveForm(PlaceForm):
    """The same two scans of a vial that stands elsewhere."""


def scanned_already() -> Vial | None:
    """The vial the page is about, or the first that waits of the fill it is about, if there is
    such a one; it is scanned all the same."""
    if fill := request.args.get("code", ""):
        waiting = vial_places.homeless().join(Vial.fill).where(Fill.code == fill.upper())
        return reading_session().scalars(waiting.order_by(Vial.id).limit(1)).first()
    try:
        code = read_code(request.args.get("vial", ""), ("VL",))
    except ValueError:
        return None
    return reading_session().scalars(select(Vial).where(Vial.code == code)).one_or_none()


def proposal(vial: Vial | None) -> Allocation | None:
    """Where the vial is best put next."""
    return vial_places.proposed(reading_session(), vial) if vial is not None else None


def page(form: Form, kind: str, vial: Vial | None) -> ResponseReturnValue:
    session = reading_session()
    return render_template(
        "vials/place.html",
        placing=form,
        kind=kind,
        vial=vial,
        waiting=waiting_with(session, vial) if vial is not None and kind == "place" else [],
        proposed=proposal(vial),
        standing=vial_places.where(session, vial) if vial is not None else None,
        without_seconds=cold_times.lacking(session, vial.fill) if vial is not None else [],
        address_of_position=vial_places.address_of,
    )


@bp.get("/place")
@requires(Permission.STORE_VIAL)
def place() -> ResponseReturnValue:
    vial = scanned_already()
    return page(shown(PlaceForm), "place", vial)


@bp.post("/place")
@requires(Permission.STORE_VIAL)
@on_refusal(place)
def place_vial() -> ResponseReturnValue:
    return placed(PlaceForm(), placing.place_vial, "placing.place")


@bp.get("/move")
@requires(Permission.STORE_VIAL)
def move() -> ResponseReturnValue:
    vial = scanned_already()
    return page(shown(MoveForm), "move", vial)


@bp.post("/move")
@requires(Permission.STORE_VIAL)
@on_refusal(move)
def move_vial() -> ResponseReturnValue:
    return placed(MoveForm(), placing.move_vial, "placing.move")


def placed(form: PlaceForm, command: Callable[..., Vial], page: str) -> ResponseReturnValue:
    """Where the vial stands now is said at once; the next one of its fill is proposed."""
    vial = submit(form, command)
    session = reading_session()
    now = vial_places.where(session, vial)
    assert now is not None, "it was put there just now"
    address = vial_places.address_of(now.allocation.position)
    flash(_("%(code)s stands in %(address)s.", code=vial.on_the_tube, address=address))
    if vial.status is VialStatus.COMPROMISED:
        flash(_("It was out of the cold too long: quality decides whether it is kept."), "warn")
    following = next_of(session, vial) if page == "placing.place" else None
    if following is not None:
        return redirect(url_for(page, vial=following.code), 303)
    if (warning := spreading.crowded(session, now.vial.fill)) is not None:
        flash(sentence_of(warning), "warn")
    return redirect(url_for("vials.show", code=vial.code), 303)


def next_of(session: Session, vial: Vial) -> Vial | None:
    """Another vial of the same fill that waits to be placed."""
    return session.scalars(_waiting_with(vial).limit(1)).first()


def waiting_with(session: Session, vial: Vial) -> Sequence[Vial]:
    """The vials of the same fill that wait to be placed."""
    return session.scalars(_waiting_with(vial).limit(MOST_NAMED)).all()


def _waiting_with(vial: Vial) -> Select[Vial]:
    return vial_places.homeless().where(Vial.fill_id == vial.fill_id).order_by(Vial.id)
