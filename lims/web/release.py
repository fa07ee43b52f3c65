"""The desk of quality: one fill with what is not as usual, and the decisions open on it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from lims.errors import N_, LimsError, NotFound
from lims.models.batch import Batch
from lims.models.fill import Dose, Fill, FillStatus
from lims.models.user import User
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.fields import LongTextField
from lims.web.forms import Form, on_refusal, shown, submit
from lims.web.people import OwnPassword, PersonProof
from lims.web.released import after_decision
from lims.workflows import (
    codes,
    deciding,
    fill_results,
    rejecting,
    releasing,
    reviewing,
    states,
    steps,
)

bp = Blueprint("release", __name__, url_prefix="/fills")


class DecisionForm(Form):
    reason = LongTextField(_l("Reason"), required=False)
    password = OwnPassword(_l("Your signature"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {"fill": codes.load(session, code, Fill), "proof": self.password.proof}


class ReasonedForm(DecisionForm):
    reason = LongTextField(_l("Reason"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {**super().of(session, code), "reason": self.reason.data}


class ByTwoForm(ReasonedForm):
    second = PersonProof(
        _l("Second person"),
        required=False,
        hint=_l("Empty: another person signs within 24 hours from their own session."),
    )

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {**super().of(session, code), "second": self.second.proof}


@dataclass(frozen=True)
class Act:
    """One decision on a fill: its command, its form, and how its button reads."""

    command: Callable[..., Any]
    permission: Permission
    form: type[DecisionForm]
    label: str
    note: str
    means: str
    """What the signature says."""
    danger: bool = False


ACTS: dict[str, Act] = {
    "review": Act(
        releasing.review_production,
        Permission.REVIEW_PRODUCTION,
        DecisionForm,
        N_("Review the production record"),
        N_("steps closed, labels balanced"),
        N_("The production record is complete and reviewed."),
    ),
    "release-conditionally": Act(
        releasing.release_conditionally,
        Permission.RELEASE_FILL,
        DecisionForm,
        N_("Release conditionally"),
        N_("while a test that may follow is still running"),
        N_("Released to the named patient while the tests named above are still running."),
    ),
    "release": Act(
        releasing.release_fill,
        Permission.RELEASE_FILL,
        DecisionForm,
        N_("Release"),
        N_("asks your password"),
        N_("Reviewed and released to the named patient."),
    ),
    "ask-change": Act(
        releasing.ask_change,
        Permission.RELEASE_FILL,
        ReasonedForm,
        N_("Ask for a change"),
        N_("voids the production review"),
        N_("The production review is void; the fill goes back to quarantine."),
    ),
    "reject": Act(
        rejecting.reject_fill,
        Permission.REJECT_FILL,
        ReasonedForm,
        N_("Reject"),
        N_("reason, second signature to destroy"),
        N_("Rejected: it will not be given to the patient."),
        danger=True,
    ),
    "recall": Act(
        rejecting.recall_fill,
        Permission.REJECT_FILL,
        ReasonedForm,
        N_("Recall"),
        N_("what is not injected comes back"),
        N_("Recalled: nothing of it is injected any more."),
        danger=True,
    ),
    "destroy": Act(
        rejecting.destroy_fill,
        Permission.DISCARD_MATERIAL,
        ByTwoForm,
        N_("Destroy"),
        N_("two people sign"),
        N_("What is left of it is destroyed."),
        danger=True,
    ),
}


def fill_shown(code: str) -> Fill:
    """The fill with all its page shows, in a constant number of queries."""
    query = (
        select(Fill)
        .where(Fill.code == code.upper())
        .options(
            joinedload(Fill.patient),
            joinedload(Fill.batch).joinedload(Batch.course),
            joinedload(Fill.batch).joinedload(Batch.specification_version),
            selectinload(Fill.doses).joinedload(Dose.session),
            selectinload(Fill.doses).joinedload(Dose.planned),
            selectinload(Fill.vials),
            selectinload(Fill.dispositions),
        )
    )
    found = reading_session().scalars(query).one_or_none()
    if found is None:
        raise NotFound(code=code[:40])
    return found


@dataclass(frozen=True)
class Standing:
    """How a fill stands: what is open, what is unusual, who made it."""

    open_for_review: list[LimsError]
    open_for_release: list[LimsError]
    open_for_conditional: list[LimsError]
    unusual: list[reviewing.Unusual]
    results: list[fill_results.JudgedLine]
    makers: list[User]

    @classmethod
    def of(cls, fill: Fill) -> "Standing":
        session = reading_session()
        ids = steps.makers(session, fill.batch) | fill_results.analysts(session, fill)
        people = select(User).where(User.id.in_(ids)).order_by(User.full_name)
        return cls(
            reviewing.missing_for_review(session, fill),
            reviewing.missing_for_release(session, fill),
            reviewing.missing_for_conditional(session, fill),
            reviewing.exceptions(session, fill),
            fill_results.judged(session, fill),
            list(session.scalars(people)),
        )


def offered(fill: Fill, standing: Standing) -> list[str]:
    """The decisions that would not be refused to this person now, by name."""
    took_part = current_user.id in {person.id for person in standing.makers}
    decided = fill.status is FillStatus.CONDITIONAL
    reviewed = fill.status in (FillStatus.QUARANTINED, FillStatus.PRODUCTION_REVIEWED)
    fits = {
        "review": fill.status is FillStatus.QUARANTINED and not standing.open_for_review,
        "release": (reviewed or decided) and not standing.open_for_release and not took_part,
        "release-conditionally": reviewed
        and not standing.open_for_conditional
        and bool(standing.open_for_release)
        and not took_part,
        "ask-change": fill.status is FillStatus.PRODUCTION_REVIEWED,
        "reject": states.may_become(fill, FillStatus.REJECTED),
        "recall": states.may_become(fill, FillStatus.RECALLED),
        "destroy": states.may_become(fill, FillStatus.DESTROYED),
    }
    return [name for name, act in ACTS.items() if fits[name] and current_user.may(act.permission)]


@bp.get("/<code>")
@requires(Permission.SEE_PRODUCTION)
def show(code: str) -> ResponseReturnValue:
    fill = fill_shown(code)
    standing = Standing.of(fill)
    session = reading_session()
    signed = [(each, deciding.still_signed(session, each)) for each in fill.dispositions]
    return render_template(
        "release/show.html",
        fill=fill,
        standing=standing,
        signed=signed,
        acts=[(name, ACTS[name]) for name in offered(fill, standing)],
    )


@bp.get("/<code>/<act>")
@requires(Permission.REVIEW_PRODUCTION, Permission.RELEASE_FILL, Permission.DISCARD_MATERIAL)
def decide(code: str, act: str) -> ResponseReturnValue:
    if act not in ACTS:
        abort(404)
    fill = fill_shown(code)
    session = reading_session()
    return render_template(
        "release/decide.html",
        fill=fill,
        name=act,
        act=ACTS[act],
        exceptions=reviewing.exceptions(session, fill),
        results=fill_results.judged(session, fill),
        deciding=shown(ACTS[act].form),
    )


@bp.post("/<code>/<act>")
@requires(Permission.REVIEW_PRODUCTION, Permission.RELEASE_FILL, Permission.DISCARD_MATERIAL)
@on_refusal(decide)
def record_decision(code: str, act: str) -> ResponseReturnValue:
    if act not in ACTS:
        abort(404)
    form = ACTS[act].form()
    submit(form, ACTS[act].command, lambda session: form.of(session, code))
    after_decision(code)
    flash(_("The decision on %(code)s is recorded.", code=code.upper()))
    return redirect(url_for("release.show", code=code), 303)
