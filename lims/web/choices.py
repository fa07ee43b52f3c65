"""Fields answered by choosing: words of a closed set, records offered by the page, yes or no."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from wtforms import Field
from wtforms.fields import BooleanField
from wtforms.validators import ValidationError

from lims.web.fields import presence
from lims.web.language import word_of

Offers = list[tuple[Any, Any]]


def words(members: Iterable[StrEnum]) -> Offers:
    """Each member with its word, looked up when the page is made, in the reader's language."""
    return [(member, LazyString(word_of, member)) for member in members]


class Offered(Field):
    """One of `choices`, as large radio buttons."""

    part = "choice"
    choices: Offers
    data: Any

    def __init__(
        self, label: Any, choices: Offers, *, required: bool = True, hint: Any = "", **options: Any
    ) -> None:
        super().__init__(label, presence(required), description=hint, **options)
        self.choices = choices

    @property
    def chosen(self) -> list[Any]:
        return [self.data]

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = str(valuelist[0]) if valuelist and valuelist[0] else None

    def pre_validate(self, form: Any) -> None:
        if self.data is None:
            return
        offered = [value for value, _ in self.choices if str(value) == str(self.data)]
        self.data = offered[0] if offered else None
        if not offered:
            raise ValidationError(_l("Choose one of those offered."))


class ChoiceField(Offered):
    """One member of an enum; `only` narrows the offer."""

    def __init__(
        self,
        label: Any,
        kind: type[StrEnum],
        *,
        only: Iterable[StrEnum] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(label, words(kind if only is None else only), **options)


class PickField(Offered):
    """One of the page's records; the form's __init__ sets `choices` to [(code, text)]."""

    def __init__(self, label: Any, choices: Offers | None = None, **options: Any) -> None:
        super().__init__(label, choices or [], **options)


class YesNoField(PickField):
    """Said one way or the other: what nobody chose is not taken for a no."""

    def __init__(self, label: Any, **options: Any) -> None:
        super().__init__(label, [("yes", _l("yes")), ("no", _l("no"))], **options)

    @property
    def is_yes(self) -> bool:
        return bool(self.data == "yes")


class PicksField(PickField):
    """Any number of the page's records, as check boxes."""

    part = "choices"

    @property
    def chosen(self) -> list[Any]:
        return self.data or []

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = list(dict.fromkeys(valuelist))

    def pre_validate(self, form: Any) -> None:
        offered = {value for value, _ in self.choices}
        if not offered.issuperset(self.data or []):
            raise ValidationError(_l("Choose among those offered."))


class ChoicesField(Offered):
    """Any number of members of an enum, as check boxes."""

    part = "choices"

    def __init__(
        self,
        label: Any,
        kind: type[StrEnum],
        *,
        only: Iterable[StrEnum] | None = None,
        required: bool = False,
        **options: Any,
    ) -> None:
        offers = words(kind if only is None else only)
        super().__init__(label, offers, required=required, **options)

    @property
    def chosen(self) -> list[Any]:
        return self.data or []

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = [value for value, _ in self.choices if str(value) in valuelist]
        if len(self.data) != len(set(valuelist)):
            raise ValueError(_l("Choose among those offered."))

    def pre_validate(self, form: Any) -> None:
        """Each was looked for among the offers when it was read."""


class TickField(BooleanField):
    """Yes when ticked; `required` makes it a confirmation that must be given."""

    part = "tick"

    def __init__(self, label: Any, *, required: bool = False, hint: Any = "", **options: Any):
        self.must = required
        super().__init__(label, [], description=hint, **options)

    def pre_validate(self, form: Any) -> None:
        if self.must and not self.data:
            raise ValidationError(_l("Tick this to go on."))
