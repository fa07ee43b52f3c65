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
from sqlalchemy import BigInteger, Boolean, Column, Date, Integer
from sqlalchemy.orm import Session
from wtforms import HiddenField

from lims.errors import Word
from lims.models.fill import Dose, Vial
from lims.models.patient import Patient
from lims.models.step import Step, StepStatus
from lims.models.types import Closed, Moment, Scaled, called
from lims.papers.columns import WORDS
from lims.permissions import Permission
from lims.web import filters
from lims.web.auth import requires
from lims.web.choices import ChoiceField, YesNoField
from lims.web.corrected import corrected, counted
from lims.web.current import reading_session
from lims.web.fields import DecimalField, LongTextField, TextField, WholeField
from lims.web.forms import Form, on_refusal, shown, submit
from lims.web.records import find
from lims.web.times import DateField, MomentField
from lims.workflows import codes, corrections, made_values, sites
from lims.workflows.made_values import Made

bp = Blueprint("corrections", __name__, url_prefix="/corrections")


class CorrectionForm(Form):
    """The base of the forms below, one a column; `value` is added by `form_of`."""

    reason = LongTextField(_l("Why it is corrected"))
    comment = LongTextField(_l("Comment"), required=False)
    """Shown where the right value is asked about."""


def field_of(column: Column[Any], unit: str) -> Any:
    """The field in which a value of `column` is typed, with its unit and its places."""
    label, kind = _l("The right value"), column.type
    needed = not column.nullable or column.name == "performed_at"
    match kind:
        case Closed():
            return ChoiceField(label, kind.words, required=needed)
        case Scaled():
            return DecimalField(label, unit=unit, places=kind.places, least=None, required=needed)
        case Moment():
            return MomentField(label, required=needed)
        case Boolean():
            return YesNoField(label, required=needed)
        case Date():
            return DateField(label, required=needed)
        case Integer() | BigInteger():
            return WholeField(label, unit=unit, required=needed)
    return LongTextField(label, required=needed)


def form_of(column: Column[Any]) -> type[CorrectionForm]:
    """The form for one column of a step."""
    return _form(column, unit_of(column))


def unit_of(column: Column[Any]) -> str:
    return str(column.info.get("unit", ""))


@cache
def _form(column: Column[Any], unit: str) -> type[CorrectionForm]:
    """Made once, so that a refused one is known again."""
    name = f"Correct_{column.table}_{column.name}"
    asked = {"value": field_of(column, unit), "seen": HiddenField()}
    if column.name == "joint":
        asked["joint_named"] = TextField(_l("Which joint"), longest=sites.LONGEST, required=False)
    return type(name, (CorrectionForm,), asked)


def typed(form: Any) -> object:
    """What was typed as the value of the column."""
    value = form.value.data
    return form.value.is_yes if isinstance(form.value, YesNoField) and value else value


def stands(value: object) -> object:
    """What the form begins with: the value as recorded."""
    return ("yes" if value else "no") if isinstance(value, bool) else value


def named(column: Column[Any]) -> str:
    """As the paper of the step calls it, where it does."""
    word = WORDS.get(column.name)
    return filters.word(word.name if word else called(column))


def said(recorded: object, unit: str) -> str:
    """What is recorded, as a page writes it."""
    match recorded:
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
            return filters.exact(value, unit)
        case other:
            return str(other)


def step_shown(code: str) -> Step:
    step = find(Step, code)
    if step.status not in (StepStatus.RECORDED, StepStatus.CLOSED):
        abort(404)
    return step


