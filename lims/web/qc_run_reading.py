"""A run at QC being read: each tube asked for by name and scanned, its result entered."""

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lims.errors import LimsError
from lims.models.aliquot import Aliquot, QcTestStatus
from lims.models.qc_run import QcRun, QcRunMember, QcRunStatus
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.forms import on_refusal, shown, submit
from lims.web.looks import note_look
from lims.web.qc_forms import MEMBER
from lims.web.qc_results import proposed
from lims.web.qc_run_forms import read_form
from lims.web.qc_run_shown import facts_of, run_shown
from lims.web.qc_runs import back
from lims.web.records import find
from lims.web.told import refused
from lims.workflows import codes, qc_results, qc_run_reading, qc_runs, specifications

bp = Blueprint("qc_run_reading", __name__, url_prefix="/qc/runs")


@bp.get("/<code>/read")
@requires(Permission.ENTER_RESULT)
def read(code: str) -> ResponseReturnValue:
    """The tube that is asked for next; all are read: the run itself."""
    run, members = run_shown(code)
    waits = qc_run_reading.asked_next(list(members))
    if run.status is not QcRunStatus.READING or waits is None:
        return back(run.code)
    return to_tube(run, waits)


def to_tube(run: QcRun, member: QcRunMember) -> ResponseReturnValue:
    place = url_for("qc_run_reading.tube", code=run.code, tube=member.aliquot.code)
    return redirect(place, 303)


@bp.get("/<code>/read/<tube>")
@requires(Permission.ENTER_RESULT)
def tube(code: str, tube: str) -> ResponseReturnValue:
    """Its name, its scan, its result; of one read meanwhile, or of no such tube, the next one."""
    run, members = run_shown(code)
    waits = qc_run_reading.asked_next(list(members), tube.upper())
    if run.status is not QcRunStatus.READING or waits is None:
        return back(run.code)
    if waits.aliquot.code != tube.upper():
        return to_tube(run, waits)
    note_look(waits.patient_id)
    form = shown(read_form(qc_results.line_of(waits.qc_test)), **proposed(waits.qc_test))
    form.tube.expects = [waits.aliquot.code]
    return render_template(
        "qc_runs/read.html",
        **facts_of(run, members),
        asked=waits,
        line=specifications.line_asked(waits.qc_test),
        reading=form,
        member=MEMBER,
    )


@bp.post("/<code>/read/<tube>")
@requires(Permission.ENTER_RESULT)
@on_refusal(tube)
def read_in_run(code: str, tube: str) -> ResponseReturnValue:
    run = find(QcRun, code)
    member = qc_runs.member_of(reading_session(), run, find(Aliquot, tube))
    form = read_form(qc_results.line_of(member.qc_test))()
    done = submit(
        form, qc_run_reading.read_in_run, lambda session: form.of_run(session, code, tube)
    )
    if done.qc_test.status is QcTestStatus.ENTERED:
        flash(_("%(code)s is read. Another person verifies it.", code=tube.upper()))
    else:
        flash(_("The reading of %(code)s is kept. Its test goes on.", code=tube.upper()))
    return redirect(url_for("qc_run_reading.read", code=code), 303)


@bp.post("/<code>/read/<tube>/misplaced")
@requires(Permission.ENTER_RESULT)
def misplaced(code: str, tube: str) -> ResponseReturnValue:
    """Another tube than the one that is asked for, told at its scan: it stops the work."""
    session, run = reading_session(), find(QcRun, code)
    scanned: Any = request.form.get("code", "")
    try:
        found = codes.find(session, scanned)
        qc_run_reading.require_asked(session, run, find(Aliquot, tube), found)
    except LimsError as refusal:
        return refused(refusal)
    return jsonify(sentence=_("It is scanned already."))
