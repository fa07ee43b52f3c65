"""The results of one aliquot, or of one fill itself, read together: a row a test, each recorded by
itself, so that one row that is refused loses nothing of the others."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID, uuid5

from flask import Blueprint, flash, g, make_response, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.aliquot import QcTest
from lims.permissions import Permission
from lims.web import current, filters
from lims.web.auth import requires
from lims.web.current import new_key, reading_session
from lims.web.forms import Form, Incomplete, on_refusal
from lims.web.navigation import address_of
from lims.web.qc_at_once import Subject, subject_of, tests_of
from lims.web.qc_forms import MEMBER, ResultRow, result_row
from lims.web.rows import RowField
from lims.web.times import NowField
from lims.workflows import (
    codes,
    computed_results,
    qc_at_once,
    qc_readings,
    qc_results,
    qc_run_members,
)
from lims.workflows.qc_entries import Entry
from lims.workflows.qc_read_outside import Outside

bp = Blueprint("qc_together", __name__, url_prefix="/qc/of")


class NothingTyped(LimsError):
    sentence = N_("Enter at least one result.")


class ResultField(RowField):
    """A row, and above the form the link to it where it was not recorded."""

    part = "row"

    @property
    def errors(self) -> list[Any]:
        """Those of its fields, or its own."""
        row: ResultRow = self.form
        return [*row.errors, *([row.problem] if row.problem else [])]


class RowsForm(Form):
    """`form_of` adds a row for each test, under its code."""

    @property
    def rows(self) -> dict[str, ResultRow]:
        return {each.name: each.form for each in self if isinstance(each, ResultField)}

    @property
    def shared_is_right(self) -> bool:
        return not any(each.errors for each in self if not isinstance(each, ResultField))

    def typed(self) -> dict[str, ResultRow]:
        """The rows that hold a result; raises where none does, or where what all share is not
        right."""
        self.validate()
        found = {code: row for code, row in self.rows.items() if not row.is_blank()}
        try:
            if not self.shared_is_right:
                raise Incomplete()
            if not found:
                raise NothingTyped()
            self.prove()
        except LimsError as error:
            self.refuse(error)
            raise
        return found

    def goes_on(self, *, some: bool) -> None:
        """What was refused is sent again by itself: its key is another; `some` were recorded."""
        self.key.data = new_key()
        self.refusal = (
            _("What is marked below is not recorded yet. The other results are.")
            if some
            else _("Nothing was recorded yet: look at what is marked below.")
        )
        self.ask_for_files()


class ResultsForm(RowsForm):
    read_at = NowField(_l("Read at"))


AnyRows = TypeVar("AnyRows", bound=RowsForm)


def form_of(
    kind: type[AnyRows], rows: Mapping[str, ResultField], begun: Mapping[str, Any] | None
) -> AnyRows:
    """As it was sent; as it is begun, where it was not."""
    with_rows: type[AnyRows] = type(kind.__name__, (kind,), dict(rows))
    return with_rows() if begun is None else with_rows(formdata=None, **begun)


def rows_for(tests: Sequence[QcTest]) -> dict[str, ResultField]:
    lines = {test.code: qc_results.line_of(test) for test in tests}
    return {
        code: ResultField(result_row(line), filters.shipped(line.name))
        for code, line in lines.items()
    }


def begun_with(test: QcTest) -> dict[str, Any]:
    """What a row begins with: the method, and of a culture the day by the calendar."""
    values: dict[str, Any] = {"method": filters.shipped(test.line.method)}
    if test.started_at is not None and qc_results.line_of(test).days_to_read:
        values["days_read"] = (clock.today() - clock.day_of(test.started_at)).days
    return values


@bp.get("/<code>/results")
@requires(Permission.ENTER_RESULT)
def enter(code: str) -> ResponseReturnValue:
    offered = offered_of(subject := subject_of(code))
    refused = g.get("refused_form")
    begun = {test.code: begun_with(test) for test in offered}
    return page(subject, offered, refused or form_of(ResultsForm, rows_for(offered), begun))


def offered_of(subject: Subject) -> list[QcTest]:
    """What can be read of it here: what is in a run is read there."""
    tests = qc_at_once.to_enter(tests_of(subject))
    in_runs = qc_run_members.open_of_all(reading_session(), tests)
    return [test for test in tests if test.id not in in_runs]


def page(subject: Subject, offered: Sequence[QcTest], form: ResultsForm) -> str:
    session = reading_session()
    rows = form.rows
    return render_template(
        "qc/together.html",
        subject=subject,
        offered=[(test, qc_results.line_of(test), rows[test.code]) for test in offered],
        computed={test.code: computed_results.of_test(session, test) for test in offered},
        in_runs=qc_run_members.open_of_all(session, tests_of(subject)).values(),
        due_on=qc_readings.due_on,
        today=clock.today(),
        entering=form,
        member=MEMBER,
    )


@bp.post("/<code>/results")
@requires(Permission.ENTER_RESULT)
@on_refusal(enter)
def record_results(code: str) -> ResponseReturnValue:
    asked = offered_of(subject_of(code))
    form = form_of(ResultsForm, rows_for(asked), None)
    typed = form.typed()
    entered = [
        each
        for each, row in typed.items()
        if not row.errors and record(form, each, row, row.entry(form.read_at.data))
    ]
    tell(entered)
    if len(entered) == len(typed):
        current.forget_draft(f"/qc/of/{code}/results", form.called)
        return redirect(address_of(code.upper()), 303)
    form.goes_on(some=bool(entered))
    left = [test.code for test in asked if test.code not in entered]
    return make_response(once_more(code, left, form), 422)


def tell(entered: Sequence[str]) -> None:
    if entered:
        flash(
            ngettext("%(num)s result is recorded.", "%(num)s results are recorded.", len(entered))
        )


def record(
    form: RowsForm,
    code: str,
    row: ResultRow,
    entry: Entry,
    outside: Callable[[], Outside] | None = None,
) -> bool:
    """Whether the result of this row was recorded; if not, the row says why."""
    key = str(uuid5(UUID(str(form.key.data)), code))
    try:
        told = outside() if outside else None

        def arguments(session: Session) -> dict[str, Any]:
            return {"test": codes.load(session, code, QcTest), "entry": entry, "outside": told}

        current.run(qc_results.enter_result, key=key, arguments=arguments)
    except LimsError as error:
        row.refuse(error)
        return False
    return True


def once_more(code: str, left: Collection[str], form: ResultsForm) -> str:
    """The page with the rows that are not recorded yet, as they were typed."""
    tests = tests_of(subject := subject_of(code))
    return page(subject, [test for test in tests if test.code in left], form)