@bp.get("/<code>")
@requires(Permission.SEE_PRODUCTION, Permission.CORRECT_RECORD)
def correct(code: str) -> ResponseReturnValue:
    """The values of a step that may be corrected, and the corrections made."""
    step = step_shown(code)
    session = reading_session()
    made, entries = made_values.made_in(session, step), corrected(step)
    filled = [each.record.fill for each in made if isinstance(each.record, Dose | Vial)]
    return render_template(
        "corrections/correct.html",
        step=step,
        patient=session.get_one(Patient, step.patient_id),
        values=[
            (column.name, named(column), said(getattr(step, column.name), unit_of(column)))
            for column in corrections.correctable_columns(step).values()
        ],
        made=[(each, name_of(each), said(each.value, each.unit)) for each in made],
        fill=filled[0] if filled else None,
        corrected=entries,
        whose={(each.table, each.record.id): whose(each) for each in made}
        | (counted(step) if entries else {}),
        may=corrections.may_correct(step, current_user),
        roles=corrections.correcting_roles(step),
    )


def name_of(made: Made) -> str:
    """What a value of something made is called: whose it is, and which."""
    return f"{whose(made)} · {named(made.column)}"


def whose(made: Made) -> str:
    return filters.word(made.called) if isinstance(made.called, Word) else made.called


def page(step: Step, name: str, value: str, correcting: Any, send_to: str) -> ResponseReturnValue:
    return render_template(
        "corrections/value.html",
        step=step,
        patient=reading_session().get_one(Patient, step.patient_id),
        name=name,
        value=value,
        correcting=correcting,
        send_to=send_to,
    )


def done(code: str) -> ResponseReturnValue:
    flash(_("The value is corrected; the old one stays in the record."))
    return redirect(url_for("corrections.correct", code=code), 303)


@bp.get("/<code>/<field>")
@requires(Permission.CORRECT_RECORD)
def correct_value(code: str, field: str) -> ResponseReturnValue:
    step = step_shown(code)
    column = corrections.correctable_columns(step).get(field)
    if column is None:
        abort(404)
    value = getattr(step, field)
    form = shown(form_of(column), version=step.version, value=stands(value))
    send_to = url_for("corrections.record_correction", code=code, field=field)
    return page(step, named(column), said(value, unit_of(column)), form, send_to)


@bp.post("/<code>/<field>")
@requires(Permission.CORRECT_RECORD)
@on_refusal(correct_value)
def record_correction(code: str, field: str) -> ResponseReturnValue:
    column = corrections.correctable_columns(step_shown(code)).get(field)
    if column is None:
        abort(404)
    form: Any = form_of(column)()
    submit(
        form,
        corrections.correct_step,
        lambda session: {
            "step": codes.load(session, code.upper(), Step),
            "field": field,
            "value": typed(form),
            "reason": form.reason.data,
            "comment": form.comment.data,
            "version": form.version.data,
            "joint_named": form.joint_named.data if "joint_named" in form else None,
        },
    )
    return done(code)


@bp.get("/<code>/<table>/<int:row>/<field>")
@requires(Permission.CORRECT_RECORD)
def correct_made(code: str, table: str, row: int, field: str) -> ResponseReturnValue:
    """One value of something that the step made: a count, a volume, a vessel."""
    step = step_shown(code)
    made = made_values.find(reading_session(), step, table, row, field)
    form: Any = shown(_form(made.column, made.unit), value=stands(made.value))
    form.seen.data = str(made.value)
    send_to = url_for("corrections.record_made", code=code, table=table, row=row, field=field)
    return page(step, name_of(made), said(made.value, made.unit), form, send_to)


@bp.post("/<code>/<table>/<int:row>/<field>")
@requires(Permission.CORRECT_RECORD)
@on_refusal(correct_made)
def record_made(code: str, table: str, row: int, field: str) -> ResponseReturnValue:
    made = made_values.find(reading_session(), step_shown(code), table, row, field)
    form: Any = _form(made.column, made.unit)()

    def arguments(session: Session) -> dict[str, Any]:
        step = codes.load(session, code.upper(), Step)
        return {
            "step": step,
            "made": made_values.find(session, step, table, row, field),
            "value": typed(form),
            "seen": form.seen.data or "",
            "reason": form.reason.data,
            "comment": form.comment.data,
        }

    submit(form, made_values.correct_made, arguments)
    return done(code)
