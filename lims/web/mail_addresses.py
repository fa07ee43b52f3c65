"""Where a person is reminded by mail: the field and its forms."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lims.devices.mail import is_address
from lims.web.fields import Typed
from lims.web.forms import Form
from lims.web.staff_forms import OfPerson


class MailField(Typed):
    """One mail address, as every server takes it."""

    def read(self, typed: str) -> str:
        if not is_address(typed):
            raise ValueError(_l("Write one address, such as ivan@clinic.example."))
        return typed


class OwnMailForm(Form):
    address = MailField(
        _l("Mail address"),
        required=False,
        hint=_l(
            "In the morning of a day on which something is due for you, a mail says so:"
            " codes and times, no patient's name. Empty: none."
        ),
    )

    def arguments(self, session: Session) -> Mapping[str, Any]:
        return {"address": self.address.data}


class MailForm(OwnMailForm, OfPerson):
    """That of somebody else."""
