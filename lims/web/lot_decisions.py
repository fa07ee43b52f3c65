"""What is decided and put right of a lot: each a page of its own, signed where quality decides."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy.orm import selectinload

from lims import clock
from lims.models.lot import Lot, LotIngredient
from lims.permissions import Permission
from lims.web import histories
from lims.web import lots as lots_page
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.forms import on_refusal, shown, submit
from lims.web.lot_forms import (
    AgainstForm,
    CorrectForm,
    CountForm,
    RecallForm,
    RejectForm,
    ReleaseForm,
    SeveralForm,
)
from lims.web.records import find
from lims.workflows import lot_decisions, lot_reach, lots, qc_run_reach, signing, stock

bp = Blueprint("lot_decisions", __name__, url_prefix="/lots")

MOST_AT_ONCE = 30
"""Lots on one page to be read through and signed."""


def back_to(code: str) -> ResponseReturnValue:
    return redirect(url_for("lots.show", code=code), 303)


@bp.get("/<code>/release")
@requires(Permission.RELEASE_LOT)
def release(code: str) -> ResponseReturnValue:
    lot = find(Lot, code)
    signed = shown(ReleaseForm, version=lot.version, certificate_seen=lot.certificate_seen)
    signed.showing(lot_decisions.shown_when_released(lot))
    return render_template("lots/release.html", lot=lot, decision=signed)


@bp.post("/<code>/release")
@requires(Permission.RELEASE_LOT)
@on_refusal(release)
def release_lot(code: str) -> ResponseReturnValue:
    form = ReleaseForm()
    submit(form, lot_decisions.release_lot, lambda session: form.arguments_of(session, code))
    flash(_("%(code)s is released.", code=code))
    return back_to(code)


def to_release() -> list[Lot]:
    """The oldest lots in quarantine that the person signed in may release."""
    query = lots_page.WAITING.options(
        selectinload(Lot.ingredients).joinedload(LotIngredient.ingredient)
    )
    found = reading_session().scalars(query.order_by(Lot.id).limit(MOST_AT_ONCE))
    today = clock.today()
    return [lot for lot in found if lot_decisions.may_release(lot, current_user, today)]


@bp.get("/release")
@requires(Permission.RELEASE_LOT)
def several() -> ResponseReturnValue:
    offered = to_release()
    form = shown(SeveralForm, offered)
    form.seen.data = " ".join(
        f"{lot.code}={signing.sha256_of(lot_decisions.shown_when_released(lot))}" for lot in offered
    )
    return render_template("lots/several.html", offered=offered, decision=form)


@bp.post("/release")
@requires(Permission.RELEASE_LOT)
@on_refusal(several)
def release_several() -> ResponseReturnValue:
    released = submit(SeveralForm(to_release()), lot_decisions.release_lots)
    flash(ngettext("%(num)s lot is released.", "%(num)s lots are released.", len(released)))
    return redirect(url_for("lots.waiting"), 303)


@bp.get("/<code>/reject")
@requires(Permission.RELEASE_LOT)
def reject(code: str) -> ResponseReturnValue:
    return _taking_back("lots/reject.html", find(Lot, code), RejectForm)


@bp.post("/<code>/reject")
@requires(Permission.RELEASE_LOT)
@on_refusal(reject)
def reject_lot(code: str) -> ResponseReturnValue:
    form = RejectForm()
    submit(form, lot_decisions.reject_lot, lambda session: form.arguments_of(session, code))
    flash(_("%(code)s is rejected.", code=code))
    return back_to(code)


@bp.get("/<code>/recall")
@requires(Permission.RELEASE_LOT)
def recall(code: str) -> ResponseReturnValue:
    return _taking_back("lots/recall.html", find(Lot, code), RecallForm)


def _taking_back(template: str, lot: Lot, kind: type[AgainstForm]) -> ResponseReturnValue:
    """The form to sign, below how far the lot went."""
    session = reading_session()
    made = lot_reach.descendants(session, lot)
    return render_template(
        template,
        lot=lot,
        made=made,
        uses=histories.whose(lot_reach.uses(session, [lot, *made])),
        tubes=qc_run_reach.tubes_tested(session, [each.id for each in (lot, *made)]),
        decision=shown(kind).showing(lot_decisions.shown_for_decision(lot)),
    )


@bp.post("/<code>/recall")
@requires(Permission.RELEASE_LOT)
@on_refusal(recall)
def recall_lot(code: str) -> ResponseReturnValue:
    form = RecallForm()
    submit(form, lot_decisions.recall_lot, lambda session: form.arguments_of(session, code))
    flash(_("%(code)s and what was prepared from it are recalled.", code=code))
    return back_to(code)


@bp.get("/<code>/correct")
@requires(Permission.RECEIVE_LOT)
def correct(code: str) -> ResponseReturnValue:
    lot = find(Lot, code)
    columns = ("version", "maker_number", "expires_on", "quantity", "storage")
    entered = {name: getattr(lot, name) for name in columns}
    corrected = shown(CorrectForm, lot.item.unit, **entered)
    return render_template("lots/correct.html", lot=lot, lot_form=corrected)


@bp.post("/<code>/correct")
@requires(Permission.RECEIVE_LOT)
@on_refusal(correct)
def correct_lot(code: str) -> ResponseReturnValue:
    form = CorrectForm(find(Lot, code).item.unit)
    submit(form, lots.correct_lot, lambda session: form.arguments_of(session, code))
    flash(_("The entry is corrected. Print the label anew."))
    return back_to(code)


@bp.get("/<code>/count")
@requires(Permission.RECEIVE_LOT)
def count(code: str) -> ResponseReturnValue:
    lot = find(Lot, code)
    left = stock.remaining_of(reading_session(), [lot])[lot.id]
    counted = shown(CountForm, lot.item.unit)
    return render_template("lots/count.html", lot=lot, left=left, lot_form=counted)


@bp.post("/<code>/count")
@requires(Permission.RECEIVE_LOT)
@on_refusal(count)
def correct_stock(code: str) -> ResponseReturnValue:
    form = CountForm(find(Lot, code).item.unit)
    submit(form, lots.correct_stock, lambda session: form.arguments_of(session, code))
    flash(_("The stock is corrected."))
    return back_to(code)
