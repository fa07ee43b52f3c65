"""What a form says of its codes: which a scanner read, which the page filled in, which copies."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import Field, FieldList, FormField, HiddenField

from lims.web.scans import CodeField, CopiesField, ScansField
from lims.workflows import entered_codes
from lims.workflows.command import by_scanner, copies_read

Arguments = Callable[[Session], Mapping[str, Any]]


class WithCodes(FlaskForm):
    """The base of `Form`; the codes of its fields are told to the command with how they came."""

    by_scanner = HiddenField()
    """The codes that a scanner read into this form (scan.js); the others were typed by hand."""

    filled_in = HiddenField()
    """The codes that stood in its fields when the page was opened: nobody typed these."""

    copies = CopiesField()
    """Which copy of a label each container bears, where a refusal asked for it."""

    run_in: Mapping[Any, Any] = MappingProxyType({})
    """What the session noted in which the command was run."""

    def __init__(self, *positional: Any, **values: Any) -> None:
        super().__init__(*positional, **values)
        if self.filled_in.raw_data is None:  # a page that is opened, not one that is sent
            self.filled_in.data = " ".join(codes_of(self))

    def arguments(self, session: Session) -> Mapping[str, Any]:
        """What the command is given besides session and person; records are found in `session`."""
        return {}

    def scanned_with(self, arguments: Arguments | None) -> Arguments:
        """`arguments`, else the form's own; the command also knows how their codes came."""

        def told(session: Session) -> Mapping[str, Any]:
            self.run_in = session.info
            read = str(self.by_scanner.data or "").split()
            untouched = set(str(self.filled_in.data or "").split()) - set(read)
            by_scanner(session, read)
            entered_codes.of_form(session, [c for c in codes_of(self) if c not in untouched])
            copies_read(session, self.copies.data)
            return (arguments or self.arguments)(session)

        return told


def codes_of(fields: Iterable[Field]) -> Iterator[str]:
    """What stands in the fields that take codes, those of rows and of people included."""
    for field in fields:
        if isinstance(field, CodeField) and field.data:
            yield field.data
        elif isinstance(field, ScansField):
            yield from field.data
        elif isinstance(field, FieldList):
            yield from codes_of(field.entries)
        elif isinstance(field, FormField):
            yield from codes_of(field.form)
