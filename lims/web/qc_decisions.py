"""What becomes of an entered result: each decision a page that shows exactly what is signed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lims.errors import N_
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.forms import on_refusal, shown, submit
from lims.web.qc import facts_of, test_shown
from lims.web.qc_forms import InvalidateForm, RepeatForm, ReturnForm, SignedForm, SignForm
from lims.web.qc_results import note_shown
from lims.workflows import qc_deciding

bp = Blueprint("qc_decisions", __name__, url_prefix="/qc")


@dataclass(frozen=True)
class Act:
    """One decision on a result: its command, its form, what its signature means."""

    command: Callable[..., Any]
    form: type[SignedForm]
    label: str
    means: str
    done: str
    danger: bool = False
    at_once: str = ""
    """The page on which all results of an aliquot are signed so."""


VERIFY = Act(
    qc_deciding.verify_result,
    SignForm,
    N_("Verify"),
    N_("Your signature means: I compared this result with what was read, and it is so."),
    N_("%(code)s is verified. Quality approves it."),
    at_once="qc_at_once.verify",
)
APPROVE = Act(
    qc_deciding.approve_result,
    SignForm,
    N_("Approve"),
    N_("Your signature means: quality accepts this as what was found, be it good or bad."),
    N_("%(code)s is approved."),
    at_once="qc_at_once.approve",
)
SEND_BACK = Act(
    qc_deciding.return_result,
    ReturnForm,
    N_("Send back"),
    N_("The verification counts no more; the analyst corrects the result or leaves it."),
    N_("%(code)s was sent back."),
)
INVALIDATE = Act(
    qc_deciding.invalidate_result,
    InvalidateForm,
    N_("Declare invalid"),
    N_("Your signature means: the test itself went wrong, by the cause named. It stays visible."),
    N_("It is invalid. Go on with %(code)s."),
    danger=True,
)
SUPERSEDE = Act(
    qc_deciding.supersede_result,
    RepeatForm,
    N_("Supersede"),
    N_("Your signature means: a new result takes the place of this one, which stays visible."),
    N_("It is superseded; %(code)s takes its place."),
    danger=True,
)


def page(act: Act, code: str) -> str:
    test = test_shown(code)
    form = shown(act.form)
    note_shown(form, test)
    return render_template("qc/decide.html", **facts_of(test), act=act, deciding=form)


def carry_out(act: Act, code: str) -> ResponseReturnValue:
    form = act.form()
    test = submit(form, act.command, lambda session: form.of(session, code))
    flash(_(act.done, code=test.code))
    return redirect(url_for("qc.show", code=test.code), 303)


@bp.get("/<code>/verify")
@requires(Permission.VERIFY_RESULT)
def verify(code: str) -> ResponseReturnValue:
    return page(VERIFY, code)


@bp.post("/<code>/verify")
@requires(Permission.VERIFY_RESULT)
@on_refusal(verify)
def verify_result(code: str) -> ResponseReturnValue:
    return carry_out(VERIFY, code)


@bp.get("/<code>/approve")
@requires(Permission.APPROVE_RESULT)
def approve(code: str) -> ResponseReturnValue:
    return page(APPROVE, code)


@bp.post("/<code>/approve")
@requires(Permission.APPROVE_RESULT)
@on_refusal(approve)
def approve_result(code: str) -> ResponseReturnValue:
    return carry_out(APPROVE, code)


@bp.get("/<code>/send-back")
@requires(Permission.APPROVE_RESULT)
def send_back(code: str) -> ResponseReturnValue:
    return page(SEND_BACK, code)


@bp.post("/<code>/send-back")
@requires(Permission.APPROVE_RESULT)
@on_refusal(send_back)
def return_result(code: str) -> ResponseReturnValue:
    return carry_out(SEND_BACK, code)


@bp.get("/<code>/invalidate")
@requires(Permission.APPROVE_RESULT)
def invalidate(code: str) -> ResponseReturnValue:
    return page(INVALIDATE, code)


@bp.post("/<code>/invalidate")
@requires(Permission.APPROVE_RESULT)
@on_refusal(invalidate)
def invalidate_result(code: str) -> ResponseReturnValue:
    return carry_out(INVALIDATE, code)


@bp.get("/<code>/supersede")
@requires(Permission.APPROVE_RESULT)
def supersede(code: str) -> ResponseReturnValue:
    return page(SUPERSEDE, code)


@bp.post("/<code>/supersede")
@requires(Permission.APPROVE_RESULT)
@on_refusal(supersede)
def supersede_result(code: str) -> ResponseReturnValue:
    return carry_out(SUPERSEDE, code)
