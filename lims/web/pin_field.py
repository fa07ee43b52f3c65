"""The field that takes a PIN."""

from typing import Any

from flask_babel import lazy_gettext as _l

from lims.web.fields import PasswordField
from lims.workflows import pins


class PinField(PasswordField):
    """Six digits, typed on any keyboard and never shown again."""

    longest = pins.DIGITS

    def __init__(self, label: Any, *, autocomplete: str = "off", **options: Any):
        keys = {"inputmode": "numeric", "maxlength": str(pins.DIGITS), "data-pin": ""}
        super().__init__(label, autocomplete=autocomplete, render_kw=keys, **options)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """What can be no PIN is no wrong try of one."""
        super().process_formdata(valuelist)
        if self.data and not pins.SHAPE.fullmatch(self.data):
            raise ValueError(_l("A PIN is six digits. Type them by hand: no scan is a PIN."))
