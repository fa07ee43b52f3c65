"""Everything that is signed, and what its signer was shown, computed from the rows as they are."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.models.administration import Administration
from lims.models.aliquot import QcTest
from lims.models.audit_review import AuditReview
from lims.models.batch import Batch, SpecificationMove
from lims.models.contraindication import ContraindicationCheck
from lims.models.culture import Discard, StepVessel
from lims.models.deviation import Deviation, Hold
from lims.models.fill import Disposition, Dose, Fill, Vial
from lims.models.lot import Lot
from lims.models.order import Order
from lims.models.patient import Patient, PatientLink
from lims.models.retrieval import Destruction, Retrieval, Transfer
from lims.models.sample import Sample
from lims.models.signature import Meaning, Signature
from lims.models.specification import SpecificationVersion
from lims.models.step import IdentityCheck
from lims.models.suspension import Suspension
from lims.models.vessel import Vessel
from lims.workflows import (
    administering,
    audit_reviews,
    batch_state,
    compromised,
    contraindication_checks,
    deciding,
    deviation_decisions,
    discarding,
    fill_results,
    handing_on,
    holds,
    issuing,
    lot_decisions,
    order_decisions,
    ordering,
    patient_links,
    qc_readings,
    receiving,
    rejecting,
    retrieving,
    seeding_limits,
    specification_approval,
    specification_moving,
    thaw_gate,
)
from lims.workflows.evidence import evidence_of


@dataclass(frozen=True)
class Signed:
    """Signatures of one meaning about rows of one table, and what they sign."""

    table: str
    meaning: Meaning
    model: Any
    shown: Callable[[Session, Any, Signature], Any]

    def __str__(self) -> str:
        return f"{self.table} {self.meaning}"


def decided(session: Session, fill: Any, signature: Signature) -> Any:
    row = session.scalars(select(Disposition).where(Disposition.signature_id == signature.id)).one()
    kept = session.info
    if "evidence" not in kept:
        kept["evidence"] = evidence_of(session, fill)
    if "results" not in kept:
        kept["results"] = fill_results.judged(session, fill)
    evidence = replace(kept["evidence"], results=kept["results"])
    return deciding.shown_for_release(fill, row.exceptions, evidence, as_of=signature.signed_at)


def discarded(session: Session, record: Any, signature: Signature) -> Any:
    """With the reason that the step of the discard gives."""
    query = select(Discard)
    if isinstance(record, Vessel):
        query = query.join(StepVessel, StepVessel.step_id == Discard.id)
        query = query.where(StepVessel.vessel_id == record.id)
    else:
        query = query.join(IdentityCheck, IdentityCheck.step_id == Discard.id)
        query = query.where(IdentityCheck.expected == signature.subject_code)
    why = session.scalars(query).one().why
    assert why is not None
    return discarding.shown_of(record, why)


def about(shown: Callable[..., Any]) -> Callable[[Session, Any, Signature], Any]:
    """What needs nothing but the record."""
    return lambda session, record, signature: shown(record)


def within(shown: Callable[..., Any]) -> Callable[[Session, Any, Signature], Any]:
    """What is looked up beside the record as well."""
    return lambda session, record, signature: shown(session, record)


def handed_over(session: Session, dose: Any, signature: Signature) -> Any:
    return issuing.shown_at_handover(dose, signature.signed_at)


def overridden(session: Session, check: Any, signature: Signature) -> Any:
    return contraindication_checks.shown_for_override(check, check.findings)


def linked(session: Session, closed: Any, signature: Signature) -> Any:
    link = session.scalars(select(PatientLink).where(PatientLink.closed_id == closed.id)).one()
    return patient_links.shown_for_link(closed, link.kept)


def deviation_decided(session: Session, deviation: Any, signature: Signature) -> Any:
    row = next(each for each in deviation.decisions if each.signature_id == signature.id)
    return deviation_decisions.shown_of(deviation, row.text, before=row)


def specification_approved(session: Session, version: Any, signature: Signature) -> Any:
    before = specification_approval.with_former(session, version.number)
    return specification_approval.shown_for_approval(*before)


def batch_moved(session: Session, batch: Any, signature: Signature) -> Any:
    query = select(SpecificationMove).where(SpecificationMove.signature_id == signature.id)
    move = session.scalars(query).one()
    return specification_moving.shown_for_move(batch, move.to_version, since=move.from_version)


M = Meaning
DECISIONS: dict[str, tuple[Any, Any, tuple[Meaning, ...]]] = {
    "fill": (
        Fill,
        decided,
        (
            M.RELEASED_CONDITIONALLY,
            M.REVIEWED,
            M.RELEASED,
            M.REJECTED,
            M.RECALLED,
            M.INVALIDATED,
        ),
    ),
    "qc_test": (
        QcTest,
        about(qc_readings.shown_of),
        (M.APPROVED, M.VERIFIED, M.INVALIDATED, M.SUPERSEDED),
    ),
    "lot": (
        Lot,
        about(lot_decisions.shown_for_decision),
        (M.RECALLED, M.RELEASED, M.REJECTED),
    ),
    "sample": (Sample, about(receiving.shown_of), (M.REJECTED, M.DISCARDED)),
    "deviation": (Deviation, deviation_decided, (M.VERIFIED, M.APPROVED)),
    "vial": (Vial, about(compromised.shown_of), (M.KEPT, M.DISCARDED)),
    "dose": (Dose, handed_over, (M.HANDED_OVER,)),
    "administration": (
        Administration,
        about(administering.shown_at_administration),
        (M.ADMINISTERED,),
    ),
}
"""What is decided in several ways upon the same page: the first stands for all of them."""
EVERYTHING = (
    *(
        Signed(table, meaning, model, shown)
        for table, (model, shown, meanings) in DECISIONS.items()
        for meaning in meanings
    ),
    Signed("fill", M.DESTROYED, Fill, about(rejecting.shown_when_destroyed)),
    Signed("dose", M.DISCARDED, Dose, about(rejecting.shown_when_discarded)),
    Signed("audit_review", M.REVIEWED, AuditReview, about(audit_reviews.shown_of)),
    Signed("hold", M.LIFTED, Hold, about(holds.shown_of)),
    Signed("batch", M.ABANDONED, Batch, about(batch_state.shown_of)),
    Signed("batch", M.MOVED_TO_SPECIFICATION, Batch, batch_moved),
    Signed("vessel", M.DISCARDED, Vessel, discarded),
    Signed("suspension", M.DISCARDED, Suspension, discarded),
    Signed("suspension", M.OVERRIDDEN, Suspension, about(seeding_limits.shown_of)),
    Signed("specification_version", M.APPROVED, SpecificationVersion, specification_approved),
    Signed("contraindication_check", M.OVERRIDDEN, ContraindicationCheck, overridden),
    Signed("patient", M.LINKED, Patient, linked),
    Signed("vial_order", M.SUBMITTED, Order, about(ordering.shown_of)),
    Signed("vial_order", M.CHECKED, Order, within(order_decisions.shown_with_vials)),
    Signed("vial_order", M.APPROVED, Order, within(order_decisions.shown_with_vials)),
    Signed("vial_order", M.OVERRIDDEN, Order, within(thaw_gate.shown_of)),
    Signed("retrieval", M.RETRIEVED, Retrieval, within(retrieving.shown_of)),
    Signed("transfer", M.TRANSFERRED, Transfer, within(handing_on.shown_of)),
    Signed("destruction", M.DESTROYED, Destruction, within(handing_on.shown_of)),
)
