"""Papers: made of a batch, a fill or a step, kept by edition, verified by their code, copied."""

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lims.errors import N_, NotFound
from lims.files import FileAltered
from lims.models.batch import Batch
from lims.models.fill import Fill
from lims.models.label import Record, RecordCopy, RecordKind
from lims.models.order import Order
from lims.models.patient import Patient
from lims.models.step import Step
from lims.models.user import User
from lims.papers import certificates, keeping
from lims.papers.keeping import Archive
from lims.papers.standing import overturned, standing_of
from lims.permissions import Permission
from lims.web import current
from lims.web.auth import requires
from lims.web.choices import PickField
from lims.web.current import reading_session
from lims.web.forms import Form, checked, on_refusal, shown, submit
from lims.web.language import NAMES, of_person
from lims.web.looks import note_look
from lims.web.pdf import shown_pdf
from lims.web.records import find
from lims.workflows import codes, recording
from lims.workflows.recording import Subject

bp = Blueprint("papers", __name__, url_prefix="/papers")

TITLES: dict[RecordKind, str] = {
    RecordKind.BATCH: N_("Batch record"),
    RecordKind.STEP: N_("Step record"),
    RecordKind.CERTIFICATE_OF_ANALYSIS: N_("Certificate of analysis"),
    RecordKind.RELEASE_CERTIFICATE: N_("Release certificate"),
    RecordKind.PICK_LIST: N_("Pick list"),
}
OFFERED: dict[str, tuple[RecordKind, ...]] = {
    "BA": (RecordKind.BATCH,),
    "FL": (RecordKind.CERTIFICATE_OF_ANALYSIS, RecordKind.RELEASE_CERTIFICATE),
    "RQ": (RecordKind.PICK_LIST,),
    "ST": (RecordKind.STEP,),
}
"""The papers made of what a code names."""
SUBJECTS: dict[str, type[Subject]] = {"BA": Batch, "FL": Fill, "RQ": Order, "ST": Step}


class MakeForm(Form):
    kind = PickField(_l("Which paper"))
    language = PickField(_l("In which language"))

    def __init__(self, kinds: Sequence[RecordKind], **values: str) -> None:
        super().__init__(**values)
        self.kind.choices = [(kind.value, _(TITLES[kind])) for kind in kinds]
        self.language.choices = languages()


class CopyForm(Form):
    """Nothing to fill in: the button is the question."""


@bp.app_context_processor
def for_templates() -> dict[str, object]:
    return {"may_read": recording.may_read}


def archive() -> Archive:
    here = current.site()
    return Archive(here.database, here.settings, current.address())


def languages() -> list[tuple[str, str]]:
    return [(tag, NAMES[tag]) for tag in current.site().settings.languages]


def own_language() -> str:
    settings = current.site().settings
    return of_person(settings.languages, settings.default_language)


def subject_of(code: str) -> Subject:
    kind = SUBJECTS.get(code[:2].upper())
    if kind is None:
        raise NotFound(code=code[:40])
    return readable(find(kind, code))


def offered(subject: Subject) -> Sequence[RecordKind]:
    """What may be made of it now: a release is certified once it is decided."""
    kinds = OFFERED[subject.code[:2]]
    if isinstance(subject, Fill) and certificates.decision_on(subject)[1] is None:
        return [kind for kind in kinds if kind is not RecordKind.RELEASE_CERTIFICATE]
    return kinds


def readable(subject: Subject) -> Subject:
    """A paper is about `subject`: refused to whom it is not for."""
    recording.require_readable(subject, current_user)
    return subject


def kept_of(session: Session, subject: Subject) -> Sequence[Record]:
    """The papers kept of a batch, a fill or a step, newest first; one query."""
    column = getattr(Record, recording.subject_column(subject))
    query = select(Record).where(column == subject.id).options(joinedload(Record.made_by))
    return session.scalars(query.order_by(Record.id.desc())).all()


def made(kind: RecordKind, code: str, language: str) -> Record:
    """The newest edition; what was read before it was kept is read anew."""
    try:
        return keeping.make(archive(), kind, code, by=current_user, language=language)
    finally:
        current.end_reading()


