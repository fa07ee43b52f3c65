"""Doses: which wait for whom, and one dose with its way from the fill to the joint."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload, with_polymorphic

from lims.errors import LimsError, NotFound
from lims.models.administration import Administration, Handover, Receipt, Return
from lims.models.batch import Batch
from lims.models.course import TransplantationSession
from lims.models.fill import Dose, DoseStatus, Fill
from lims.models.signature import Signature
from lims.models.step import IdentityCheck, Step
from lims.permissions import Permission
from lims.web import narrowing
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.listing import listing
from lims.web.looks import note_look
from lims.workflows import (
    administering,
    course_doses,
    deviations,
    dose_alarms,
    dose_gate,
    issuing,
    signing,
    states,
)

bp = Blueprint("doses", __name__, url_prefix="/doses")

TO_HAND_OVER = (DoseStatus.AVAILABLE,)
AT_THE_CLINIC = (DoseStatus.ISSUED, DoseStatus.RECEIVED)
INJECTABLE = (DoseStatus.RECEIVED, DoseStatus.ISSUED, DoseStatus.EXPIRED)
ON_ITS_WAY = (*TO_HAND_OVER, *AT_THE_CLINIC)
WAY = with_polymorphic(Step, [Handover, Receipt, Return, Administration])

Acts = list[tuple[str, str, str]]


@dataclass(frozen=True)
class Passed:
    """One step of the way of a dose: what was recorded, the scans compared, the signatures."""

    step: Step
    check: IdentityCheck | None
    signed: list[tuple[Signature, bool]]


def page_of(statuses: tuple[DoseStatus, ...], title: str) -> ResponseReturnValue:
    """The doses with one of `statuses`, all of them where none is given."""
    chosen = narrowing.chosen(DoseStatus, "status")
    query = select(Dose)
    if wanted := (chosen,) if chosen else statuses:
        query = query.where(Dose.status.in_(wanted))
    return listed(query, title, narrowed=bool(statuses), chosen=chosen)


def listed(
    query: Select[Any], title: str, *, narrowed: bool, chosen: DoseStatus | None = None
) -> ResponseReturnValue:
    query = query.options(
        joinedload(Dose.patient),
        joinedload(Dose.fill),
        joinedload(Dose.session),
        joinedload(Dose.planned),
    )
    return render_template(
        "doses/index.html",
        title=title,
        narrowed=narrowed,
        doses=listing(query, Dose.id),
        statuses=DoseStatus,
        status=chosen,
    )


@bp.get("/")
@requires(Permission.SEE_PATIENTS)
def index() -> ResponseReturnValue:
    return page_of((), _("Doses"))


@bp.get("/to-hand-over")
@requires(Permission.ISSUE_DOSE)
def to_hand_over() -> ResponseReturnValue:
    return page_of(TO_HAND_OVER, _("Doses to hand over"))


@bp.get("/at-the-clinic")
@requires(Permission.RECEIVE_DOSE)
def at_the_clinic() -> ResponseReturnValue:
    return page_of(AT_THE_CLINIC, _("Doses to receive or to inject"))


@bp.get("/alarmed")
@requires(Permission.RECEIVE_DOSE)
def alarmed() -> ResponseReturnValue:
    """The doses that were recalled, or that a deviation holds: a result failed, a cold chain."""
    return listed(dose_alarms.alarmed(), _("Doses recalled or held"), narrowed=True)


def count(session: Session, statuses: tuple[DoseStatus, ...]) -> int:
    query = select(func.count()).select_from(Dose).where(Dose.status.in_(statuses))
    return int(session.scalar(query) or 0)


def count_to_hand_over(session: Session) -> int:
    return count(session, TO_HAND_OVER)


def count_at_the_clinic(session: Session) -> int:
    return count(session, AT_THE_CLINIC)


def dose_shown(code: str) -> Dose:
    """The dose with its patient, its fill and its session, in one query."""
    query = (
        select(Dose)
        .where(Dose.code == code.upper())
        .options(
            joinedload(Dose.patient),
            joinedload(Dose.planned),
            joinedload(Dose.session).joinedload(TransplantationSession.course),
            joinedload(Dose.fill).joinedload(Fill.batch).joinedload(Batch.specification_version),
        )
    )
    found = reading_session().scalars(query).one_or_none()
    if found is None:
        raise NotFound(code=code[:40])
    note_look(found.patient_id)
    return found


def problems(dose: Dose) -> list[LimsError]:
    """What speaks against giving the dose out; the page of the injection asks the rest."""
    if dose.status not in ON_ITS_WAY:
        return []
    return dose_gate.problems_with(reading_session(), dose, dose.session)


def acts(dose: Dose, against: list[LimsError]) -> Acts:
    """The next legal acts of the person signed in."""
    offered = [
        (
            Permission.ISSUE_DOSE,
            dose.status in TO_HAND_OVER and not against,
            (_("Hand over"), "dose_moves.hand_over", _("two people, two scans")),
        ),
        (
            Permission.RECEIVE_DOSE,
            dose_gate.awaits_receipt(reading_session(), dose),
            (_("Receive"), "dose_moves.receive", _("the clinic takes it over")),
        ),
        (
            Permission.RECORD_ADMINISTRATION,
            dose.status in INJECTABLE,
            (_("Record the injection"), "administrations.record", _("two scans, your signature")),
        ),
        (
            Permission.RECEIVE_DOSE,
            dose.status in course_doses.IN_HAND,
            (_("Return"), "dose_moves.bring_back", _("it will not be injected")),
        ),
        (
            Permission.DISCARD_MATERIAL,
            states.may_become(dose, DoseStatus.DISCARDED),
            (_("Discard"), "dose_moves.discard", _("two people sign")),
        ),
        (
            Permission.ISSUE_DOSE,
            _left_before(dose, against),
            (
                _("Record an earlier hand-over"),
                "dose_moves.hand_over",
                _("what left before this stood against it"),
            ),
        ),
    ]
    return [
        (text, url_for(endpoint, code=dose.code), note)
        for permission, fits, (text, endpoint, note) in offered
        if fits and current_user.may(permission)
    ] + _afterwards(dose)


def _left_before(dose: Dose, against: list[LimsError]) -> bool:
    """Whether a hand-over may yet be entered of a dose that is not given out any more."""
    waits = dose_gate.awaits_hand_over(reading_session(), dose)
    stands = bool(against) or dose.status is DoseStatus.EXPIRED
    return waits and stands and not any(isinstance(each, dose_gate.NEVER_TRUE) for each in against)


def _afterwards(dose: Dose) -> Acts:
    """What a physician does around the injection."""
    course = dose.session.course.code
    found: Acts = []
    if dose.status in AT_THE_CLINIC and current_user.may(Permission.ORDER_COURSE):
        ask = url_for("contraindications.check_session", code=dose.session.code)
        found.append((_("Ask the contraindications"), ask, _("on the day of the injection")))
    if dose.status is DoseStatus.ADMINISTERED and current_user.may(Permission.RECORD_OUTCOME):
        event = url_for("outcomes.event", code=course, dose=dose.code)
        found.append((_("Outcome"), url_for("outcomes.show", code=course), ""))
        found.append((_("Adverse event"), event, ""))
    return found


def way_of(dose: Dose) -> list[Passed]:
    """The steps this dose went through, in four queries however many there were."""
    session = reading_session()
    kinds = (WAY.Handover, WAY.Receipt, WAY.Return, WAY.Administration)
    steps = session.scalars(
        select(WAY)
        .where(or_(*(kind.dose_id == dose.id for kind in kinds)))
        .options(joinedload(WAY.performed_by), joinedload(WAY.verified_by))
        .order_by(WAY.id)
    ).all()
    checks = session.scalars(
        select(IdentityCheck).where(IdentityCheck.step_id.in_([step.id for step in steps]))
    )
    check_of = {check.step_id: check for check in checks}
    signatures = session.scalars(
        select(Signature)
        .where(Signature.subject_code.in_([dose.code, *(step.code for step in steps)]))
        .order_by(Signature.id)
    ).all()
    return [
        Passed(step, check_of.get(step.id), list(_signed(step, dose, signatures))) for step in steps
    ]


def _signed(step: Step, dose: Dose, signatures: Any) -> Any:
    for each in signatures:
        if isinstance(step, Handover) and each.meaning == "handed_over":
            yield each, signing.still_valid(each, issuing.shown_at_handover(dose))
        if isinstance(step, Administration) and each.subject_code == step.code:
            yield each, signing.still_valid(each, administering.shown_at_administration(step))


@bp.get("/<code>")
@requires(Permission.SEE_PATIENTS)
def show(code: str) -> ResponseReturnValue:
    dose = dose_shown(code)
    against = problems(dose)
    return render_template(
        "doses/show.html",
        dose=dose,
        problems=against,
        acts=acts(dose, against),
        way=way_of(dose),
        deviations=deviations.of_batch(reading_session(), dose.fill.batch),
    )
