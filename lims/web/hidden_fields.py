"""What a form's page sends along unseen: its key, and the version of what it showed."""

from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from lims.web.current import new_key


class KeyField(HiddenField):
    """Makes a double click, a reload or a lost answer one act, not two."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            self.data = str(UUID(valuelist[0]))
        except (ValueError, IndexError):
            self.data = new_key()
            raise ValueError(_l("This page was damaged on its way. Send it again.")) from None


class VersionField(HiddenField):
    """The version of the record that the page showed."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = valuelist[0] if valuelist else ""
        self.data = None
        if text and not (text.isascii() and text.isdigit() and len(text) < 16):
            raise ValueError(_l("This page was damaged on its way. Open it anew."))
        self.data = int(text) if text else None

    def _value(self) -> str:
        return "" if self.data is None else str(self.data)
