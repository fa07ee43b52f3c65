"""How a step ends: closed with its line cleared, its bench cleared before, or given up."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lims.models.step import Step
from lims.permissions import Permission
from lims.web import in_time, step_reading
from lims.web import steps as steps_pages
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.forms import on_refusal, shown, submit
from lims.web.records import find
from lims.web.step_forms import ClearForm, CloseForm, SupplyForm, VoidForm
from lims.workflows import clearance, label_balance, left_benches, record_steps, steps, unscanned

bp = Blueprint("step_ends", __name__, url_prefix="/steps")


@bp.get("/<code>/close")
@requires(Permission.KEEP_STEP)
def close(code: str) -> ResponseReturnValue:
    step, session = find(Step, code), reading_session()
    planned, form = (
        step_reading.containers_of(session, step),
        shown(CloseForm, version=step.version),
    )
    printed = [each.label for each in planned if each.label]
    in_hand = [label for label in printed if label.status in label_balance.IN_HAND]
    unused = label_balance.unused(session, in_hand)
    record_steps.read_supplies(session, [step])
    missing, asked = list(unscanned.found(step)), list(unscanned.at_close(step))
    form.checker.closes(step.code, clearance.took_part(session, step))
    form.left_over.flags.required, form.comment.flags.required = bool(unused), bool(asked)
    return render_template(
        "steps/close.html",
        read=step_reading.around(session, step),
        step=step,
        hint=in_time.of_step(step),
        unused=unused,
        unscanned=missing,
        supply=shown(SupplyForm).into(step) if missing else None,
        closing=form,
    )


@bp.post("/<code>/close/supplies")
@requires(Permission.KEEP_STEP)
@on_refusal(close)
def use_supply_at_end(code: str) -> ResponseReturnValue:
    """What was used and is only scanned now that the step is closed."""
    steps_pages.enter_supply(code)
    return redirect(url_for("step_ends.close", code=code), 303)


@bp.post("/<code>/close")
@requires(Permission.KEEP_STEP)
@on_refusal(close)
def close_step(code: str) -> ResponseReturnValue:
    form = CloseForm()
    submit(form, steps.close_step, lambda session: form.of(session, code))
    flash(_("%(code)s is closed, the bench is clear.", code=code.upper()))
    in_time.warn_of(code)
    return steps_pages.back(code)


@bp.get("/<code>/clear")
@requires(Permission.KEEP_STEP)
def clear(code: str) -> ResponseReturnValue:
    step = find(Step, code)
    around = step_reading.around(reading_session(), step)
    return render_template(
        "steps/clear.html", read=around, step=step, clearing=shown(ClearForm, version=step.version)
    )


@bp.post("/<code>/clear")
@requires(Permission.KEEP_STEP)
@on_refusal(clear)
def clear_bench(code: str) -> ResponseReturnValue:
    form = ClearForm()
    step = submit(form, left_benches.clear_bench, lambda session: form.of(session, code))
    flash(_("The bench is clear; %(code)s goes on waiting for its performer.", code=step.code))
    return steps_pages.back(code)


@bp.get("/<code>/void")
@requires(Permission.KEEP_STEP)
def void(code: str) -> ResponseReturnValue:
    step = find(Step, code)
    around = step_reading.around(reading_session(), step)
    return render_template(
        "steps/void.html", read=around, step=step, voiding=shown(VoidForm, version=step.version)
    )


@bp.post("/<code>/void")
@requires(Permission.KEEP_STEP)
@on_refusal(void)
def void_step(code: str) -> ResponseReturnValue:
    form = VoidForm()
    submit(form, steps.void_step, lambda session: form.of(session, code))
    flash(_("%(code)s is given up; its labels are void.", code=code.upper()))
    return steps_pages.back(code)
