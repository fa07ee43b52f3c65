"""What is done with tissue before its isolation: collected, sent, received, decided, discarded."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lims import clock
from lims.models.sample import SampleStatus
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.filters import word
from lims.web.forms import on_refusal, shown, submit
from lims.web.sample_forms import (
    AcceptForm,
    CollectionForm,
    DiscardForm,
    DispatchForm,
    ReceptionForm,
    RejectForm,
)
from lims.web.samples import deviations_of, sample_shown
from lims.workflows import acceptance, collecting, receiving, specifications

bp = Blueprint("tissue", __name__, url_prefix="/samples")


def given(form: Any, command: Callable[..., Any], code: str) -> Any:
    return submit(form, command, lambda session: form.of(session, code))


def back(code: str) -> ResponseReturnValue:
    return redirect(url_for("samples.show", code=code), 303)


@bp.get("/<code>/collect")
@requires(Permission.RECORD_COLLECTION)
def collect(code: str) -> ResponseReturnValue:
    sample = sample_shown(code)
    return render_template(
        "samples/collect.html",
        sample=sample,
        problems=collecting.problems_before(reading_session(), sample, clock.today()),
        collected=shown(CollectionForm),
    )


@bp.post("/<code>/collect")
@requires(Permission.RECORD_COLLECTION)
@on_refusal(collect)
def record_collection(code: str) -> ResponseReturnValue:
    given(CollectionForm(), collecting.record_collection, code)
    flash(_("The collection is recorded. Hand the tissue to the courier."))
    return back(code)


@bp.get("/<code>/dispatch")
@requires(Permission.DISPATCH_SAMPLE)
def dispatch(code: str) -> ResponseReturnValue:
    return render_template(
        "samples/dispatch.html", sample=sample_shown(code), sending=shown(DispatchForm)
    )


@bp.post("/<code>/dispatch")
@requires(Permission.DISPATCH_SAMPLE)
@on_refusal(dispatch)
def record_dispatch(code: str) -> ResponseReturnValue:
    given(DispatchForm(), collecting.dispatch_sample, code)
    flash(_("%(code)s is on its way.", code=code.upper()))
    return back(code)


@bp.get("/<code>/receive")
@requires(Permission.RECEIVE_SAMPLE)
def receive(code: str) -> ResponseReturnValue:
    return render_template(
        "samples/receive.html",
        sample=sample_shown(code),
        received=shown(ReceptionForm),
        version=specifications.current(reading_session()),
        limit=specifications.limit,
    )


@bp.post("/<code>/receive")
@requires(Permission.RECEIVE_SAMPLE)
@on_refusal(receive)
def record_reception(code: str) -> ResponseReturnValue:
    given(ReceptionForm(), receiving.receive_sample, code)
    flash(
        _(
            "%(code)s is received. Next, the production lead or quality assurance decides on it.",
            code=code.upper(),
        )
    )
    return back(code)


@bp.get("/<code>/accept")
@requires(Permission.DECIDE_SAMPLE)
def accept(code: str) -> ResponseReturnValue:
    sample, session = sample_shown(code), reading_session()
    version = specifications.current(session)
    standing = acceptance.markers_of(session, sample, version)
    return render_template(
        "samples/accept.html",
        sample=sample,
        becomes=acceptance.may_become_by(session, sample, version, standing),
        standing=standing,
        deviations=deviations_of(session, sample),
        accepting=shown(AcceptForm),
        rejected=SampleStatus.REJECTED,
    )


@bp.post("/<code>/accept")
@requires(Permission.DECIDE_SAMPLE)
@on_refusal(accept)
def accept_sample(code: str) -> ResponseReturnValue:
    sample = given(AcceptForm(), receiving.accept_sample, code)
    flash(_("%(code)s is %(status)s now.", code=sample.code, status=word(sample.status)))
    return back(code)


@bp.get("/<code>/reject")
@requires(Permission.DECIDE_SAMPLE)
def reject(code: str) -> ResponseReturnValue:
    sample = sample_shown(code)
    form = shown(RejectForm).showing(receiving.shown_of(sample))
    return render_template("samples/reject.html", sample=sample, rejecting=form)


@bp.post("/<code>/reject")
@requires(Permission.DECIDE_SAMPLE)
@on_refusal(reject)
def reject_sample(code: str) -> ResponseReturnValue:
    given(RejectForm(), receiving.reject_sample, code)
    flash(_("%(code)s is rejected.", code=code.upper()))
    return back(code)


@bp.get("/<code>/discard")
@requires(Permission.DISCARD_MATERIAL)
def discard(code: str) -> ResponseReturnValue:
    sample = sample_shown(code)
    form = shown(DiscardForm).showing(receiving.shown_of(sample))
    return render_template("samples/discard.html", sample=sample, discarding=form)


@bp.post("/<code>/discard")
@requires(Permission.DISCARD_MATERIAL)
@on_refusal(discard)
def discard_sample(code: str) -> ResponseReturnValue:
    sample = given(DiscardForm(), receiving.discard_sample, code)
    if sample.status is SampleStatus.DISCARDED:
        flash(_("%(code)s is discarded.", code=sample.code))
    else:
        flash(_("You have signed. Another person signs within 24 hours."))
    return back(code)
