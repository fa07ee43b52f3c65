"""What is read beside the dewar: a vial that is kept for the order, then the second one's badge.

A scanner that reads a vial twice is no second person; a badge says who is there, or a password.
"""

from sqlalchemy.orm import Session

from lims.errors import N_, FieldError, LimsError
from lims.models.fill import Vial
from lims.models.order import Order
from lims.models.retrieval import Retrieval
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import codes, identity, reserving, signing
from lims.workflows.signing import Proof


class NotForThisOrder(LimsError):
    """An identity stop: the vial in one's hand goes back at once."""

    sentence = N_(
        "STOP. %(code)s is not kept for %(order)s. Put it back into its place at once; nothing was"
        " recorded."
    )
    recorded = True
    status = 409


class NotWitnessed(FieldError):
    sentence = N_(
        "The second person reads their badge after the vial; where it does not read, they give"
        " name and password."
    )


class ReadByOne(FieldError):
    sentence = N_("%(code)s was read once more. Now the second person reads their own badge.")


class TwoVialsRead(LimsError):
    sentence = N_(
        "STOP. Two vials were read, %(code)s and %(second)s; both people look at the one in the"
        " hand. Nothing was recorded."
    )
    recorded = True
    status = 409


class NotTheWitness(LimsError):
    sentence = N_("%(found)s did not sign as the second person. %(name)s did, and reads the badge.")
    recorded = True
    status = 409


def require_kept(session: Session, step: Retrieval, vial: Vial) -> None:
    """Raise unless `vial` is kept for the order of `step`."""
    order = session.get_one(Order, step.order_id)
    kept = reserving.order_of(session, vial)
    if kept is None or kept.id != order.id:
        raise NotForThisOrder(code=vial.on_the_tube, order=order.code)


def require_wanted(session: Session, step: Retrieval, scanned: str) -> None:
    """Raise for what is read while another vial, or another's badge, is waited for."""
    found = codes.find(session, scanned)
    if isinstance(found, User):
        return _require_same(witness_of(session, step), found)
    identity.require_same_patient(session, step.patient_id, found)
    if isinstance(found, Vial):
        require_kept(session, step, found)


def witness_of(session: Session, step: Retrieval) -> User:
    """The second person, who signed before the box was lifted."""
    return session.get_one(User, step.verified_by_id)


def require_witnessed(
    session: Session, step: Retrieval, vial: Vial, scanned: str | None, proof: Proof | None
) -> None:
    """Raise unless the second person's badge was `scanned`, or they gave their password."""
    witness = witness_of(session, step)
    if proof is not None:
        second = signing.second_person(session, proof, not_these=[], permission=Permission.WITNESS)
        return _require_same(witness, second)
    if not scanned:
        raise NotWitnessed("second_scan")
    if scanned == vial.code:
        raise ReadByOne("second_scan", code=vial.on_the_tube)
    found = codes.find(session, scanned)
    if not isinstance(found, User):
        raise TwoVialsRead(code=vial.on_the_tube, second=codes.on_the_tube(session, scanned))
    _require_same(witness, found)
    identity.note_check(session, step, expected=witness.code, scanned=scanned)


def _require_same(witness: User, found: User) -> None:
    if found.id != witness.id:
        raise NotTheWitness(found=found.full_name, name=witness.full_name)
