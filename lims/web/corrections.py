"""Correcting a recorded value of a step: the old one and the reason stay in sight."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import Boolean, Column, Date, Integer, select

from lims.models.audit import AuditEntry
from lims.models.base import table_of
from lims.models.patient import Patient
from lims.models.step import Step, StepStatus
from lims.models.types import Closed, Moment, Scaled, called
from lims.permissions import Permission
from lims.web import filters
from lims.web.auth import requires
from lims.web.choices import ChoiceField, PickField
from lims.web.current import reading_session
from lims.web.fields import DecimalField, LongTextField, WholeField
from lims.web.forms import Form, on_refusal, shown, submit
from lims.web.records import find
from lims.web.times import DateField, MomentField
from lims.web.trail_values import told
from lims.workflows import codes, corrections

bp = Blueprint("corrections", __name__, url_prefix="/corrections")

YES_NO = {"yes": True, "no": False}


class CorrectionForm(Form):
    """The base of the forms below, one a column; `value` is added by `form_of`."""

    reason = LongTextField(_l("Why it is corrected"))


def field_of(column: Column[Any]) -> Any:
    """The field in which a value of `column` is typed, with its unit and its places."""
    label, kind = _l("The right value"), column.type
    unit, needed = column.info.get("unit", ""), not column.nullable or column.name == "performed_at"
    match kind:
        case Closed():
            return ChoiceField(label, kind.words, required=needed)
        case Scaled():
            return DecimalField(label, unit=unit, places=kind.places, least=None, required=needed)
        case Moment():
            return MomentField(label, required=needed)
        case Boolean():
            return PickField(label, [("yes", _l("yes")), ("no", _l("no"))], required=needed)
        case Date():
            return DateField(label, required=needed)
        case Integer():
            return WholeField(label, unit=unit, required=needed)
    return LongTextField(label, required=needed)


@cache
def form_of(table: str, field: str) -> type[CorrectionForm]:
    """The form for one column; made once, so that a refused one is known again."""
    model = next(each for each in kinds() if each.__tablename__ == table)
    column = corrections.columns_of(table_of(model))[field]
    return type(f"Correct_{table}_{field}", (CorrectionForm,), {"value": field_of(column)})


def kinds() -> list[type[Step]]:
    return [mapper.class_ for mapper in Step.__mapper__.self_and_descendants]


def typed(form: Any) -> object:
    """What was typed as the value of the column."""
    value = form.value.data
    return YES_NO[value] if isinstance(form.value, PickField) and value is not None else value


def stands(step: Step, field: str) -> object:
    """What the form begins with: the value as recorded."""
    value = getattr(step, field)
    return ("yes" if value else "no") if isinstance(value, bool) else value


def named(column: Column[Any]) -> str:
    return filters.word(called(column))


def said(step: Step, column: Column[Any]) -> str:
    """What is recorded in `column`, as a page writes it."""
    match getattr(step, column.name):
        case None:
            return "—"
        case bool() as yes:
            return str(_("yes") if yes else _("no"))
        case datetime() as at:
            return filters.moment(at)
        case date() as on:
            return filters.day(on)
        case StrEnum() as chosen:
            return filters.word(chosen)
        case Decimal() | int() as value:
            return filters.exact(value, column.info.get("unit", ""))
        case other:
            return str(other)


def step_shown(code: str) -> Step:
    step = find(Step, code)
    if step.status not in (StepStatus.RECORDED, StepStatus.CLOSED):
        abort(404)
    return step


def made(step: Step) -> list[Any]:
    """The corrections of a step so far, oldest first, with old and new values."""
    tables = {"step", table_of(step).name}
    entries = reading_session().scalars(
        select(AuditEntry)
        .where(
            AuditEntry.table_name.in_(tables),
            AuditEntry.row_id == step.id,
            AuditEntry.command == corrections.correct_step.__name__,
        )
        .order_by(AuditEntry.id)
    )
    return told(reading_session(), entries.all())


@bp.get("/<code>")
@requires(Permission.SEE_PRODUCTION)
def correct(code: str) -> ResponseReturnValue:
    """The values of a step that may be corrected, and the corrections made."""
    step = step_shown(code)
    return render_template(
        "corrections/correct.html",
        step=step,
        patient=reading_session().get_one(Patient, step.patient_id),
        values=[
            (column.name, named(column), said(step, column))
            for column in corrections.correctable_columns(step).values()
        ],
        made=made(step),
        may=current_user.may(Permission.CORRECT_RECORD),
    )


@bp.get("/<code>/<field>")
@requires(Permission.CORRECT_RECORD)
def correct_value(code: str, field: str) -> ResponseReturnValue:
    step = step_shown(code)
    columns = corrections.correctable_columns(step)
    if field not in columns:
        abort(404)
    form = shown(
        form_of(step.__tablename__, field), version=step.version, value=stands(step, field)
    )
    return render_template(
        "corrections/value.html",
        step=step,
        patient=reading_session().get_one(Patient, step.patient_id),
        field_name=field,
        name=named(columns[field]),
        value=said(step, columns[field]),
        correcting=form,
    )


@bp.post("/<code>/<field>")
@requires(Permission.CORRECT_RECORD)
@on_refusal(correct_value)
def record_correction(code: str, field: str) -> ResponseReturnValue:
    step = step_shown(code)
    if field not in corrections.correctable_columns(step):
        abort(404)
    form: Any = form_of(step.__tablename__, field)()
    submit(
        form,
        corrections.correct_step,
        lambda session: {
            "step": codes.load(session, code.upper(), Step),
            "field": field,
            "value": typed(form),
            "reason": form.reason.data,
            "version": form.version.data,
        },
    )
    flash(_("The value is corrected; the old one stays in the record."))
    return redirect(url_for("corrections.correct", code=code), 303)
