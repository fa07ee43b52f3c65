"""A PIN: the field, the choice of one's own, and the badge it goes with."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms.validators import ValidationError

from lims.web.fields import PasswordField
from lims.web.forms import Form
from lims.web.people import OwnPassword
from lims.web.scans import CodeField
from lims.workflows import pins


class PinField(PasswordField):
    """Six digits, typed on any keyboard and never shown again."""

    longest = pins.DIGITS

    def __init__(self, label: Any, *, autocomplete: str = "off", **options: Any):
        keys = {"inputmode": "numeric", "maxlength": str(pins.DIGITS), "data-pin": ""}
        super().__init__(label, autocomplete=autocomplete, render_kw=keys, **options)


class ChosenPinForm(Form):
    """A PIN typed twice; how good it must be is the workflow's to say."""

    present = OwnPassword(_l("Password"))
    pin = PinField(
        _l("New PIN"),
        hint=_l("Six digits. With your badge it signs you in at the laboratory's terminals."),
    )
    pin_again = PinField(_l("The new PIN once more"))

    def validate_pin_again(self, field: PinField) -> None:
        if field.data != self.pin.data:
            raise ValidationError(_("The two are not alike. Type them again."))

    def arguments(self, session: Session) -> Mapping[str, Any]:
        return {"proof": self.present.proof, "pin": self.pin.data}


class BadgeForm(Form):
    """A badge and its PIN, in front of a terminal."""

    badge = CodeField(_l("Badge"), "US", hint=_l("Scan it."))
    pin = PinField(_l("PIN"))
