"""Aliquots: taken at a bench, by two scans each, and what is asked of each."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from lims.models.aliquot import Aliquot, AliquotUse, QcTest, QcTestStatus
from lims.models.batch import Batch
from lims.models.patient import Patient
from lims.models.sampling import Sampling
from lims.models.step import PlannedContainer, Step, StepStatus
from lims.permissions import Permission
from lims.web import in_time, narrowing, qc_at_once
from lims.web.aliquot_forms import SamplingForm, StartForm, TakeForm
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.doors import Act, door
from lims.web.forms import on_refusal, shown, submit
from lims.web.listing import listing
from lims.web.qc_forms import LinesForm
from lims.web.records import find, until_recorded
from lims.workflows import (
    codes,
    containers,
    identity,
    qc_read_outside,
    qc_run_told,
    qc_tests,
    sampling,
)
from lims.workflows.qc_lines import expected_of, lines_for
from lims.workflows.qc_readings import GONE, source_of, with_source

bp = Blueprint("aliquots", __name__, url_prefix="/aliquots")

UNDER_WAY = (StepStatus.OPEN, StepStatus.RECORDED)
SETTLED = (QcTestStatus.APPROVED, *GONE)


@bp.get("/")
@requires(Permission.SEE_PRODUCTION)
def index() -> ResponseReturnValue:
    words, use = narrowing.typed(), narrowing.chosen(AliquotUse, "use")
    query = select(Aliquot)
    if words:
        named = narrowing.says(words, Aliquot.code)
        query = query.where(named | Aliquot.batch.has(narrowing.says(words, Batch.code)))
    if use is not None:
        query = query.where(Aliquot.use == use)
    return page_of(query, words=words, use=use)


@bp.get("/without-a-test")
@requires(Permission.TAKE_ALIQUOT)
def unasked() -> ResponseReturnValue:
    """What was taken to be tested, and nobody said for what."""
    return page_of(select(Aliquot).where(*qc_tests.UNASKED))


def page_of(
    query: Select[Aliquot], *, words: str = "", use: AliquotUse | None = None
) -> ResponseReturnValue:
    query = query.options(*with_source(), joinedload(Aliquot.patient), selectinload(Aliquot.tests))
    return render_template(
        "aliquots/index.html",
        found=listing(query, Aliquot.id),
        source_of=source_of,
        words=words,
        use=use,
        uses=AliquotUse,
    )


@bp.get("/from/<code>")
@requires(Permission.TAKE_ALIQUOT)
def start(code: str) -> ResponseReturnValue:
    return render_template(
        "aliquots/start.html", batch=find(Batch, code), starting=shown(StartForm, number=1)
    )


@bp.post("/from/<code>")
@requires(Permission.TAKE_ALIQUOT)
@on_refusal(start)
def start_sampling(code: str) -> ResponseReturnValue:
    form = StartForm()
    step = submit(form, sampling.start_sampling, lambda session: form.of(session, code))
    flash(_("%(code)s is open. Print the labels, then take the aliquots.", code=step.code))
    return redirect(url_for("steps.show", code=step.code), 303)


@bp.get("/record/<code>")
@requires(Permission.TAKE_ALIQUOT)
@until_recorded(Sampling)
def record(step: Sampling) -> ResponseReturnValue:
    there = around(step)
    taking = shown(SamplingForm, version=step.version, drawn=[{}] * len(there["empty"]))
    return render_template("aliquots/record.html", **there, taking=taking)


@bp.post("/record/<code>")
@requires(Permission.TAKE_ALIQUOT)
@on_refusal(record)
def record_sampling(code: str) -> ResponseReturnValue:
    form = SamplingForm()
    submit(form, sampling.record_sampling, lambda session: form.of(session, code))
    flash(_("The aliquots are taken. Close the step, then ask for their tests."))
    return redirect(url_for("steps.show", code=code), 303)


@bp.get("/take/<code>")
@requires(Permission.TAKE_ALIQUOT)
def take(code: str) -> ResponseReturnValue:
    step, taking = find(Step, code), shown(TakeForm)
    there, vessels = around(step), identity.scanned_in(reading_session(), step, "VE")
    taking.container.expects = [each.container_code for each in there["empty"]]
    return render_template(
        "aliquots/take.html",
        **there,
        vessels=vessels,
        hint=in_time.of_step(step),
        taking=taking,
    )


@bp.post("/take/<code>")
@requires(Permission.TAKE_ALIQUOT)
@on_refusal(take)
def take_aliquot(code: str) -> ResponseReturnValue:
    form = TakeForm()
    aliquot = submit(form, sampling.take_aliquot, lambda session: form.of(session, code))
    flash(_("%(code)s is taken.", code=aliquot.code))
    return redirect(url_for("aliquots.take", code=code), 303)


def around(step: Step) -> dict[str, Any]:
    """Whose step it is, the aliquots taken in it so far, and the containers still empty."""
    session = reading_session()
    whose = (
        select(Patient, Batch)
        .outerjoin(Batch, Batch.id == step.batch_id)
        .where(Patient.id == step.patient_id)
        .options(joinedload(Batch.specification_version))
    )
    patient, batch = session.execute(whose).one()
    aliquots = select(Aliquot).where(Aliquot.step_id == step.id).order_by(Aliquot.id)
    taken = session.scalars(aliquots.options(*with_source())).unique().all()
    return {
        "step": step,
        "patient": patient,
        "batch": batch,
        "taken": taken,
        "empty": free(step, taken),
        "source_of": source_of,
        "under_way": step.status in UNDER_WAY,
    }


def free(step: Step, taken: Sequence[Aliquot]) -> list[PlannedContainer]:
    """The containers for aliquots that the step gave out and that hold nothing yet."""
    used = {aliquot.code for aliquot in taken}
    return [
        container
        for container in containers.planned_for(reading_session(), step)
        if container.kind == "QC" and container.container_code not in used
    ]


def aliquot_shown(code: str) -> Aliquot:
    return find(
        Aliquot,
        code,
        *with_source(),
        joinedload(Aliquot.patient),
        joinedload(Aliquot.step),
        joinedload(Aliquot.batch).joinedload(Batch.specification_version),
        selectinload(Aliquot.tests),
    )


@bp.get("/<code>")
@requires(Permission.SEE_PRODUCTION)
def show(code: str) -> ResponseReturnValue:
    aliquot = aliquot_shown(code)
    tests = qc_at_once.tests_of(aliquot)
    runs = [each for test in tests for each in qc_run_told.told_of(test)]
    return render_template(
        "aliquots/show.html",
        aliquot=aliquot,
        source=source_of(aliquot),
        acts=acts(aliquot, tests, len(lines_for(aliquot))),
        runs=runs,
        typists=qc_read_outside.typists(reading_session(), [each.member for each in runs]),
        settled=all(test.status in SETTLED for test in aliquot.tests) and aliquot.tests,
    )


def acts(aliquot: Aliquot, tests: Sequence[QcTest], to_ask: int) -> list[Act]:
    """What is done with its tests together, and more of them asked for."""
    found = qc_at_once.doors_of(aliquot.code, tests)
    if to_ask:
        note = _("%(count)s may be asked", count=to_ask)
        found += door(_("Ask for tests"), "aliquots.tests", note, code=aliquot.code)
    return found


@bp.get("/<code>/tests")
@requires(Permission.TAKE_ALIQUOT)
def tests(code: str) -> ResponseReturnValue:
    aliquot = aliquot_shown(code)
    offered = lines_for(aliquot)
    return render_template(
        "aliquots/tests.html",
        aliquot=aliquot,
        source=source_of(aliquot),
        offered=offered,
        asking=shown(LinesForm, offered, expected_of(aliquot)),
    )


@bp.post("/<code>/tests")
@requires(Permission.TAKE_ALIQUOT)
@on_refusal(tests)
def request_tests(code: str) -> ResponseReturnValue:
    form = LinesForm(lines_for(aliquot_shown(code)))
    submit(
        form,
        qc_tests.request_tests,
        lambda session: {
            "aliquot": codes.load(session, code, Aliquot),
            "lines": form.lines.data,
        },
    )
    flash(_("The tests of %(code)s are asked for.", code=code))
    return redirect(url_for("aliquots.show", code=code), 303)
