"""The choice of one's own PIN, and the badge it goes with."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms.validators import ValidationError

from lims.web.forms import Form
from lims.web.people import OwnPassword
from lims.web.pin_field import PinField
from lims.web.scans import CodeField


class ChosenPinForm(Form):
    """A PIN typed twice; how good it must be is the workflow's to say."""

    present = OwnPassword(_l("Your password"))
    pin = PinField(_l("New PIN"))
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
