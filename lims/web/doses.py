"""Doses: which wait for whom, and one dose with its way from the fill to the joint."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, select, union
from sqlalchemy.orm import aliased, joinedload, selectinload, with_polymorphic

from lims import clock
from lims.errors import LimsError
from lims.models.administration import Administration, Handover, Receipt, Return
from lims.models.batch import Batch
from lims.models.contraindication import Occasion
from lims.models.course import TransplantationSession
from lims.models.deviation import Deviation
from lims.models.fill import Dose, DoseStatus, Fill
from lims.models.signature import Signature
from lims.models.specification import SpecificationVersion
from lims.models.step import IdentityCheck, Step
from lims.permissions import Permission
from lims.web import dose_acts, narrowing
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.dose_acts import AT_THE_CLINIC, TO_HAND_OVER
from lims.web.listing import listing
from lims.web.looks import note_look
from lims.web.records import find
from lims.workflows import (
    administering,
    aftercare,
    awaited,
    called_off,
    containers,
    contraindications,
    deviations,
    dose_alarms,
    dose_gate,
    dose_holds,
    injection_findings,
    issuing,
    label_contents,
    rejecting,
    shelf_life,
    signing,
)

bp = Blueprint("doses", __name__, url_prefix="/doses")

ON_ITS_WAY = (*TO_HAND_OVER, *AT_THE_CLINIC)
WAY = with_polymorphic(Step, [Handover, Receipt, Return, Administration])


@dataclass(frozen=True)
class Passed:
    """One step of the way of a dose: what was recorded, the scans compared, the signatures."""

    step: Step
    check: IdentityCheck | None
    signed: list[tuple[Signature, bool]]


def page_of(
    statuses: tuple[DoseStatus, ...], title: str, *such: ColumnElement[bool]
) -> ResponseReturnValue:
    """The doses with one of `statuses`, all of them where none is given."""
    chosen = narrowing.chosen(DoseStatus, "status")
    query = select(Dose).where(*such)
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
        selectinload(Dose.aliquots),
    )
    return render_template(
        "doses/index.html",
        title=title,
        narrowed=narrowed,
        doses=listing(query, Dose.id),
        statuses=DoseStatus,
        status=chosen,
        off=called_off.undecided,
    )


@bp.get("/")
@requires(Permission.SEE_PATIENTS)
def index() -> ResponseReturnValue:
    return page_of((), _("Doses"))


@bp.get("/to-hand-over")
@requires(Permission.ISSUE_DOSE)
def to_hand_over() -> ResponseReturnValue:
    such = dose_gate.not_emptied(), ~called_off.its_injection()
    return page_of(TO_HAND_OVER, _("Doses to hand over"), *such)


@bp.get("/at-the-clinic")
@requires(Permission.RECEIVE_DOSE)
def at_the_clinic() -> ResponseReturnValue:
    return page_of(AT_THE_CLINIC, _("Doses to receive or to inject"))


@bp.get("/alarmed")
@requires(Permission.RECEIVE_DOSE)
def alarmed() -> ResponseReturnValue:
    """The doses that were recalled, or that a deviation holds: a result failed, a cold chain."""
    return listed(dose_alarms.alarmed(), _("Doses recalled or held"), narrowed=True)


def dose_shown(code: str) -> Dose:
    """The dose with its patient, its fill and its session, in one query."""
    found = find(
        Dose,
        code,
        joinedload(Dose.patient),
        joinedload(Dose.planned),
        joinedload(Dose.aliquots),
        joinedload(Dose.session).joinedload(TransplantationSession.course),
        joinedload(Dose.fill).options(
            joinedload(Fill.withdrawal),
            joinedload(Fill.vehicle_lot),
            joinedload(Fill.batch)
            .joinedload(Batch.specification_version)
            .joinedload(SpecificationVersion.limits),
        ),
    )
    note_look(found.patient_id)
    return found


def problems(dose: Dose, reported: Sequence[Deviation]) -> list[LimsError]:
    """What speaks against giving the dose out; the page of the injection asks the rest."""
    if dose.status not in ON_ITS_WAY:
        labels = containers.copies_of(reading_session(), [dose.code])
        return label_contents.out_of_date([dose], labels)
    return dose_gate.problems_with(reading_session(), dose, dose.session, reported=reported)


def contraindicated(dose: Dose) -> list[LimsError]:
    """What the answers of the day say against injecting a dose at the clinic, or that there are
    none; markers and age are held against it on the page of the injection."""
    if dose.status not in AT_THE_CLINIC:
        return []
    session, course, today = reading_session(), dose.session.course, clock.today()
    check = contraindications.latest_check(session, course, Occasion.INJECTION, dose.session)
    if check and clock.day_of(check.checked_at) == today and check.nothing_stands:
        return []
    return contraindications.missing(
        session, course, Occasion.INJECTION, today, dose.session, checks=[check] if check else []
    )


def way_of(dose: Dose) -> list[Passed]:
    """The steps this dose went through, in four queries however many there were."""
    session = reading_session()
    kinds: list[Any] = [
        aliased(kind, flat=True) for kind in (Handover, Receipt, Return, Administration)
    ]
    its = union(*(select(kind.id).where(kind.dose_id == dose.id) for kind in kinds))
    steps = session.scalars(
        select(WAY)
        .where(WAY.id.in_(its))
        .options(joinedload(WAY.performed_by), joinedload(WAY.verified_by))
        .order_by(WAY.id)
    ).all()
    if not steps:
        return []
    checks = session.scalars(
        select(IdentityCheck)
        .where(IdentityCheck.step_id.in_([step.id for step in steps]))
        .options(joinedload(IdentityCheck.cleared_by))
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
            yield each, signing.still_valid(each, issuing.shown_at_handover(dose, each.signed_at))
        if isinstance(step, Administration) and each.subject_code == step.code:
            yield each, signing.still_valid(each, administering.shown_at_administration(step))


def off_plan(dose: Dose, injected: Administration) -> list[LimsError]:
    """Where the injection left what was planned, with what other syringes brought of it."""
    of_session = aftercare.injections(reading_session(), dose.session)
    return injection_findings.off_plan(of_session)[injected.id]


@bp.get("/<code>")
@requires(Permission.SEE_PATIENTS)
def show(code: str) -> ResponseReturnValue:
    dose = dose_shown(code)
    reported = deviations.of_batch(reading_session(), dose.fill.batch)
    against, way = problems(dose, reported), way_of(dose)
    barred = contraindicated(dose)
    given = dose.status is DoseStatus.ADMINISTERED
    injected = next((each.step for each in way if isinstance(each.step, Administration)), None)
    return render_template(
        "doses/show.html",
        dose=dose,
        problems=against,
        taken_back=rejecting.taken_back(dose.fill),
        short_lived=shelf_life.of_dose,
        running=awaited.after_release(reading_session(), dose.fill),
        barred=barred,
        called_off=called_off.what_becomes_of(reading_session(), dose),
        acts=dose_acts.acts(dose, against, barred),
        way=way,
        injected=injected,
        off_plan=off_plan(dose, injected) if injected else [],
        holding=dose_holds.holding(reported, dose),
        on_hold=list(dose_gate.on_hold(reading_session(), dose, clock.now())) if given else [],
        deviations=reported,
    )
