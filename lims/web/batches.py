"""Batches: the list, the page of one, its labels counted, its end."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from lims.models.batch import Batch, BatchStatus
from lims.models.earlier import EarlierBatch, EarlierVial
from lims.models.fill import Fill, Vial
from lims.models.label import Label
from lims.models.patient import Patient
from lims.models.step import Step, StepStatus
from lims.papers import downtime
from lims.permissions import Permission
from lims.web import batch_reading, culture_acts, narrowing, papers
from lims.web.auth import requires
from lims.web.batch_reading import BatchRead
from lims.web.current import reading_session
from lims.web.doors import Act, door
from lims.web.fields import LongTextField
from lims.web.forms import Form, Signing, on_refusal, shown, submit
from lims.web.listing import listing
from lims.web.looks import note_look
from lims.web.pdf import shown_pdf
from lims.web.people import OwnPassword
from lims.web.records import find
from lims.workflows import batch_state, codes, course_forecasts, label_balance
from lims.workflows.specification_moving import newer_for

bp = Blueprint("batches", __name__, url_prefix="/batches")

UNDER_WAY = (StepStatus.OPEN, StepStatus.RECORDED)


class AbandonForm(Signing):
    reason = LongTextField(_l("Why the batch is given up"))
    password = OwnPassword(_l("Your signature"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "batch": codes.load(session, code, Batch),
            "reason": self.reason.data,
            "proof": self.password.proof,
        }


class NoteForm(Form):
    """A note for whoever goes on; sent to batch_notes.py."""

    text = LongTextField(_l("For whoever goes on"), longest=1000)

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {"batch": codes.load(session, code, Batch), "text": self.text.data}


@bp.get("/")
@requires(Permission.SEE_PRODUCTION)
def index() -> ResponseReturnValue:
    """The open ones, unless all or others are asked for."""
    words = narrowing.typed()
    status = narrowing.chosen(BatchStatus, "status")
    if "status" not in request.args:
        status = BatchStatus.OPEN
    query = select(Batch).options(
        joinedload(Batch.patient),
        joinedload(Batch.course),
        joinedload(Batch.specification_version),
        joinedload(Batch.earlier),
    )
    if words:
        whose = Batch.patient.has(narrowing.says(words, Patient.code))  # no name in an address
        before = Batch.earlier.has(narrowing.says(words, EarlierBatch.number))
        vials = select(Fill.batch_id).join(Fill.vials).join(Vial.earlier)
        held = Batch.id.in_(vials.where(narrowing.says(words, EarlierVial.number)))
        query = query.where(narrowing.says(words, Batch.code) | whose | before | held)
    if status is not None:
        query = query.where(Batch.status == status)
    found = listing(query, Batch.id)
    return render_template(
        "batches/index.html",
        found=found,
        latest=latest_of([each.id for each in found.rows]),
        late=course_forecasts.late_batches(reading_session(), found.rows),
        words=words,
        status=status,
        statuses=BatchStatus,
        others=not found.rows and status is not None,
    )


def latest_of(batch_ids: list[int]) -> dict[int, Step]:
    """The newest step of each batch; one query."""
    newest = (
        select(func.max(Step.id))
        .where(Step.batch_id.in_(batch_ids), Step.status != StepStatus.VOID)
        .group_by(Step.batch_id)
    )
    found = reading_session().scalars(select(Step).where(Step.id.in_(newest)))
    return {step.batch_id: step for step in found if step.batch_id is not None}


@bp.get("/<code>")
@requires(Permission.SEE_PRODUCTION)
def show(code: str) -> ResponseReturnValue:
    session = reading_session()
    read = batch_reading.read(session, code)
    note_look(read.batch.patient_id)
    return render_template(
        "batches/show.html",
        read=read,
        batch=read.batch,
        acts=acts(read),
        leaving=leaving_a_note(read.batch),
        newer=newer_for(session, read.batch),
        in_runs=read.in_runs,
    )


def leaving_a_note(batch: Batch) -> NoteForm | None:
    """The form, for whoever works on an open batch."""
    works = current_user.may(Permission.PERFORM_STEP) and batch.status is BatchStatus.OPEN
    return shown(NoteForm) if works else None


def acts(read: BatchRead) -> list[Act]:
    """What may be begun or gone on with, the step under way first."""
    batch = read.batch
    going_on = [
        (_("Go on: %(kind)s", kind=_(step.kind.value)), address_of(step), step.code)
        for step in read.steps
        if step.status in UNDER_WAY and current_user.may(Permission.PERFORM_STEP)
    ]
    culture = culture_acts.of_batch(batch, read.vessels, read.suspensions)
    taking: list[Act] = []
    ending: list[Act] = []
    if batch.status is BatchStatus.OPEN:
        taking = door(_("Take aliquots"), "aliquots.start", _("needs a bench"), code=batch.code)
        ending = door(_("Give the batch up"), "batches.abandon", _("signed"), code=batch.code)
    return [*going_on, *culture, *taking, *ending]


def address_of(step: Step) -> str:
    return url_for("steps.show", code=step.code)


@bp.get("/<code>/labels")
@requires(Permission.SEE_PRODUCTION)
def labels(code: str) -> ResponseReturnValue:
    """Every label printed for the batch, and whether they balance."""
    session = reading_session()
    batch = batch_reading.batch_shown(code)
    note_look(batch.patient_id)
    step_ids = [step.id for step in batch_reading.steps_of(session, batch)]
    query = (
        select(Label)
        .where(Label.step_id.in_(step_ids))
        .options(joinedload(Label.step), joinedload(Label.requested_by))
    )
    return render_template(
        "batches/labels.html",
        batch=batch,
        found=listing(query, Label.id),
        counts=label_balance.reconciliation(session, step_ids),
    )


@bp.get("/<code>/downtime-kit")
@requires(Permission.SEE_PRODUCTION)
def downtime_kit(code: str) -> ResponseReturnValue:
    """Codes and blank forms for when the program is down; made now, and not kept."""
    batch = find(Batch, code, *downtime.with_codes())
    note_look(batch.patient_id)
    desk = papers.archive().desk(papers.own_language())
    return shown_pdf(downtime.kit(reading_session(), batch, desk), f"downtime-{batch.code}")


@bp.get("/<code>/abandon")
@requires(Permission.ABANDON_BATCH)
def abandon(code: str) -> ResponseReturnValue:
    batch = batch_reading.batch_shown(code)
    form = shown(AbandonForm).showing(batch_state.shown_of(batch))
    return render_template("batches/abandon.html", batch=batch, abandoning=form)


@bp.post("/<code>/abandon")
@requires(Permission.ABANDON_BATCH)
@on_refusal(abandon)
def abandon_batch(code: str) -> ResponseReturnValue:
    form = AbandonForm()
    submit(form, batch_state.abandon_batch, lambda session: form.of(session, code))
    flash(_("%(code)s is given up. Its cells are discarded by two, as ever.", code=code.upper()))
    return redirect(url_for("batches.show", code=code), 303)
