"""Two registrations of one person: linked by two signatures; nothing moves.

The closed one takes no new course; its material stays its own and serves only its own courses.
"""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from lims import clock
from lims.errors import N_, LimsError
from lims.models.patient import Patient, PatientLink
from lims.models.signature import Meaning, PendingSignature, Signature
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import signing
from lims.workflows.command import because, command
from lims.workflows.signing import Proof


class LinkedToItself(LimsError):
    sentence = N_("%(code)s is this registration itself. Scan the other one.")


class LinkedAlready(LimsError):
    sentence = N_("%(code)s is closed: it was linked to %(kept)s. Use that registration.")
    status = 409


def link_of(session: Session, patient: Patient) -> PatientLink | None:
    """The link that closed `patient` for new courses, if there is one."""
    return session.scalars(
        select(PatientLink)
        .where(PatientLink.closed_id == patient.id)
        .options(joinedload(PatientLink.kept))
    ).one_or_none()


def links_about(session: Session, patient: Patient) -> Sequence[PatientLink]:
    """Every link that closed `patient` or leads to it."""
    return session.scalars(
        select(PatientLink)
        .where(or_(PatientLink.closed_id == patient.id, PatientLink.kept_id == patient.id))
        .options(joinedload(PatientLink.kept), joinedload(PatientLink.closed))
        .order_by(PatientLink.id)
    ).all()


def require_open(session: Session, patient: Patient) -> None:
    """Raise LinkedAlready where `patient` was closed by a link."""
    link = link_of(session, patient)
    if link is not None:
        raise LinkedAlready(code=patient.code, kept=link.kept.code)


def shown_for_link(closed: Patient, kept: Patient) -> dict[str, object]:
    """What both signers see: two registrations side by side."""
    return {role: shown_before(each) for role, each in (("closed", closed), ("kept", kept))}


def shown_before(patient: Patient) -> dict[str, object]:
    """What the page shows of the one that is closed."""
    return {
        "code": patient.code,
        "full_name": patient.full_name,
        "other_name": patient.other_name,
        "birth_date": patient.birth_date,
        "sex": patient.sex,
    }


@command(Permission.LINK_PATIENTS)
def link_patients(
    session: Session,
    closed: Patient,
    *,
    kept: Patient,
    reason: str,
    proof: Proof,
    second: Proof | None = None,
    by: User,
) -> PatientLink | None:
    """Close one registration in favour of the other; None where a second signature is awaited."""
    because(session, reason)
    if closed.id == kept.id:
        raise LinkedToItself(code=closed.code)
    require_open(session, closed)
    require_open(session, kept)
    signed = signing.sign_by_two(
        session,
        closed,
        meaning=Meaning.LINKED,
        shown=shown_for_link(closed, kept),
        seen=shown_before(closed),
        proof=proof,
        second=second,
        by=by,
        reason=reason,
    )
    if signed is None:
        return None
    link = PatientLink(
        closed_id=closed.id,
        kept_id=kept.id,
        reason=signed.first.reason or reason,
        first_signature_id=signed.first.id,
        second_signature_id=signed.second.id,
    )
    session.add(link)
    session.flush()
    return link


def first_signature(session: Session, patient: Patient) -> Signature | None:
    """The first signature to closing `patient` that waits for a second, for its page."""
    return session.scalars(
        select(Signature)
        .join(PendingSignature, PendingSignature.first_signature_id == Signature.id)
        .where(
            PendingSignature.command == link_patients.__name__,
            PendingSignature.subject_id == patient.id,
            PendingSignature.second_signature_id.is_(None),
            PendingSignature.expires_at > clock.now(),
        )
        .order_by(PendingSignature.id.desc())
        .limit(1)
    ).one_or_none()
