"""Signing in and off, choosing one's own password and language."""

from collections.abc import Mapping
from typing import Any, cast

from flask import Blueprint, Response, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms.validators import ValidationError

from lims import clock
from lims.demo import accounts
from lims.models.user import Language, User
from lims.web import auth, browser, current, demonstration
from lims.web.auth import at_lock, own_path, public, signed_in
from lims.web.choices import PickField
from lims.web.current import reading_session, site
from lims.web.fields import PasswordField, TextField
from lims.web.forms import Form, checked, on_refusal, shown, submit
from lims.web.language import NAMES
from lims.web.mail_addresses import OwnMailForm
from lims.web.people import OwnPassword
from lims.web.pins import BadgeForm, ChosenPinForm
from lims.workflows import people, pins, reminding, signing_in, training

bp = Blueprint("account", __name__)

LONGEST_LOGIN = 64


class SignInForm(Form):
    login = TextField(_l("Sign-in name"), longest=LONGEST_LOGIN, autocomplete="username")
    password = PasswordField(_l("Password"))


class ChosenPassword(Form):
    """A password typed twice; how good it must be is the workflow's to say."""

    password = PasswordField(
        _l("New password"),
        autocomplete="new-password",
        hint=_l("At least 12 characters. A few words in a row are easy to keep in mind."),
    )
    again = PasswordField(_l("The new password once more"), autocomplete="new-password")

    def validate_again(self, field: PasswordField) -> None:
        if field.data != self.password.data:
            raise ValidationError(_("The two are not alike. Type them again."))


class FirstPasswordForm(ChosenPassword):
    login = TextField(_l("Sign-in name"), longest=LONGEST_LOGIN)
    one_time_code = TextField(_l("One-time code"), longest=64)

    def arguments(self, session: Session) -> Mapping[str, Any]:
        return {
            "login": self.login.data,
            "code": self.one_time_code.data,
            "password": self.password.data,
            "language": str(get_locale()),
        }


class ChangePasswordForm(ChosenPassword):
    present = OwnPassword(_l("Present password"))

    def arguments(self, session: Session) -> Mapping[str, Any]:
        return {"proof": self.present.proof, "password": self.password.data}


class LanguageForm(Form):
    language = PickField(_l("Language"))

    def __init__(self, *positional: Any, **values: Any) -> None:
        super().__init__(*positional, **values)
        self.language.choices = [(tag, NAMES[tag]) for tag in site().settings.languages]

    def arguments(self, session: Session) -> Mapping[str, Any]:
        return {"language": Language(self.language.data)}


@bp.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    target = own_path(request.args.get("next")) or ""
    return render_template(
        "account/sign_in.html",
        sign_in=shown(SignInForm),
        badge_form=BadgeForm(formdata=None) if current.terminal() else None,
        next=target,
        to_try=demonstration.to_try(),
        password=accounts.PASSWORD,
    )


@bp.post("/sign-in")
@public
@on_refusal(sign_in)
def record_sign_in() -> ResponseReturnValue:
    form = SignInForm()
    demonstration.go_on_as_shown()
    with checked(form):
        left = auth.begin(current.prove(str(form.login.data), str(form.password.data)))
    return entered(own_path(request.args.get("next")) or left)


def entered(target: str | None) -> ResponseReturnValue:
    """To `target`, else to the first page; a terminal keeps its cookie anew."""
    answer = redirect(target or url_for("home.show"), 303)
    token = browser.token() if current.terminal() else None
    return browser.keep(cast(Response, answer), token) if token else answer


@bp.get("/switch")
@public
def switch() -> ResponseReturnValue:
    """The PIN of who scanned a badge at a terminal, whoever is signed in there."""
    if current.terminal() is None:
        return redirect(url_for("account.sign_in"))
    code = request.args.get("badge", "")
    return render_template(
        "account/switch.html",
        badge_form=shown(BadgeForm, badge=code),
        comes=reading_session().scalar(select(User).where(User.code == code)),
        left=own_path(request.args.get("left")) or "",
    )


@bp.post("/switch")
@public
@on_refusal(switch)
def record_switch() -> ResponseReturnValue:
    if current.terminal() is None:
        raise current.NotAtTerminal()
    form = BadgeForm()
    with checked(form):
        proof = current.prove_pin(str(form.badge.data), str(form.pin.data))
        left = auth.begin(proof, own_path(request.args.get("left")))
    return entered(own_path(request.args.get("next")) or left)


@bp.post("/sign-off")
@at_lock
def sign_off() -> ResponseReturnValue:
    auth.end()
    flash(_("You are signed off."))
    return redirect(url_for("account.sign_in"), 303)


@bp.get("/first-password")
@public
def first_password() -> ResponseReturnValue:
    return render_template("account/first_password.html", chosen=shown(FirstPasswordForm))


@bp.post("/first-password")
@public
@on_refusal(first_password)
def record_first_password() -> ResponseReturnValue:
    submit(FirstPasswordForm(), people.choose_password)
    flash(_("The password is saved. Sign in with it."))
    return redirect(url_for("account.sign_in"), 303)


@bp.get("/account")
@signed_in
def show() -> ResponseReturnValue:
    preference = shown(LanguageForm, language=str(current_user.language))
    own = training.standings(reading_session(), [current_user], clock.today())[current_user.id]
    return render_template(
        "account/show.html",
        change=shown(ChangePasswordForm),
        pin=shown(ChosenPinForm),
        preference=preference,
        mail=shown(OwnMailForm, address=current_user.mail_address),
        standings=own,
    )


@bp.post("/account/password")
@signed_in
@on_refusal(show)
def record_new_password() -> ResponseReturnValue:
    submit(ChangePasswordForm(), signing_in.change_password)
    flash(_("The password is changed. Sign in with it."))
    return redirect(url_for("account.sign_in"), 303)


@bp.post("/account/pin")
@signed_in
@on_refusal(show)
def record_pin() -> ResponseReturnValue:
    submit(ChosenPinForm(), pins.choose_pin)
    flash(_("Your PIN is chosen. With your badge it signs you in at the laboratory's terminals."))
    return redirect(url_for("account.show"), 303)


@bp.post("/account/language")
@signed_in
@on_refusal(show)
def record_language() -> ResponseReturnValue:
    submit(LanguageForm(), signing_in.choose_language)
    return redirect(url_for("account.show"), 303)


@bp.post("/account/mail")
@signed_in
@on_refusal(show)
def record_mail_address() -> ResponseReturnValue:
    submit(OwnMailForm(), reminding.choose_mail_address)
    flash(_("Your mail address is saved."))
    return redirect(url_for("account.show"), 303)


@bp.post("/language")
@public
def choose_language() -> ResponseReturnValue:
    """The language of this browser until somebody signs in; then theirs, if they chose none yet."""
    if request.form.get("language") in site().settings.languages:
        session["language"] = request.form["language"]
    return redirect(own_path(request.args.get("next")) or url_for("account.sign_in"), 303)
