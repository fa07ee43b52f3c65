"""What becomes of a deviation: each move is a row that says what was found or decided."""

from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.deviation import (
    Deviation,
    DeviationDecision,
    DeviationStatus,
    Grade,
)
from lims.models.signature import Meaning, Signature
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import roles, signing, states
from lims.workflows.command import because, command
from lims.workflows.signing import Proof


class OwnerDoesNotClose(LimsError):
    sentence = N_("%(name)s owns %(code)s; another person closes it.")
    recorded = True


class NotAnOwner(LimsError):
    sentence = N_("%(name)s does not investigate deviations. Choose another owner.")


class NobodyToClose(LimsError):
    sentence = N_(
        "If %(name)s owns it, nobody else here may close it. Choose an owner outside quality."
    )


class TextNeeded(LimsError):
    sentence = N_("Write what was found or decided.")


def shown_of(
    deviation: Deviation, text: str, before: DeviationDecision | None = None
) -> dict[str, object]:
    """What a person who decides is shown, with their own `text`: exactly what they sign.

    `before` leaves out a decision and those after it: what its signer was shown.
    """
    return {
        "code": deviation.code,
        "kind": deviation.kind,
        "title": deviation.title,
        "description": deviation.description,
        "grade": deviation.grade,
        "decisions": [
            [row.became, row.text, row.decided_at]
            for row in deviation.decisions
            if before is None or row.id < before.id
        ],
        "text": text,
    }


def shown_before(deviation: Deviation) -> dict[str, object]:
    """What the page shows of it before the person who decides has written a word."""
    return shown_of(deviation, "")


def still_signed(deviation: Deviation, decision: DeviationDecision) -> bool:
    """Whether what was signed with `decision` is still what the record says."""
    assert decision.signature is not None
    return signing.still_valid(
        decision.signature, shown_of(deviation, decision.text, before=decision)
    )


def decide(
    session: Session,
    deviation: Deviation,
    became: DeviationStatus,
    text: str,
    by: User,
    signature: Signature | None = None,
) -> Deviation:
    """Write a decision down and move the deviation along; the text is never empty."""
    require_text(session, text)
    states.move(session, deviation, became)
    session.add(
        DeviationDecision(
            deviation_id=deviation.id,
            became=became,
            text=text,
            decided_by_id=by.id,
            signature_id=signature.id if signature else None,
        )
    )
    session.flush()
    session.expire(deviation, ["decisions"])
    return deviation


def require_text(session: Session, text: str) -> None:
    if not text.strip():
        raise TextNeeded()
    because(session, text)


@command(Permission.INVESTIGATE_DEVIATION)
def classify_deviation(
    session: Session, deviation: Deviation, *, grade: Grade, owner: User, text: str, by: User
) -> Deviation:
    """Grade a reported deviation and give it an owner."""
    states.require(deviation, DeviationStatus.REPORTED)
    _require_owner(session, owner)
    deviation.grade = grade
    deviation.owner_id = owner.id
    return decide(session, deviation, DeviationStatus.CLASSIFIED, text, by)


def may_own(session: Session) -> list[User]:
    """Who may own a deviation: who investigates, and leaves somebody else to close."""
    closers = {person.id for person in roles.who_may(session, Permission.DECIDE_DEVIATION)}
    investigators = roles.who_may(session, Permission.INVESTIGATE_DEVIATION)
    return [person for person in investigators if closers - {person.id}]


def _require_owner(session: Session, owner: User) -> None:
    if not owner.may(Permission.INVESTIGATE_DEVIATION):
        raise NotAnOwner(name=owner.full_name)
    if owner not in may_own(session):
        raise NobodyToClose(name=owner.full_name)


@command(Permission.INVESTIGATE_DEVIATION)
def investigate_deviation(
    session: Session, deviation: Deviation, *, text: str, by: User
) -> Deviation:
    """Begin (or take up again) the investigation."""
    return decide(session, deviation, DeviationStatus.INVESTIGATING, text, by)


@command(Permission.INVESTIGATE_DEVIATION)
def propose_decision(session: Session, deviation: Deviation, *, text: str, by: User) -> Deviation:
    """Propose what follows: cause, effect on the product, corrective action."""
    return decide(session, deviation, DeviationStatus.PROPOSED, text, by)


@command(Permission.DECIDE_DEVIATION)
def approve_decision(
    session: Session,
    deviation: Deviation,
    *,
    text: str,
    proof: Proof,
    by: User,
) -> Deviation:
    """Quality decides; from here the deviation no longer blocks a release."""
    states.require(deviation, DeviationStatus.PROPOSED)
    signature = _signed(session, deviation, Meaning.APPROVED, text, proof, by)
    return decide(session, deviation, DeviationStatus.APPROVED, text, by, signature)


@command(Permission.INVESTIGATE_DEVIATION)
def check_effect(session: Session, deviation: Deviation, *, text: str, by: User) -> Deviation:
    """What was done, and how its effect is checked."""
    return decide(session, deviation, DeviationStatus.CHECKING_EFFECT, text, by)


@command(Permission.DECIDE_DEVIATION)
def close_deviation(
    session: Session,
    deviation: Deviation,
    *,
    text: str,
    proof: Proof,
    by: User,
) -> Deviation:
    """Close a deviation whose effect was checked; never its owner."""
    states.require(deviation, DeviationStatus.CHECKING_EFFECT)
    if deviation.owner_id == by.id:
        raise OwnerDoesNotClose(code=deviation.code, name=by.full_name)
    signature = _signed(session, deviation, Meaning.VERIFIED, text, proof, by)
    return decide(session, deviation, DeviationStatus.CLOSED, text, by, signature)


def _signed(
    session: Session, deviation: Deviation, meaning: Meaning, text: str, proof: Proof, by: User
) -> Signature:
    return signing.sign(
        session,
        deviation,
        meaning=meaning,
        shown=shown_of(deviation, text),
        seen=shown_before(deviation),
        proof=proof,
        by=by,
        reason=text,
    )
