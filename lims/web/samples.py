"""Tissue: the list, the page of one sample, the kit ordered, and what quality decides of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from lims.models.batch import Batch, BatchSample
from lims.models.deviation import Deviation, DeviationSubject
from lims.models.label import Label
from lims.models.sample import Sample, SampleStatus
from lims.models.signature import Signature
from lims.models.step import Step
from lims.permissions import Permission
from lims.web import narrowing, sample_acts
from lims.web.auth import requires
from lims.web.courses import course_with_patient
from lims.web.current import reading_session
from lims.web.forms import on_refusal, shown, submit
from lims.web.listing import listing
from lims.web.looks import note_look
from lims.web.records import find
from lims.web.sample_forms import OrderForm
from lims.workflows import collecting
from lims.workflows.agenda_bench import ON_THE_WAY, TO_ISOLATE, UNDECIDED
from lims.workflows.receiving import shown_of
from lims.workflows.signing import still_valid

bp = Blueprint("samples", __name__, url_prefix="/samples")

READERS = (Permission.SEE_PRODUCTION, Permission.RECORD_COLLECTION)


@dataclass(frozen=True)
class Signed:
    """A signature on a sample, and whether what was signed still stands."""

    signature: Signature
    valid: bool


@bp.get("/")
@requires(*READERS)
def index() -> ResponseReturnValue:
    status = narrowing.chosen(SampleStatus, "status")
    query = select(Sample) if status is None else select(Sample).where(Sample.status == status)
    return page_of(query, _("Tissue"), status)


@bp.get("/on-the-way")
@requires(Permission.RECEIVE_SAMPLE)
def on_the_way() -> ResponseReturnValue:
    """Tissue that the reception expects."""
    query = select(Sample).where(Sample.status.in_(ON_THE_WAY))
    return page_of(query, _("Tissue on its way"), None)


@bp.get("/undecided")
@requires(Permission.DECIDE_SAMPLE)
def undecided() -> ResponseReturnValue:
    """Tissue that waits for a decision."""
    query = select(Sample).where(Sample.status.in_(UNDECIDED))
    return page_of(query, _("Tissue to decide on"), None)


@bp.get("/to-isolate")
@requires(Permission.PERFORM_STEP)
def to_isolate() -> ResponseReturnValue:
    """Accepted tissue that waits for its isolation."""
    query = select(Sample).where(Sample.status.in_(TO_ISOLATE))
    return page_of(query, _("Tissue to isolate"), None)


def page_of(query: Select[Sample], title: str, status: SampleStatus | None) -> str:
    found = listing(query.options(joinedload(Sample.patient), joinedload(Sample.course)), Sample.id)
    return render_template(
        "samples/index.html", found=found, title=title, status=status, statuses=SampleStatus
    )


def sample_shown(code: str) -> Sample:
    """The sample with its course and its patient, in one query."""
    found = find(Sample, code, joinedload(Sample.patient), joinedload(Sample.course))
    note_look(found.patient_id)
    return found


@bp.get("/<code>")
@requires(*READERS)
def show(code: str) -> ResponseReturnValue:
    sample, session = sample_shown(code), reading_session()
    steps = (
        select(Step)
        .where(Step.sample_id == sample.id)
        .options(joinedload(Step.performed_by))
        .order_by(Step.id)
    )
    labels = select(Label).where(Label.subject_code == sample.code).order_by(Label.copy.desc())
    return render_template(
        "samples/show.html",
        sample=sample,
        acts=sample_acts.of_sample(session, sample),
        steps=session.scalars(steps).all(),
        labels=session.scalars(labels).all(),
        deviations=deviations_of(session, sample),
        batches=batches_of(session, sample),
        signatures=signatures_of(session, sample),
    )


def deviations_of(session: Session, sample: Sample) -> Sequence[Deviation]:
    about = select(DeviationSubject.deviation_id).where(DeviationSubject.sample_id == sample.id)
    query = select(Deviation).where(Deviation.id.in_(about)).order_by(Deviation.id)
    return session.scalars(query).all()


def batches_of(session: Session, sample: Sample) -> Sequence[Batch]:
    started = select(BatchSample.batch_id).where(BatchSample.sample_id == sample.id)
    return session.scalars(select(Batch).where(Batch.id.in_(started)).order_by(Batch.id)).all()


def signatures_of(session: Session, sample: Sample) -> list[Signed]:
    facts = shown_of(sample)
    found = session.scalars(
        select(Signature)
        .where(Signature.subject_table == "sample", Signature.subject_id == sample.id)
        .order_by(Signature.id)
    )
    return [Signed(each, still_valid(each, facts)) for each in found]


@bp.get("/order/<course>")
@requires(Permission.RECORD_COLLECTION)
def order(course: str) -> ResponseReturnValue:
    whose = course_with_patient(course)
    earlier = select(Sample).where(Sample.course_id == whose.id).order_by(Sample.id)
    return render_template(
        "samples/order.html",
        course=whose,
        earlier=reading_session().scalars(earlier).all(),
        ordering=shown(OrderForm),
    )


@bp.post("/order/<course>")
@requires(Permission.RECORD_COLLECTION)
@on_refusal(order)
def record_order(course: str) -> ResponseReturnValue:
    form = OrderForm()
    sample = submit(form, collecting.order_kit, lambda session: form.of(session, course))
    flash(_("%(code)s ordered. Print its label and stick it on the kit.", code=sample.code))
    return redirect(url_for("samples.show", code=sample.code), 303)