@bp.get("/of/<code>")
@requires(Permission.SEE_PATIENTS)
def of(code: str) -> ResponseReturnValue:
    subject = subject_of(code)
    session = reading_session()
    note_look(subject.patient_id)
    kept = kept_of(session, subject)
    return render_template(
        "papers/of.html",
        subject=subject,
        patient=session.get_one(Patient, subject.patient_id),
        kept=kept,
        overturned=overturned(session, kept),
        titles=TITLES,
        making=shown(
            MakeForm,
            offered(subject),
            kind=OFFERED[subject.code[:2]][0].value,
            language=own_language(),
        ),
    )


@bp.post("/of/<code>")
@requires(Permission.MAKE_PAPER)
@on_refusal(of)
def make(code: str) -> ResponseReturnValue:
    subject = subject_of(code)
    form = MakeForm(OFFERED[subject.code[:2]])
    with checked(form):
        wanted = RecordKind(form.kind.data)
        record = made(wanted, subject.code, str(form.language.data))
    return redirect(url_for("papers.show", code=record.code), 303)


@bp.get("/<code>")
@requires(Permission.SEE_PATIENTS)
def show(code: str) -> ResponseReturnValue:
    record = find(Record, code)
    session = reading_session()
    note_look(record.patient_id)
    subject = readable(recording.subject_behind(session, record))
    copies = select(RecordCopy, User.full_name).join(User, User.id == RecordCopy.served_to_id)
    return render_template(
        "papers/show.html",
        record=record,
        subject=subject,
        patient=session.get_one(Patient, record.patient_id),
        standing=standing_of(session, archive().store, record, subject),
        title=TITLES[record.kind],
        language_name=NAMES[record.language],
        copies=session.execute(
            copies.where(RecordCopy.record_id == record.id).order_by(RecordCopy.copy)
        ).all(),
        copying=shown(CopyForm),
    )


@bp.post("/<code>/copies")
@requires(Permission.MAKE_PAPER)
@on_refusal(show)
def give_copy(code: str) -> ResponseReturnValue:
    """A copy is counted before it is given; of a file that is not as stored, none is."""
    record = find(Record, code)
    readable(recording.subject_behind(reading_session(), record))
    form = CopyForm()
    with checked(form):
        require_intact(record)
        copy = submit(
            form,
            recording.give_copy,
            lambda session: {"record": codes.load(session, record.code, Record)},
        )
    return redirect(url_for("papers.copy", code=record.code, number=copy.copy), 303)


def require_intact(record: Record) -> None:
    """Raise where the file is missing or altered, and keep it in mind for quality."""
    try:
        archive().store.get(record.pdf_sha256)
    except FileAltered as fault:
        current.remember(fault)
        raise


@bp.get("/<code>.pdf")
@requires(Permission.SEE_PATIENTS)
def read(code: str) -> ResponseReturnValue:
    """The paper as it is stored, to be read: marked as no copy, and none is counted."""
    record = find(Record, code)
    readable(recording.subject_behind(reading_session(), record))
    require_intact(record)
    note_look(record.patient_id)
    return shown_pdf(keeping.to_read(archive(), record, current_user.full_name), record.code)


@bp.get("/<code>/copies/<int:number>.pdf")
@requires(Permission.SEE_PATIENTS)
def copy(code: str, number: int) -> ResponseReturnValue:
    """One copy as it was given: the stored file with its mark, the same however often opened."""
    record = find(Record, code)
    session = reading_session()
    readable(recording.subject_behind(session, record))
    given = session.execute(
        select(RecordCopy, User.full_name)
        .join(User, User.id == RecordCopy.served_to_id)
        .where(RecordCopy.record_id == record.id, RecordCopy.copy == number)
    ).one_or_none()
    if given is None:
        raise NotFound(code=record.code)
    note_look(record.patient_id)
    pdf = keeping.copied(archive(), record, given[0], given[1])
    return shown_pdf(pdf, f"{record.code}-{number}")
