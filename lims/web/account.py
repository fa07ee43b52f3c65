"""Signing in and off, choosing one's own password and language."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug import Response
from wtforms.validators import ValidationError

from lims.models.user import Language
from lims.web import auth
from lims.web.auth import own_path, public, signed_in
from lims.web.choices import PickField
from lims.web.current import site
from lims.web.fields import PasswordField, TextField
from lims.web.forms import Form, on_refusal, shown, submit
from lims.web.language import NAMES
from lims.workflows import people

bp = Blueprint("account", __name__)

LONGEST_LOGIN = 64


class SignInForm(Form):
    login = TextField(_l("Sign-in name"), longest=LONGEST_LOGIN)
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


class ChangePasswordForm(ChosenPassword):
    current = PasswordField(_l("Present password"))


class LanguageForm(Form):
    language = PickField(_l("Language"))

    def __init__(self, *positional: Any, **values: Any) -> None:
        super().__init__(*positional, **values)
        self.language.choices = [(tag, NAMES[tag]) for tag in site().settings.languages]
