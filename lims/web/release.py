"""The desk of quality: one fill with what is not as usual, and the decisions open on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from lims.errors import N_, LimsError
from lims.models.aliquot import QcTest
from lims.models.batch import Batch
from lims.models.course import PlannedAdministration
from lims.models.fill import TO_DECIDE, Dose, Fill, FillKind, FillStatus
from lims.models.lot import Lot
from lims.models.signature import PendingSignature
from lims.models.user import User
from lims.permissions import Permission
from lims.web import qc_at_once
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.forms import on_refusal, shown, submit
from lims.web.records import find
from lims.web.release_acts import ACTS
from lims.web.released import after_decision
from lims.workflows import (
    called_off,
    deciding,
    deviations,
    earlier_release,
    earlier_steps,
    fill_results,
    qc_run_told,
    rejecting,
    reviewing,
    second_signatures,
    states,
    unusual,
)
from lims.workflows.dose_gate import RELEASED
from lims.workflows.evidence import (
    Evidence,
    evidence_of,
    makers,
    performers,
    with_its_evidence,
)
from lims.workflows.qc_lines import lines_beside
from lims.workflows.qc_run_members import IN_RUNS
from lims.workflows.unusual import Unusual

bp = Blueprint("release", __name__, url_prefix="/fills")


def fill_shown(code: str) -> Fill:
    """The fill with all its page shows, in a constant number of queries."""
    return find(
        Fill,
        code,
        *with_its_evidence(),
        joinedload(Fill.vehicle_lot).joinedload(Lot.item, innerjoin=False),
        joinedload(Fill.batch).joinedload(Batch.course),
        joinedload(Fill.doses).options(
            joinedload(Dose.session),
            joinedload(Dose.planned).joinedload(PlannedAdministration.removal),
        ),
    )


@dataclass(frozen=True)
class Standing:
    """How a fill stands: what is open, what is unusual, who made it."""

    open_for_review: list[LimsError]
    open_for_release: list[LimsError]
    open_for_conditional: list[LimsError]
    unusual: list[Unusual]
    """Without the cultures that simply run: they stand among what is open."""
    results: list[fill_results.JudgedLine]
    makers: list[User]
    performers: set[int]

    @classmethod
    def of(cls, fill: Fill, evidence: Evidence) -> "Standing":
        session = reading_session()
        barred = makers(evidence)
        if evidence.taken_over is not None:
            barred |= earlier_release.importers(session, evidence, fill)
        people = select(User).where(User.id.in_(barred)).order_by(User.full_name)
        return cls(
            reviewing.missing_for_review(session, fill, evidence),
            reviewing.missing_for_release(session, fill, evidence),
            reviewing.missing_for_conditional(session, fill, evidence),
            [each for each in unusual.exceptions(session, fill, evidence) if each.asks_why],
            evidence.results_told,
            list(session.scalars(people)),
            performers(evidence),
        )


def offered(fill: Fill, standing: Standing, evidence: Evidence) -> list[str]:
    """The decisions that would not be refused to this person now, by name."""
    brought = earlier_release.may_be_taken_over(fill, evidence)
    took_part = current_user.id in {person.id for person in standing.makers}
    decided = fill.status is FillStatus.CONDITIONAL
    reviewed = fill.status in (FillStatus.QUARANTINED, FillStatus.PRODUCTION_REVIEWED)
    fits = {
        "review": fill.status is FillStatus.QUARANTINED
        and not standing.open_for_review
        and current_user.id not in standing.performers,
        "release": (reviewed or decided) and not standing.open_for_release and not took_part,
        "release-conditionally": reviewed
        and fill.kind is FillKind.DOSES
        and not standing.open_for_conditional
        and bool(standing.open_for_release)
        and not took_part,
        "take-over": brought and not took_part and not any(reviewing.standing_against(evidence)),
        "ask-change": fill.status is FillStatus.PRODUCTION_REVIEWED,
        "reject": brought or states.may_become(fill, FillStatus.REJECTED),
        "recall": states.may_become(fill, FillStatus.RECALLED),
        "destroy": states.may_become(fill, FillStatus.DESTROYED) and rejecting.something_left(fill),
    }
    return [name for name, act in ACTS.items() if fits[name] and current_user.may(act.permission)]


def open_yet(fill: Fill, standing: Standing, evidence: Evidence) -> list[LimsError]:
    """What speaks against its release, while there is one to be decided or taken over."""
    if earlier_release.may_be_taken_over(fill, evidence):
        return list(reviewing.standing_against(evidence))
    return standing.open_for_release if fill.status in TO_DECIDE else []


def half_signed(fill: Fill) -> PendingSignature | None:
    """The first signature of its destruction, while the second is awaited."""
    if not states.may_become(fill, FillStatus.DESTROYED):
        return None
    return reading_session().scalars(second_signatures.of_fill(fill)).first()


@bp.get("/<code>")
@requires(Permission.SEE_PRODUCTION)
def show(code: str) -> ResponseReturnValue:
    fill = fill_shown(code)
    session = reading_session()
    evidence = evidence_of(session, fill)
    standing = Standing.of(fill, evidence)
    own = [test for test in evidence.tests if test.fill_id == fill.id]
    signed = [(each, deciding.still_signed(session, each, evidence)) for each in fill.dispositions]
    return render_template(
        "release/show.html",
        fill=fill,
        standing=standing,
        mark=evidence.taken_over,
        number=earlier_steps.number_filled(fill),
        by_sheet=earlier_steps.by_sheet(fill),
        signed=signed,
        open_yet=open_yet(fill, standing, evidence),
        testing=qc_at_once.doors_of(fill.code, with_runs(own)),
        to_ask=current_user.may(Permission.TAKE_ALIQUOT) and lines_beside(fill, own),
        acts=[(name, ACTS[name]) for name in offered(fill, standing, evidence)],
        holding=deviations.holding(evidence.deviations) if fill.status in RELEASED else [],
        on_hold=evidence.holds if fill.status in RELEASED else [],
        called=earlier_release.called,
        half_signed=half_signed(fill),
        called_off=called_off.told_of(fill.doses),
        ended=fill.status in deviations.FILLS_ENDED,
        labels_wrong={each.parameters["code"] for each in evidence.labels_wrong},
    )


@bp.get("/<code>/<act>")
@requires(Permission.REVIEW_PRODUCTION, Permission.RELEASE_FILL, Permission.DISCARD_MATERIAL)
def decide(code: str, act: str) -> ResponseReturnValue:
    if act not in ACTS:
        abort(404)
    fill = fill_shown(code)
    session = reading_session()
    evidence = evidence_of(session, fill)
    signed = deciding.shown_now(session, fill, evidence)
    if ACTS[act].command is rejecting.destroy_fill:
        signed = rejecting.shown_when_destroyed(fill)
    exceptions = unusual.exceptions(session, fill, evidence)
    form = shown(ACTS[act].form).showing(signed)
    if any(each.asks_why for each in exceptions):
        form.answering()
    return render_template(
        "release/decide.html",
        fill=fill,
        name=act,
        act=ACTS[act],
        exceptions=exceptions,
        results=evidence.results_told,
        called_off=called_off.told_of(fill.doses),
        mark=evidence.taken_over,
        against=list(reviewing.standing_against(evidence)) if act == "take-over" else [],
        deciding=form,
    )


@bp.post("/<code>/<act>")
@requires(Permission.REVIEW_PRODUCTION, Permission.RELEASE_FILL, Permission.DISCARD_MATERIAL)
@on_refusal(decide)
def record_decision(code: str, act: str) -> ResponseReturnValue:
    if act not in ACTS:
        abort(404)
    form, what = ACTS[act].form(), ACTS[act].meaning_of(find(Fill, code))
    made = submit(form, ACTS[act].command, lambda session: form.of(session, code))
    after_decision(code)
    if act == "destroy" and made.status is not FillStatus.DESTROYED:
        what = N_("You signed. A second person signs the same within 24 hours.")
    flash(_("Recorded of %(code)s: %(what)s", code=code.upper(), what=_(what)))
    return redirect(url_for("release.show", code=code), 303)


def with_runs(own: Sequence[QcTest]) -> Sequence[QcTest]:
    """Tests of a fill and of its containers, with the runs that their tubes stand in."""
    if waiting := [test for test in own if test.aliquot_id and test.status in IN_RUNS]:
        qc_run_told.load(reading_session(), waiting)
    return own
