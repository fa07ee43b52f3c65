"""What belongs to the steps of frozen cells; asked only of a record in which there are such."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session, joinedload

from lims.models.fill import Vial
from lims.models.freezing import FreezingPoint, FrozenVial
from lims.models.retrieval import RetrievedVial, Thaw, ThawedVial
from lims.models.step import Step, StepKind
from lims.papers.by_step import ByStep, of_steps
from lims.workflows import thaw_findings


def read(session: Session, steps: Sequence[Step]) -> dict[str, Any]:
    """The vials of each freezing, retrieval and thaw, with what goes with them."""
    return {
        **_frozen(session, steps),
        **_thaws(session, steps),
        "retrieved": _retrieved(session, steps),
    }


def _frozen(session: Session, steps: Sequence[Step]) -> dict[str, Any]:
    """The vials of each run, and its curve; asked only where something was frozen."""
    ids = [step.id for step in steps if step.kind is StepKind.FREEZING]
    if not ids:
        return {"frozen": ByStep(), "curve": ByStep()}
    vials = joinedload(FrozenVial.vial).joinedload(Vial.aliquots)
    return {
        "frozen": of_steps(session, FrozenVial, ids, vials),
        "curve": of_steps(session, FreezingPoint, ids),
    }


def _thaws(session: Session, steps: Sequence[Step]) -> dict[str, Any]:
    """The vials of each thaw and what was got of them; asked only where something was thawed."""
    thaws = [step for step in steps if isinstance(step, Thaw)]
    if not thaws:
        return {"thawed": ByStep(), "out": {}, "recovered": {}}
    vials = joinedload(ThawedVial.vial).joinedload(Vial.aliquots)
    thawed = of_steps(session, ThawedVial, [each.id for each in thaws], vials)
    got = {each.id: thaw_findings.recovery_pct(session, each) for each in thaws}
    return {
        "thawed": thawed,
        "out": thaw_findings.seconds_out(
            session, [each for rows in thawed.values() for each in rows]
        ),
        "recovered": {key: share for key, share in got.items() if share is not None},
    }


def _retrieved(session: Session, steps: Sequence[Step]) -> ByStep[RetrievedVial]:
    """The vials taken out in each retrieval; asked only where there was one."""
    ids = [step.id for step in steps if step.kind is StepKind.RETRIEVAL]
    vials = joinedload(RetrievedVial.vial)
    return of_steps(session, RetrievedVial, ids, vials) if ids else ByStep()
