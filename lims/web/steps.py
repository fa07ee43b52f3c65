"""A step, of whatever kind: its check list, its supplies, its labels, its end."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from lims.errors import N_, NotFound
from lims.models.step import Step
from lims.papers.columns import WORDS, own_columns, unit_of
from lims.papers.labels import STOCK_OF
from lims.permissions import Permission
from lims.web import sheets, step_acts, step_labels, step_reading, step_way
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.errors import sentence_of
from lims.web.forms import checked, on_refusal, shown, submit
from lims.web.looks import note_look
from lims.web.records import find
from lims.web.step_forms import (
    ConfirmForm,
    ScanBackForm,
    SheetForm,
    SupplyForm,
)
from lims.web.step_reading import StepRead
from lims.web.uploads import paper_kept
from lims.workflows import (
    earlier_steps,
    labelling,
    steps,
)

bp = Blueprint("steps", __name__, url_prefix="/steps")

READERS = (
    Permission.SEE_PRODUCTION,
    Permission.RECORD_COLLECTION,
    Permission.RECORD_ADMINISTRATION,
)


@dataclass(frozen=True)
class Value:
    """One typed column of the step's kind."""

    name: str
    value: Any
    unit: str


def values_of(read: StepRead) -> list[Value]:
    """What the kind of this step adds, in its order; what was left empty is left out."""
    step = read.step
    if portions := [earlier_steps.portions_of(step, taken) for _tube, taken in read.withdrawals]:
        told = [Value(N_("Filled"), sentence_of(each), "") for each in portions if each]
        if told:
            return told
    return [
        Value(WORDS[name].name, value, unit_of(type(step), name))
        for name in own_columns(step)
        if name in WORDS and not name.endswith("_id")
        if (value := getattr(step, name)) is not None
    ]


@bp.get("/<code>")
@requires(*READERS)
def show(code: str) -> ResponseReturnValue:
    read = step_reading.read(reading_session(), code)
    note_look(read.patient.id)
    return render_template(
        "steps/show.html",
        read=read,
        step=read.step,
        source=earlier_steps.source_of(read.step),
        way=step_way.way_of(read),
        acts=step_acts.acts(read),
        values=values_of(read),
        outdated=step_labels.outdated(read),
        unprinted=step_labels.unprinted(read) if current_user.may(Permission.PRINT_LABEL) else [],
        supply=shown(SupplyForm).into(read.step) if step_acts.may_scan(read) else None,
        scanning=shown(ScanBackForm) if waits_for_labels(read) else None,
        confirming=shown(ConfirmForm, version=read.step.version)
        if step_acts.may_confirm(read)
        else None,
        sheet=shown(SheetForm),
    )


@bp.get("/<code>/papers/<int:number>")
@requires(*READERS)
def paper(code: str, number: int) -> ResponseReturnValue:
    """The scan of what the step was written on before it was entered."""
    step = find(Step, code)
    note_look(step.patient_id)
    for each in step.papers:
        if each.id == number:
            return paper_kept(each.sha256)
    raise NotFound(code=code[:40])


def waits_for_labels(read: StepRead) -> bool:
    """Whether a printed label is still to be scanned back, by someone who may."""
    sent = any(each.status == "sent" for each in read.containers)
    return bool(sent and current_user.may(Permission.PRINT_LABEL))


def back(code: str) -> ResponseReturnValue:
    return redirect(url_for("steps.show", code=code), 303)


@bp.post("/<code>/supplies")
@requires(Permission.KEEP_STEP)
@on_refusal(show)
def use_supply(code: str) -> ResponseReturnValue:
    enter_supply(code)
    return back(code)


def enter_supply(code: str) -> None:
    """What was scanned as used in the step of this code."""
    form = SupplyForm()
    with checked(form):
        command = form.command()
    submit(form, command, lambda session: form.of(session, code))
    flash(_("%(code)s is entered.", code=form.supply.data))


@bp.post("/<code>/labels/print")
@requires(Permission.PRINT_LABEL)
@on_refusal(show)
def print_labels(code: str) -> ResponseReturnValue:
    form, paper = SheetForm(), request.form.get("paper", "")
    read = step_reading.read(reading_session(), code)
    wanted = [each.code for each in read.containers if STOCK_OF[each.planned.kind].name == paper]
    fresh = [each.codes for each in step_labels.unprinted(read) if each.paper == paper]
    codes = list(fresh[0]) if fresh else wanted[:1]
    if not codes:
        return back(code)
    digest = sheets.printed(form, codes, step=read.step.code)
    return redirect(url_for("containers.sheet", sha256=digest), 303)


@bp.post("/<code>/labels/scan-back")
@requires(Permission.PRINT_LABEL)
@on_refusal(show)
def scan_back(code: str) -> ResponseReturnValue:
    form = ScanBackForm()
    submit(form, labelling.apply_label, lambda session: form.of(session, code))
    flash(_("The label %(code)s sticks on its container.", code=form.label.data))
    return back(code)


@bp.post("/<code>/confirm")
@requires(Permission.CONFIRM_STEP)
@on_refusal(show)
def confirm_step(code: str) -> ResponseReturnValue:
    form = ConfirmForm()
    submit(form, steps.confirm_step, lambda session: form.of(session, code))
    flash(_("You have confirmed %(code)s.", code=code.upper()))
    return back(code)
