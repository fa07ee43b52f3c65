"""A field of several alike rows: the vessels of a split, the counts of a harvest."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import FieldList, FormField
from wtforms import Form as PlainForm

MOST_ROWS = 200


class Row(PlainForm):
    """The base of a row; declare its fields as in a form. A row left empty is no row."""

    def is_blank(self) -> bool:
        return not any(field.raw_data and str(field.raw_data[0]).strip() for field in self)


class RowField(FormField):
    """One row; its fields are looked at only when something was typed into it."""

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        if self.form.is_blank():
            for field in self.form:
                field.errors, field.process_errors = (), []
            return True
        return bool(super().validate(form, extra_validators))


class RowsField(FieldList):
    """`shown` rows of `kind` to begin with, more by a button; `.filled` are those typed into."""

    part = "rows"

    def __init__(
        self,
        label: Any,
        kind: type[Row],
        *,
        least: int = 1,
        shown: int = 3,
        hint: Any = "",
        **options: Any,
    ) -> None:
        self.least = least
        self.problems: list[Any] = []
        super().__init__(
            RowField(kind),
            label,
            min_entries=shown,
            max_entries=MOST_ROWS,
            description=hint,
            **options,
        )

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        fine = bool(super().validate(form, extra_validators))
        if len(self.filled) < self.least:
            self.problems = [_l("Fill in at least %(least)s.", least=self.least)]
            self.errors: list[Any] = [*self.errors, *self.problems]
            return False
        return fine

    @property
    def filled(self) -> list[Any]:
        """The forms of the rows that hold something, in order."""
        return [entry.form for entry in self.entries if not entry.form.is_blank()]
