"""Fields answered by choosing: words of a closed set, records offered by the page, yes or no."""

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms.fields import BooleanField, RadioField, SelectMultipleField
from wtforms.utils import unset_value

from lims.web.fields import presence


def words(members: Any) -> list[tuple[StrEnum, Any]]:
    """Each member with its word, looked up when the page is made, in the reader's language."""
    return [(member, _l(member.value.replace("_", " "))) for member in members]


class ChoiceField(RadioField):
    """One member of an enum, as large radio buttons; `only` narrows the offer."""

    part = "choice"

    def __init__(
        self,
        label: Any,
        kind: type[StrEnum],
        *,
        only: Any = None,
        required: bool = True,
        hint: Any = "",
        **options: Any,
    ) -> None:
        self.kind = kind
        super().__init__(
            label,
            presence(required),
            choices=words(only or kind),
            coerce=lambda value: value,
            validate_choice=False,
            description=hint,
            **options,
        )

    @property
    def chosen(self) -> list[Any]:
        return [self.data]

    def process_data(self, value: Any) -> None:
        self.data = None if value in (None, unset_value) else self.kind(value)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        if valuelist and valuelist[0]:
            self.data = self.member(valuelist[0])

    def member(self, value: str) -> StrEnum:
        for member, _ in self.choices:
            if member.value == value:
                return member  # type: ignore[no-any-return]
        raise ValueError(_l("Choose one of those offered."))


class ChoicesField(SelectMultipleField):
    """Any number of members of an enum, as check boxes."""

    part = "choices"

    def __init__(
        self,
        label: Any,
        kind: type[StrEnum],
        *,
        only: Any = None,
        required: bool = False,
        hint: Any = "",
        **options: Any,
    ) -> None:
        self.kind = kind
        super().__init__(
            label,
            presence(required),
            choices=words(only or kind),
            coerce=kind,
            validate_choice=False,
            description=hint,
            **options,
        )

    @property
    def chosen(self) -> list[Any]:
        return self.data or []

    def process_formdata(self, valuelist: list[Any]) -> None:
        offered = {member.value: member for member, _ in self.choices}
        self.data = [offered[value] for value in valuelist if value in offered]
        if len(self.data) != len(valuelist):
            raise ValueError(_l("Choose among those offered."))


class PickField(RadioField):
    """One of the records the page offers; set `choices` to (code, text) in the form's __init__."""

    part = "choice"

    def __init__(self, label: Any, *, required: bool = True, hint: Any = "", **options: Any):
        options.setdefault("choices", [])
        super().__init__(
            label,
            presence(required),
            coerce=lambda value: str(value) if value else None,
            validate_choice=False,
            description=hint,
            **options,
        )

    @property
    def chosen(self) -> list[Any]:
        return [self.data]

    def pre_validate(self, form: Any) -> None:
        if self.data and self.data not in [str(code) for code, _ in self.choices]:
            raise ValueError(_l("Choose one of those offered."))


class TickField(BooleanField):
    """Yes when ticked; `required` makes it a confirmation that must be given."""

    part = "tick"

    def __init__(self, label: Any, *, required: bool = False, hint: Any = "", **options: Any):
        self.must = required
        super().__init__(label, [], description=hint, **options)

    def pre_validate(self, form: Any) -> None:
        if self.must and not self.data:
            raise ValueError(_l("Tick this to go on."))


