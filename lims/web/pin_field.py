"""The field that takes a PIN."""

from typing import Any

from lims.web.fields import PasswordField
from lims.workflows import pins


class PinField(PasswordField):
    """Six digits, typed on any keyboard and never shown again."""

    longest = pins.DIGITS

    def __init__(self, label: Any, *, autocomplete: str = "off", **options: Any):
        keys = {"inputmode": "numeric", "maxlength": str(pins.DIGITS), "data-pin": ""}
        super().__init__(label, autocomplete=autocomplete, render_kw=keys, **options)
