"""The locked screen: whoever left it comes back by PIN or password, and to the form as it was."""

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from lims.errors import LimsError
from lims.web import auth, current
from lims.web.auth import at_lock, own_path, signed_in
from lims.web.fields import PasswordField
from lims.web.forms import Form, Incomplete, checked, on_refusal, shown
from lims.web.pin_field import PinField
from lims.workflows import pins, signing

bp = Blueprint("locking", __name__)


class UnlockForm(Form):
    """The one or the other: which of them is asked, the page says."""

    pin = PinField(_l("PIN"), required=False)
    password = PasswordField(_l("Password"), required=False)

    def proved(self) -> signing.Proof:
        if self.pin.data:
            return current.prove_pin(current_user.code, self.pin.data)
        if not self.password.data:
            raise Incomplete()
        return current.prove(current_user.login, self.password.data)


@bp.get("/locked")
@at_lock
def show() -> ResponseReturnValue:
    target = own_path(request.args.get("next"))
    if not current_user.session_locked:
        return redirect(target or url_for("home.show"))
    here = current.terminal()
    by_pin = here and pins.opens(current.reading_session(), current_user, here.code)
    return render_template(
        "account/locked.html",
        unlock=shown(UnlockForm),
        by_pin=by_pin and "password" not in request.args,
        next=target or "",
    )


@bp.post("/lock")
@signed_in
def lock() -> ResponseReturnValue:
    auth.lock()
    if auth.asked_by_script():
        return "", 204
    return redirect(url_for("locking.show"), 303)


@bp.post("/unlock")
@at_lock
@on_refusal(show)
def unlock() -> ResponseReturnValue:
    form = UnlockForm()
    try:
        with checked(form):
            auth.unlock(form.proved())
    except LimsError as refusal:
        if not auth.asked_by_script():
            raise
        return jsonify(sentence=form.refusal), refusal.status
    if auth.asked_by_script():
        return "", 204
    return redirect(own_path(request.args.get("next")) or url_for("home.show"), 303)


@bp.post("/here")
@signed_in
def here() -> ResponseReturnValue:
    """Somebody types at a page that asks the server for nothing: the screen is not left alone."""
    return "", 204
