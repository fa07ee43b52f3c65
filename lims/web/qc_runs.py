"""Runs at QC: the list, a run begun at its station, its tubes and its supplies scanned in."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from lims.models.aliquot import Aliquot
from lims.models.equipment import PlaceKind
from lims.models.qc_run import QcRun, QcRunMember, QcRunStatus, QcRunStay
from lims.models.qc_run_used import QcRunSheet
from lims.models.specification import SpecificationTest
from lims.permissions import Permission
from lims.web import current, narrowing
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.forms import checked, on_refusal, shown, submit
from lims.web.listing import listing
from lims.web.qc_run_acts import acts, may_work
from lims.web.qc_run_forms import (
    BeginReadingForm,
    BeginRunForm,
    BeginTestsForm,
    RunSupplyForm,
    SheetForm,
    TakeUpForm,
    TubeForm,
)
from lims.web.qc_run_shown import facts_of, run_shown
from lims.workflows import (
    qc_run_members,
    qc_run_reading,
    qc_run_stays,
    qc_run_tests,
    qc_runs,
)

bp = Blueprint("qc_runs", __name__, url_prefix="/qc/runs")

MOST_NAMED = 12
"""Tubes that wait for one test, named on its button."""


@bp.get("/")
@requires(Permission.SEE_PRODUCTION)
def index() -> ResponseReturnValue:
    words, status = narrowing.typed(), narrowing.chosen(QcRunStatus, "status")
    query = select(QcRun).options(
        joinedload(QcRun.opened_by), selectinload(QcRun.stays).joinedload(QcRunStay.station)
    )
    if words:
        named = QcRun.line.has(narrowing.says(words, SpecificationTest.name))
        tubes = QcRun.members.any(QcRunMember.aliquot.has(narrowing.says(words, Aliquot.code)))
        query = query.where(narrowing.says(words, QcRun.code) | named | tubes)
    if status is not None:
        query = query.where(QcRun.status == status)
    found = listing(query, QcRun.id)
    return render_template(
        "qc_runs/index.html",
        found=found,
        counted=qc_run_members.counted(reading_session(), found.rows),
        nobody=qc_run_members.Counted(),
        words=words,
        status=status,
        statuses=QcRunStatus,
    )


@bp.get("/begin")
@requires(Permission.ENTER_RESULT)
def begin() -> ResponseReturnValue:
    """Which test; then the station."""
    session = reading_session()
    waiting = qc_run_members.waiting(session)
    lines = qc_run_tests.lines_of(session, waiting)
    found = [(lines[code], waits) for code, waits in waiting.items() if code in lines]
    return render_template("qc_runs/begin.html", lines=found, most=MOST_NAMED)


@bp.get("/begin/<line>")
@requires(Permission.ENTER_RESULT)
def begin_line(line: str) -> ResponseReturnValue:
    session = reading_session()
    asked = qc_run_tests.line_of(session, line)
    place = here.place if (here := current.terminal()) else None
    station = place.code if place and place.kind is PlaceKind.RUN_STATION else None
    before = qc_run_tests.procedure_before(session, asked)
    return render_template(
        "qc_runs/at_station.html",
        line=asked,
        beginning=shown(BeginRunForm, station=station, procedure=before),
    )


@bp.post("/begin/<line>")
@requires(Permission.ENTER_RESULT)
@on_refusal(begin_line)
def begin_run(line: str) -> ResponseReturnValue:
    form = BeginRunForm()
    run = submit(form, qc_runs.begin_run, lambda session: form.of(session, line))
    flash(_("%(code)s is open. Scan each tube into it.", code=run.code))
    return back(run.code)


def back(code: str) -> ResponseReturnValue:
    return redirect(url_for("qc_runs.show", code=code), 303)


@bp.get("/<code>")
@requires(Permission.SEE_PRODUCTION)
def show(code: str) -> ResponseReturnValue:
    run, members = run_shown(code)
    entering = may_work(run, QcRunStatus.OPEN)
    return render_template(
        "qc_runs/show.html",
        **facts_of(run, members),
        acts=acts(run, members),
        scanning=shown(TubeForm) if entering else None,
        supply=shown(RunSupplyForm) if may_work(run, *qc_run_members.AT_HAND) else None,
        tests=shown(BeginTestsForm) if entering and qc_runs.to_begin(members) else None,
        reading=shown(BeginReadingForm) if entering and may_be_read(members) else None,
        sheet=shown(SheetForm),
        sheets=sheets_of(run),
        taking_up=shown(TakeUpForm) if may_work(run, QcRunStatus.PAUSED) else None,
    )


def sheets_of(run: QcRun) -> Sequence[QcRunSheet]:
    """The sheets kept of a run, the newest first."""
    mine = select(QcRunSheet).where(QcRunSheet.run_id == run.id)
    kept = mine.options(joinedload(QcRunSheet.made_by)).order_by(QcRunSheet.id.desc())
    return reading_session().scalars(kept).all()


def may_be_read(members: Sequence[QcRunMember]) -> bool:
    return bool(qc_run_members.staying(members)) and not qc_runs.to_begin(members)


@bp.post("/<code>/tubes")
@requires(Permission.ENTER_RESULT)
@on_refusal(show)
def scan_in(code: str) -> ResponseReturnValue:
    form = TubeForm()
    member = submit(form, qc_runs.scan_into_qc_run, lambda session: form.of(session, code))
    flash(_("%(code)s is number %(number)s.", code=form.tube.data, number=member.position))
    return back(code)


@bp.post("/<code>/supplies")
@requires(Permission.ENTER_RESULT)
@on_refusal(show)
def use_supply(code: str) -> ResponseReturnValue:
    form = RunSupplyForm()
    with checked(form):
        command = form.command()
    submit(form, command, lambda session: form.of(session, code))
    flash(_("%(code)s is entered.", code=form.supply.data))
    return back(code)


@bp.post("/<code>/tests")
@requires(Permission.ENTER_RESULT)
@on_refusal(show)
def begin_tests(code: str) -> ResponseReturnValue:
    form = BeginTestsForm()
    begun = submit(form, qc_runs.begin_tests_of_run, lambda session: form.of(session, code))
    flash(ngettext("%(num)s test is running.", "%(num)s tests are running.", len(begun)))
    return back(code)


@bp.post("/<code>/reading")
@requires(Permission.ENTER_RESULT)
@on_refusal(show)
def begin_reading(code: str) -> ResponseReturnValue:
    form = BeginReadingForm()
    submit(form, qc_run_reading.begin_reading, lambda session: form.of(session, code))
    return redirect(url_for("qc_run_reading.read", code=code), 303)


@bp.post("/<code>/station")
@requires(Permission.ENTER_RESULT)
@on_refusal(show)
def take_up(code: str) -> ResponseReturnValue:
    form = TakeUpForm()
    submit(form, qc_run_stays.take_up, lambda session: form.of(session, code))
    flash(_("%(code)s goes on here.", code=code.upper()))
    return back(code)
