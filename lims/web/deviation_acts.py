"""What is decided on a deviation: each move a page of its own, signed where quality decides."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.deviation_forms import ACTS
from lims.web.deviations import deviation_shown
from lims.web.filters import word
from lims.web.forms import Signing, on_refusal, shown, submit
from lims.workflows import deviation_decisions

bp = Blueprint("deviation_acts", __name__, url_prefix="/deviations")


@bp.get("/<code>/<act>")
@requires(Permission.INVESTIGATE_DEVIATION, Permission.DECIDE_DEVIATION)
def decide(code: str, act: str) -> ResponseReturnValue:
    chosen = ACTS.get(act) or abort(404)
    deviation, form = deviation_shown(code), shown(chosen.form)
    if isinstance(form, Signing):
        form.showing(deviation_decisions.shown_before(deviation))
    return render_template(
        "deviations/decide.html",
        deviation=deviation,
        name=act,
        act=chosen,
        deciding=form,
    )


@bp.post("/<code>/<act>")
@requires(Permission.INVESTIGATE_DEVIATION, Permission.DECIDE_DEVIATION)
@on_refusal(decide)
def record_decision(code: str, act: str) -> ResponseReturnValue:
    chosen = ACTS.get(act) or abort(404)
    form = chosen.form()
    deviation = submit(form, chosen.command, lambda session: form.of(session, code))
    flash(
        _("%(code)s, from now on: %(status)s", code=deviation.code, status=word(deviation.status))
    )
    return redirect(url_for("deviations.show", code=deviation.code), 303)
