"""What becomes of a deviation: each move is a row that says what was found or decided."""

from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.deviation import (
    Deviation,
    DeviationDecision,
    DeviationStatus,
    DeviationSubject,
    Grade,
)
from lims.models.signature import Meaning, Signature
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import signing, states
from lims.workflows.codes import coded
from lims.workflows.command import because, command
from lims.workflows.signing import Proof


class OwnerDoesNotClose(LimsError):
    sentence = N_("%(name)s owns %(code)s; another person closes it.")
    recorded = True


class TextNeeded(LimsError):
    sentence = N_("Write what was found or decided.")


class DuplicateOfItself(LimsError):
    sentence = N_("%(code)s cannot be a duplicate of itself.")


def shown_of(deviation: Deviation) -> dict[str, object]:
    """What a person who decides on a deviation is shown, and signs."""
    return {
        "code": deviation.code,
        "title": deviation.title,
        "description": deviation.description,
        "grade": deviation.grade,
        "decisions": [[row.became, row.text, row.decided_at] for row in deviation.decisions],
    }


def _decide(
    session: Session,
    deviation: Deviation,
    became: DeviationStatus,
    text: str,
    by: User,
    signature: Signature | None = None,
) -> Deviation:
    if not text.strip():
        raise TextNeeded()
    because(session, text)
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


@command(Permission.INVESTIGATE_DEVIATION)
def classify_deviation(
    session: Session, deviation: Deviation, *, grade: Grade, owner: User, text: str, by: User
) -> Deviation:
    """Grade a reported deviation and give it an owner."""
    states.require(deviation, DeviationStatus.REPORTED)
    deviation.grade = grade
    deviation.owner_id = owner.id
    return _decide(session, deviation, DeviationStatus.CLASSIFIED, text, by)


@command(Permission.INVESTIGATE_DEVIATION)
def investigate_deviation(
    session: Session, deviation: Deviation, *, text: str, by: User
) -> Deviation:
    """Begin (or take up again) the investigation."""
    return _decide(session, deviation, DeviationStatus.INVESTIGATING, text, by)


@command(Permission.INVESTIGATE_DEVIATION)
def propose_decision(session: Session, deviation: Deviation, *, text: str, by: User) -> Deviation:
    """Propose what follows: cause, effect on the product, corrective action."""
    return _decide(session, deviation, DeviationStatus.PROPOSED, text, by)


@command(Permission.DECIDE_DEVIATION)
def approve_decision(
    session: Session, deviation: Deviation, *, text: str, proof: Proof, by: User
) -> Deviation:
    """Quality decides; from here the deviation no longer blocks a release."""
    states.require(deviation, DeviationStatus.PROPOSED)
    signature = _signed(session, deviation, Meaning.APPROVED, text, proof, by)
    return _decide(session, deviation, DeviationStatus.APPROVED, text, by, signature)


@command(Permission.INVESTIGATE_DEVIATION)
def check_effect(session: Session, deviation: Deviation, *, text: str, by: User) -> Deviation:
    """What was done, and how its effect is checked."""
    return _decide(session, deviation, DeviationStatus.CHECKING_EFFECT, text, by)


@command(Permission.DECIDE_DEVIATION)
def close_deviation(
    session: Session, deviation: Deviation, *, text: str, proof: Proof, by: User
) -> Deviation:
    """Close a deviation whose effect was checked; never its owner."""
    states.require(deviation, DeviationStatus.CHECKING_EFFECT)
    if deviation.owner_id == by.id:
        raise OwnerDoesNotClose(code=deviation.code, name=by.full_name)
    signature = _signed(session, deviation, Meaning.VERIFIED, text, proof, by)
    return _decide(session, deviation, DeviationStatus.CLOSED, text, by, signature)


@command(Permission.INVESTIGATE_DEVIATION)
def mark_duplicate(
    session: Session, deviation: Deviation, *, of: Deviation, text: str, by: User
) -> Deviation:
    """A second report of the same thing; the first one goes on."""
    if of.id == deviation.id:
        raise DuplicateOfItself(code=deviation.code)
    deviation.duplicate_of_id = of.id
    return _decide(session, deviation, DeviationStatus.DUPLICATE, text, by)


@command(Permission.DECIDE_DEVIATION)
def reopen_deviation(session: Session, deviation: Deviation, *, text: str, by: User) -> Deviation:
    """A closed deviation goes on as a new version that names it; the closed one stays as it is."""
    states.require(deviation, DeviationStatus.CLOSED)
    if not text.strip():
        raise TextNeeded()
    because(session, text)
    again = Deviation(
        kind=deviation.kind,
        rule=deviation.rule,
        title=deviation.title,
        description=text,
        grade=deviation.grade,
        reported_by_id=by.id,
        reopens_id=deviation.id,
    )
    session.add(coded(session, states.begin(again)))
    session.flush()
    for subject in deviation.subjects:
        session.add(_copy(subject, again))
    session.flush()
    return again


def _copy(subject: object, again: Deviation) -> object:
    columns = DeviationSubject.__mapper__.column_attrs.keys()
    values = {name: getattr(subject, name) for name in columns if name != "id"}
    return DeviationSubject(**{**values, "deviation_id": again.id})


def _signed(
    session: Session, deviation: Deviation, meaning: Meaning, text: str, proof: Proof, by: User
) -> Signature:
    return signing.sign(
        session,
        deviation,
        meaning=meaning,
        shown=shown_of(deviation),
        proof=proof,
        by=by,
        reason=text,
    )
