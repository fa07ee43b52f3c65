"""Release: reviewed, released conditionally or finally. Rejecting and recalling: rejecting.py.

Each decision is a signed row; facts first, then the person, the signature, the state.
"""

from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.fill import Decision, Disposition, DoseStatus, Fill, FillKind, FillStatus
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    batch_state,
    course_doses,
    reviewing,
    specifications,
    states,
)
from lims.workflows.command import command
from lims.workflows.deciding import decide, require_reason
from lims.workflows.evidence import Evidence, evidence_of, makers, performers
from lims.workflows.signing import Proof


class NotReleasable(LimsError):
    sentence = N_("%(code)s cannot be released yet: %(open_points)s")
    recorded = True


class NotReviewable(LimsError):
    sentence = N_("The production record of %(code)s is not complete: %(open_points)s")


class TookPart(LimsError):
    sentence = N_("%(name)s took part in making %(code)s; another officer releases it.")
    recorded = True


class OwnWork(LimsError):
    sentence = N_("%(name)s performed steps behind %(code)s; another person reviews them.")
    recorded = True


class ConditionalNotAllowed(LimsError):
    sentence = N_("Specification %(specification)s does not allow a conditional release.")
    recorded = True


class FrozenCellsWait(LimsError):
    sentence = N_("%(code)s is a fill of vials: frozen cells wait for the last result.")


class NothingRunning(LimsError):
    sentence = N_("Nothing that %(code)s waits for is still running: release it finally.")


def require_no_part(fill: Fill, evidence: Evidence, by: User) -> None:
    """Raise TookPart where `by` performed, typed, checked or analysed anything behind `fill`."""
    if by.id in makers(evidence):
        raise TookPart(code=fill.code, name=by.full_name)


@command(Permission.REVIEW_PRODUCTION)
def review_production(
    session: Session, fill: Fill, *, proof: Proof, by: User, reason: str | None = None
) -> Disposition:
    """The production record is complete and reviewed; what is not as usual has its reason."""
    states.require(fill, FillStatus.QUARANTINED)
    evidence = evidence_of(session, fill)
    if by.id in performers(evidence):
        raise OwnWork(code=fill.code, name=by.full_name)
    if open_points := reviewing.missing_for_review(session, fill, evidence):
        raise NotReviewable(code=fill.code, open_points=open_points)
    disposition = decide(
        session, fill, Decision.REVIEWED, proof=proof, by=by, reason=reason, evidence=evidence
    )
    states.move(session, fill, FillStatus.PRODUCTION_REVIEWED)
    return disposition


@command(Permission.RELEASE_FILL)
def ask_change(session: Session, fill: Fill, *, reason: str, proof: Proof, by: User) -> Disposition:
    """Send a reviewed fill back: its review is void, it waits in quarantine."""
    states.require(fill, FillStatus.PRODUCTION_REVIEWED)
    require_reason(reason)
    disposition = decide(session, fill, Decision.CHANGE_ASKED, proof=proof, by=by, reason=reason)
    states.move(session, fill, FillStatus.QUARANTINED)
    return disposition


@command(Permission.RELEASE_FILL)
def release_conditionally(
    session: Session, fill: Fill, *, proof: Proof, by: User, reason: str | None = None
) -> Disposition:
    """Release doses to the named patient while a test that may follow is still running."""
    if fill.kind is FillKind.VIALS:
        raise FrozenCellsWait(code=fill.code)
    version = specifications.of(fill.batch)
    if not specifications.allows(version, "conditional_release", "true"):
        raise ConditionalNotAllowed(specification=version.code)
    evidence = evidence_of(session, fill)
    if open_points := reviewing.missing_for_conditional(session, fill, evidence):
        raise NotReleasable(code=fill.code, open_points=open_points)
    if not reviewing.missing_for_release(session, fill, evidence):
        raise NothingRunning(code=fill.code)
    return _release(
        session,
        fill,
        Decision.CONDITIONAL,
        FillStatus.CONDITIONAL,
        evidence,
        proof=proof,
        by=by,
        reason=reason,
    )


@command(Permission.RELEASE_FILL)
def release_fill(
    session: Session, fill: Fill, *, proof: Proof, by: User, reason: str | None = None
) -> Disposition:
    """Release finally; after a conditional release, once the last result is in."""
    evidence = evidence_of(session, fill)
    if open_points := reviewing.missing_for_release(session, fill, evidence):
        raise NotReleasable(code=fill.code, open_points=open_points)
    return _release(
        session,
        fill,
        Decision.RELEASED,
        FillStatus.RELEASED,
        evidence,
        proof=proof,
        by=by,
        reason=reason,
    )


def _release(
    session: Session,
    fill: Fill,
    decision: Decision,
    becomes: FillStatus,
    evidence: Evidence,
    *,
    proof: Proof,
    by: User,
    reason: str | None,
) -> Disposition:
    require_no_part(fill, evidence, by)
    if fill.status is FillStatus.QUARANTINED:  # review and release by one signature
        decide(
            session, fill, Decision.REVIEWED, proof=proof, by=by, reason=reason, evidence=evidence
        )
        states.move(session, fill, FillStatus.PRODUCTION_REVIEWED)
    disposition = decide(
        session, fill, decision, proof=proof, by=by, reason=reason, evidence=evidence
    )
    states.move(session, fill, becomes)
    for dose in fill.to_give:
        if dose.status is DoseStatus.QUARANTINED:
            states.move(session, dose, DoseStatus.AVAILABLE)
    course_doses.follow(session, fill.batch.course)
    batch_state.close_if_done(session, fill.batch)
    return disposition
