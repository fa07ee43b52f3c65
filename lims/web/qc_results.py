"""A test under way: started here, sent outside, read, and a reading put right."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lims import clock
from lims.models.aliquot import QcTest, QcTestStatus
from lims.permissions import Permission
from lims.web import filters
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.forms import on_refusal, shown, submit
from lims.web.qc import facts_of, test_shown
from lims.web.qc_acts import acts
from lims.web.qc_forms import (
    MEMBER,
    ResultForm,
    SendForm,
    StartForm,
    result_form,
)
from lims.web.qc_run_forms import outside_form
from lims.workflows import (
    computed_results,
    qc_readings,
    qc_results,
    qc_run_told,
    qc_tests,
    signing,
)

bp = Blueprint("qc_results", __name__, url_prefix="/qc")


def back_to(code: str) -> ResponseReturnValue:
    return redirect(url_for("qc.show", code=code), 303)


@bp.get("/<code>/start")
@requires(Permission.ENTER_RESULT)
def start(code: str) -> ResponseReturnValue:
    test = test_shown(code)
    return render_template("qc/start.html", **facts_of(test), starting=shown(StartForm))


@bp.post("/<code>/start")
@requires(Permission.ENTER_RESULT)
@on_refusal(start)
def start_test(code: str) -> ResponseReturnValue:
    form = StartForm()
    submit(form, qc_tests.start_test, lambda session: form.of(session, code))
    flash(_("%(code)s is running.", code=code))
    return back_to(code)


@bp.get("/<code>/send")
@requires(Permission.ENTER_RESULT)
def send(code: str) -> ResponseReturnValue:
    test = test_shown(code)
    return render_template("qc/send.html", **facts_of(test), sending=shown(SendForm))


@bp.post("/<code>/send")
@requires(Permission.ENTER_RESULT)
@on_refusal(send)
def send_test(code: str) -> ResponseReturnValue:
    form = SendForm()
    submit(form, qc_tests.send_test, lambda session: form.of(session, code))
    flash(_("%(code)s is sent to the laboratory.", code=code))
    return back_to(code)


@bp.get("/<code>/result")
@requires(Permission.ENTER_RESULT)
def enter(code: str) -> ResponseReturnValue:
    test = test_shown(code)
    return render_template(
        "qc/enter.html",
        **facts_of(test),
        reading=shown(entry_form(test), **proposed(test)),
        member_of=qc_run_told.open_member(test),
        member=MEMBER,
        entered=qc_readings.READ,
        acts=acts(test),
    )


def entry_form(test: QcTest) -> type[ResultForm]:
    """Of a tube in a run only a fact is entered here, with why and its paper."""
    line = qc_results.line_of(test)
    in_run = qc_run_told.open_member(test) is not None
    return outside_form(line) if in_run else result_form(line, correcting=False)


def proposed(test: QcTest) -> dict[str, Any]:
    """What the form begins with: the method, the day by the calendar, what can be computed."""
    values: dict[str, Any] = {"method": filters.shipped(test.line.method)}
    if test.started_at is not None and qc_results.line_of(test).days_to_read:
        values["days_read"] = (clock.today() - clock.day_of(test.started_at)).days
    if (found := computed_results.of_test(reading_session(), test)) is not None:
        line = qc_results.line_of(test)
        values["result"] = filters.number(computed_results.shown(line, found))
    return values


@bp.post("/<code>/result")
@requires(Permission.ENTER_RESULT)
@on_refusal(enter)
def enter_result(code: str) -> ResponseReturnValue:
    form = entry_form(test_shown(code))()
    test = submit(form, qc_results.enter_result, lambda session: form.of(session, code))
    if test.status is QcTestStatus.ENTERED:
        flash(_("The result is entered. Another person verifies it."))
    else:
        flash(_("The reading is kept. The test goes on until its last day."))
    return back_to(code)


@bp.get("/<code>/correct")
@requires(Permission.ENTER_RESULT)
def correct(code: str) -> ResponseReturnValue:
    test = test_shown(code)
    kind = result_form(qc_results.line_of(test), correcting=True)
    form = shown(kind, **of_record(test))
    note_shown(form, test)
    return render_template("qc/correct.html", **facts_of(test), reading=form, member=MEMBER)


def note_shown(form: Any, test: QcTest) -> None:
    """Let the form carry what its page shows now, also after a refusal."""
    form.seen.data = signing.sha256_of(qc_readings.shown_of(test))


def of_record(test: QcTest) -> dict[str, Any]:
    """The reading of record as the form has it."""
    rows = qc_readings.rows_of_record(test)
    values: dict[str, Any] = {
        MEMBER + row.member if row.member else "result": row.entered for row in rows
    }
    if rows:
        for name in ("method", "days_read", "spike_recovery_pct", "read_at"):
            values[name] = getattr(rows[0], name)
        values["method"] = filters.shipped(rows[0].method)
    return values


@bp.post("/<code>/correct")
@requires(Permission.ENTER_RESULT)
@on_refusal(correct)
def correct_result(code: str) -> ResponseReturnValue:
    form: ResultForm = result_form(qc_results.line_of(test_shown(code)), correcting=True)()
    submit(
        form,
        qc_results.correct_result,
        lambda session: {
            **form.of(session, code),
            "reason": form["reason"].data or "",
            "seen": form["seen"].data or "",
        },
    )
    flash(_("The result is corrected. What was entered first stays visible."))
    return back_to(code)
