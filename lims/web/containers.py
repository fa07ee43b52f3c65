"""The label of one container: printed, printed again, scanned back, void, destroyed."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from lims.errors import NotFound
from lims.models.fill import Dose, Vial
from lims.models.label import Label, LabelStatus
from lims.models.patient import Patient
from lims.models.step import PlannedContainer
from lims.papers.labels import patient_id_of, subjects_of
from lims.permissions import Permission
from lims.web import sheets
from lims.web.auth import requires
from lims.web.current import reading_session, store
from lims.web.fields import LongTextField
from lims.web.forms import Form, ScanLoop, on_refusal, shown, submit
from lims.web.looks import note_look
from lims.web.pdf import shown_pdf
from lims.web.scans import CodeField, CopyField
from lims.workflows import containers, label_contents, labelling

bp = Blueprint("containers", __name__)

READERS = (Permission.SEE_PRODUCTION, Permission.PRINT_CLINIC_LABEL)


class PressForm(Form):
    """A button without fields."""


class ReprintForm(Form):
    reason = LongTextField(
        _l("Why it is printed again"), longest=400, hint=_l("The new label says which copy it is.")
    )


class ScanBackForm(ScanLoop):
    scanned = CodeField(_l("The label as it sticks on the container"))
    copy = CopyField()


class VoidForm(Form):
    reason = LongTextField(_l("Why it is not used"), longest=400)


def subject_of(code: str) -> Any:
    """What carries the label: material, a container planned for it, or a patient with a card."""
    wanted = code.upper()
    return subjects_of(reading_session(), [wanted])[wanted]


def copies_of(code: str) -> Sequence[Label]:
    """Every copy of a label, the newest first."""
    return (
        reading_session()
        .scalars(
            select(Label)
            .where(Label.subject_code == code)
            .options(joinedload(Label.requested_by), joinedload(Label.step))
            .order_by(Label.copy.desc())
        )
        .all()
    )


@bp.get("/containers/<code>")
@requires(*READERS)
def show(code: str) -> ResponseReturnValue:
    code, session = code.upper(), reading_session()
    subject = subject_of(code)
    if not current_user.may(Permission.SEE_PRODUCTION):
        labelling.require_may(current_user, code)
    note_look(patient_id_of(subject))
    copies = copies_of(code)
    newest = copies[0] if copies else None
    scanning = shown(ScanBackForm)
    scanning.copy.flags.required = newest is not None and newest.copy > 1
    in_use = newest is not None and newest.status in (LabelStatus.SENT, LabelStatus.APPLIED)
    return render_template(
        "containers/show.html",
        code=code,
        may_print=current_user.may(labelling.permission_for(code)),
        patient=session.get_one(Patient, patient_id_of(subject)),
        planned=subject if isinstance(subject, PlannedContainer) else None,
        given_up=containers.is_given_up(session, code),
        copies=copies,
        outdated=label_contents.out_of_date([subject], copies)
        if isinstance(subject, (Dose, Vial))
        else [],
        pressed=shown(PressForm),
        reprinting=shown(ReprintForm) if newest else None,
        scanning=scanning if newest and newest.status == LabelStatus.SENT else None,
        voiding=shown(VoidForm) if in_use else None,
    )


def step_of(subject: Any) -> str | None:
    """The step whose plan gave out the container; its labels are counted there."""
    return subject.step.code if isinstance(subject, PlannedContainer) else None


@bp.post("/containers/<code>/print")
@requires(Permission.PRINT_CLINIC_LABEL)
@on_refusal(show)
def print_label(code: str) -> ResponseReturnValue:
    code = code.upper()
    digest = sheets.printed(PressForm(), [code], step=step_of(subject_of(code)))
    return redirect(url_for("containers.sheet", sha256=digest), 303)


@bp.post("/containers/<code>/reprint")
@requires(Permission.PRINT_CLINIC_LABEL)
@on_refusal(show)
def reprint_label(code: str) -> ResponseReturnValue:
    code, form = code.upper(), ReprintForm()
    step = step_of(subject_of(code))
    digest = sheets.printed(form, [code], step=step, reason=form.reason.data)
    return redirect(url_for("containers.sheet", sha256=digest), 303)


@bp.post("/containers/<code>/scan-back")
@requires(Permission.PRINT_CLINIC_LABEL)
@on_refusal(show)
def scan_back(code: str) -> ResponseReturnValue:
    form = ScanBackForm()
    submit(
        form,
        labelling.apply_label,
        lambda session: {
            "code": form.scanned.data,
            "expected": code.upper(),
            "copy": form.copy.data,
        },
    )
    flash(_("The label %(code)s sticks on its container.", code=code.upper()))
    return redirect(url_for("containers.show", code=code), 303)


@bp.post("/containers/<code>/void")
@requires(Permission.PRINT_CLINIC_LABEL)
@on_refusal(show)
def void_label(code: str) -> ResponseReturnValue:
    form = VoidForm()
    values = {"code": code.upper()}
    submit(form, labelling.void_label, lambda session: {**values, "reason": form.reason.data})
    flash(_("The label is void. Destroy the paper and say so here."))
    return redirect(url_for("containers.show", code=code), 303)


@bp.post("/containers/<code>/destroy/<int(max=9999):copy>")
@requires(Permission.PRINT_CLINIC_LABEL)
@on_refusal(lambda code, copy: show(code))
def destroy_label(code: str, copy: int) -> ResponseReturnValue:
    submit(
        PressForm(),
        labelling.destroy_label,
        lambda session: {"code": code.upper(), "copy": copy},
    )
    flash(_("Copy %(copy)s of the label %(code)s is destroyed.", copy=copy, code=code.upper()))
    return redirect(url_for("containers.show", code=code), 303)


@bp.get("/labels/<sha256>.pdf")
@requires(Permission.PRINT_CLINIC_LABEL)
def sheet(sha256: str) -> Response:
    """A sheet as it was stored when it was printed."""
    if (code := sheets.first_on(sha256)) is None:
        raise NotFound(code=sha256[:40])
    labelling.require_may(current_user, code)
    return shown_pdf(store().get(sha256), f"labels-{sha256[:12]}")
