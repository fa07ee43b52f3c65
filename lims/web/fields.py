"""The kinds of field that pages share: each reads what a person types and says what is wrong.

A field checks shape only (a number, a date, a code); meaning is the workflow's, limits are the
specification's. What was typed stays in the field, right or wrong.
"""

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import InstrumentedAttribute
from wtforms import Field
from wtforms.validators import StopValidation
from wtforms.widgets import PasswordInput, TextArea, TextInput

from lims.models.types import Scaled
from lims.web import filters

LARGEST = Decimal(10) ** 12
"""Above every true measure here, below what a column of thousandths holds."""
MOST_CELLS = 10**15
LONGEST_TEXT = 2000
SPACES = str.maketrans("", "", " \t\u00a0\u202f\u2009\u2007")
"""What people and spreadsheets put between thousands."""


class Needed:
    """Refuses an empty field; what made a filled one unreadable was already said."""

    field_flags = {"required": True}

    def __call__(self, form: Any, field: Any) -> None:
        if field.data in (None, "", []) and not field.process_errors:
            field.errors = []
            raise StopValidation(_l("Fill this in."))


class Leavable:
    """Accepts an empty field without looking further."""

    field_flags = {"optional": True}

    def __call__(self, form: Any, field: Any) -> None:
        if field.data in (None, "", []) and not field.process_errors:
            raise StopValidation()


def presence(required: bool) -> list[Any]:
    return [Needed() if required else Leavable()]


class Typed(Field):
    """What a person types into one line; `read` makes a value of it or raises ValueError."""

    part = "line"
    widget = TextInput()
    data: Any
    raw_data: Any
    unit: Any = ""
    scan = False
    inputmode = "text"
    of_scan = False
    """Whether it tells of what was scanned and is emptied with a scan that is refused."""

    def __init__(
        self,
        label: Any,
        *,
        required: bool = True,
        hint: Any = "",
        validators: Sequence[Any] = (),
        **options: Any,
    ) -> None:
        super().__init__(label, [*presence(required), *validators], description=hint, **options)

    def let_go(self) -> None:
        """Empty it: the next scan comes here."""
        self.data, self.raw_data = None, None

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        typed = unicodedata.normalize("NFC", str(valuelist[0])).strip() if valuelist else ""
        if typed:
            self.data = self.read(typed)

    def read(self, typed: str) -> Any:
        return typed

    def shown(self, value: Any) -> str:
        return str(value)

    def _value(self) -> str:
        """As typed, else the value the page began with."""
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.shown(self.data)


class TextField(Typed):
    """One line of words; `scan=True` takes a foreign barcode too, such as a maker's lot number."""

    def __init__(
        self,
        label: Any,
        *,
        longest: int = 200,
        scan: bool = False,
        autocomplete: str = "off",
        **options: Any,
    ):
        super().__init__(label, **options)
        self.longest = longest
        self.scan = scan
        self.autocomplete = autocomplete

    def read(self, typed: str) -> str:
        text = typed.replace("\r\n", "\n")
        if len(text) > self.longest:
            raise ValueError(_l("At most %(most)s characters.", most=self.longest))
        if any(unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co") for sign in self.lines(text)):
            raise ValueError(_l("There is an unprintable character in it. Type it by hand."))
        return text

    def lines(self, text: str) -> str:
        return text


class LongTextField(TextField):
    """Words over several lines: a comment, a reason."""

    part = "text"
    widget = TextArea()

    def __init__(self, label: Any, *, longest: int = LONGEST_TEXT, **options: Any):
        super().__init__(label, longest=longest, **options)

    def lines(self, text: str) -> str:
        return text.replace("\n", "")


class PasswordField(Typed):
    """Taken as typed, spaces included, and never shown again."""

    part = "password"
    widget = PasswordInput(hide_value=True)
    longest = 256

    def __init__(self, label: Any, *, autocomplete: str = "current-password", **options: Any):
        super().__init__(label, **options)
        self.autocomplete = autocomplete

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = str(valuelist[0]) if valuelist and valuelist[0] else None
        if self.data and len(self.data) > self.longest:
            raise ValueError(_l("At most %(most)s characters.", most=self.longest))


class DecimalField(Typed):
    """A measure: decimal comma or point, spaces between thousands, at most `places` decimals."""

    part = "number"
    inputmode = "decimal"

    def __init__(
        self,
        label: Any,
        *,
        unit: str = "",
        places: int = 3,
        least: Decimal | int | None = 0,
        most: Decimal | int = LARGEST,
        **options: Any,
    ) -> None:
        super().__init__(label, **options)
        self.unit, self.places, self.least, self.most = unit, places, least, most

    @classmethod
    def of(cls, column: InstrumentedAttribute[Any], label: Any, **options: Any) -> Any:
        """A field with the unit and the decimal places that `column` keeps."""
        kept = column.property.columns[0]
        places = kept.type.places if isinstance(kept.type, Scaled) else 0
        return cls(label, unit=kept.info.get("unit", ""), places=places, **options)

    def read(self, typed: str) -> Any:
        value = decimal(typed)
        if -int(value.normalize().as_tuple().exponent) > self.places:
            raise ValueError(_l("At most %(places)s decimal places.", places=self.places))
        return self.within(value)

    def within(self, value: Decimal) -> Decimal:
        if self.least is not None and value < self.least:
            raise ValueError(_l("Not below %(least)s.", least=self.shown(self.least)))
        if value > self.most or value < -LARGEST:
            raise ValueError(_l("Not above %(most)s.", most=self.shown(self.most)))
        return value

    def shown(self, value: Any) -> str:
        return filters.number(value)


MILLIONS = re.compile(r"(.*\d)\s*(?:m|mln|million|м|млн|миллион(?:а|ов)?)\.?")
"""As cells are told: 20 M, 20 млн."""


class WholeField(DecimalField):
    """A count: `1 200 000`, also written `1.2e6`, of cells `1.2 M`; `.data` is an int."""

    inputmode = "numeric"

    def __init__(self, label: Any, *, unit: str = "", most: int = MOST_CELLS, **options: Any):
        super().__init__(label, unit=unit, places=0, most=most, **options)

    def read(self, typed: str) -> int:
        millions = MILLIONS.fullmatch(typed.strip().lower()) if self.unit == "cells" else None
        number = decimal(millions[1]) * 1_000_000 if millions else decimal(typed)
        value = self.within(number)
        if value != value.to_integral_value():
            raise ValueError(_l("Give a whole number."))
        return int(value)


def decimal(typed: str) -> Decimal:
    """`1 234,5`, `1234.5` or `1.2e6` as a number; two kinds of mark at once are refused."""
    text = typed.translate(SPACES).replace("−", "-").replace("×10^", "e").lower()
    if ("," in text and "." in text) or text.count(",") > 1 or text.count(".") > 1:
        raise ValueError(_l("Write the number without marks between thousands: 1234,5 or 1234.5."))
    text = text.replace(",", ".")
    if not text.isascii() or "_" in text or len(text) > 40:
        raise ValueError(_l("Give a number."))
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(_l("Give a number.")) from None
    if not value.is_finite() or abs(value.adjusted()) > 18:
        raise ValueError(_l("Give a number."))
    return value
