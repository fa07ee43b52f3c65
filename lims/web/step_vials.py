"""The vials of a freezing or of a thaw, each with what samples left in it, and those that left."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from lims.models.fill import Vial
from lims.models.freezing import FrozenVial
from lims.models.retrieval import Thaw, ThawedVial
from lims.models.step import Step, StepKind
from lims.workflows import identity, thaw_findings


def frozen_in(session: Session, step: Step) -> Sequence[FrozenVial]:
    return _scanned(session, FrozenVial, step) if step.kind is StepKind.FREEZING else ()


def thawed_in(session: Session, step: Step) -> Sequence[ThawedVial]:
    if step.kind is not StepKind.THAW:
        return ()
    thawed = _scanned(session, ThawedVial, step)
    set_committed_value(step, "thawed", thawed)
    return thawed


def _scanned(session: Session, kind: Any, step: Step) -> Sequence[Any]:
    drawn = joinedload(kind.vial).joinedload(Vial.aliquots)
    query = select(kind).where(kind.step_id == step.id).options(drawn).order_by(kind.id)
    return session.scalars(query).unique().all()


def left_in(session: Session, step: Step) -> list[str]:
    """The codes of the vials that were taken out, handed over or destroyed in it."""
    leaving = (StepKind.RETRIEVAL, StepKind.TRANSFER, StepKind.DESTRUCTION)
    return identity.scanned_in(session, step, "VL") if step.kind in leaving else []


def recovered_in(session: Session, step: Step) -> Decimal | None:
    """Percent of the viable cells frozen, got back in a thaw."""
    return thaw_findings.recovery_pct(session, step) if isinstance(step, Thaw) else None
