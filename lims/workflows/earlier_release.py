"""A release that was given before this program kept the record: taken over by a signature.

What it rests on is on paper: the reason says on which. Rejecting instead: rejecting.py.
"""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError, Word
from lims.models.earlier import EarlierBatch, EarlierVial, Import
from lims.models.fill import Decision, Disposition, Fill, FillKind, FillStatus, Vial
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import releasing, reviewing, states
from lims.workflows.command import command
from lims.workflows.deciding import decide, require_reason
from lims.workflows.evidence import Evidence, evidence_of
from lims.workflows.placing import PLACED
from lims.workflows.signing import Proof

TAKEN_OVER = N_("earlier release taken over")
TO_TAKE_OVER = (
    Fill.kind == FillKind.VIALS,
    Fill.status == FillStatus.FILLED,
    Fill.batch_id.in_(select(EarlierBatch.batch_id)),
    exists().where(Vial.fill_id == Fill.id, Vial.status.in_(PLACED)),
)
"""Fills of earlier records that wait: vials of them stand in the cryobank."""


class NotOfEarlierRecords(LimsError):
    sentence = N_("%(code)s is no fill of vials of earlier records; it is released by its results.")
    status = 409


class ImportedIt(LimsError):
    sentence = N_("%(name)s imported %(code)s; another officer takes its release over.")
    recorded = True


def may_be_taken_over(fill: Fill, evidence: Evidence) -> bool:
    """Whether it came with an import and nobody decided on it here: vials that may be thawed."""
    came = evidence.taken_over is not None and fill.kind is FillKind.VIALS
    return came and fill.status is FillStatus.FILLED


def is_of(disposition: Disposition) -> bool:
    """Whether it took an earlier release over: there is no other release of earlier records."""
    released = disposition.decision is Decision.RELEASED
    return released and disposition.fill.batch.earlier is not None


def called(disposition: Disposition) -> str:
    """The word for what was decided: nobody here released what was released before."""
    return Word(TAKEN_OVER) if is_of(disposition) else disposition.decision


def importers(session: Session, evidence: Evidence, fill: Fill) -> set[int]:
    """The ids of who imported its batch or vials of it."""
    imports = (
        select(Import.imported_by_id)
        .join(EarlierVial, EarlierVial.import_id == Import.id)
        .join(Vial, Vial.id == EarlierVial.vial_id)
        .where(Vial.fill_id == fill.id)
    )
    mark = evidence.taken_over
    return {*session.scalars(imports), *([mark.origin.imported_by_id] if mark else [])}


@command(Permission.RELEASE_FILL)
def take_over_release(
    session: Session, fill: Fill, *, reason: str, proof: Proof, by: User
) -> Disposition:
    """The fill was released before; `reason` says on which paper, by whom and when."""
    evidence = evidence_of(session, fill)
    if evidence.taken_over is None or fill.kind is not FillKind.VIALS:
        raise NotOfEarlierRecords(code=fill.code)
    states.require(fill, FillStatus.FILLED)
    require_reason(reason)
    if open_points := list(reviewing.standing_against(evidence)):
        raise releasing.NotReleasable(code=fill.code, open_points=open_points)
    if by.id in importers(session, evidence, fill):
        raise ImportedIt(code=fill.code, name=by.full_name)
    releasing.require_no_part(fill, evidence, by)
    disposition = decide(
        session, fill, Decision.RELEASED, proof=proof, by=by, reason=reason, evidence=evidence
    )
    for status in (FillStatus.QUARANTINED, FillStatus.PRODUCTION_REVIEWED, FillStatus.RELEASED):
        states.move(session, fill, status)
    return disposition
