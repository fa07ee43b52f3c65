"""What is read beside the dewar: a vial that is kept for the order, then the second one's badge.

A scanner that reads a vial twice is no second person; a badge says who is there, or a password.
"""

from sqlalchemy.orm import Session

from lims.errors import N_, FieldError, LimsError
from lims.models.fill import Vial, VialStatus
from lims.models.order import Order
from lims.models.retrieval import Retrieval
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import codes, identity, reserving, signing, vial_places
from lims.workflows.signing import Proof


class OtherVial(identity.Stop):
    """The vial in one's hand is not the one that is waited for."""

    heading = N_("STOP: another vial")
    worked_on = N_("Waited for")
    read = N_("I have read both codes")


class NotForThisOrder(OtherVial):
    """It goes back at once."""

    sentence = N_(
        "STOP. %(code)s is not kept for %(order)s. Put it back into its place at once; nothing was"
        " recorded."
    )


class NotWitnessed(FieldError):
    sentence = N_(
        "The second person reads their badge after the vial; where it does not read, they give"
        " name and password."
    )


class ReadByOne(FieldError):
    sentence = N_("%(code)s was read once more. Now the second person reads their own badge.")


class TwoVialsRead(OtherVial):
    sentence = N_(
        "STOP. Two vials were read, %(first)s and %(code)s; both people look at the one in the"
        " hand. Nothing was recorded."
    )


class NotTheWitness(LimsError):
    sentence = N_("%(found)s did not sign as the second person. %(name)s did, and reads the badge.")
    recorded = True
    status = 409


def require_kept(session: Session, step: Retrieval, vial: Vial) -> None:
    """Raise unless `vial` is kept for the order of `step`."""
    order = session.get_one(Order, step.order_id)
    kept = reserving.order_of(session, vial)
    if kept is None or kept.id != order.id:
        raise NotForThisOrder(
            code=vial.on_the_tube,
            order=order.code,
            expected=_waiting(session, order),
            found=where(session, vial),
        )


def _waiting(session: Session, order: Order) -> list[str]:
    """The vials that are still to be taken out, as they are read on the tube, with their places."""
    kept = reserving.open_of(session, order)
    waiting = [each.vial for each in kept if each.vial.status is VialStatus.RESERVED]
    return [f"{vial.on_the_tube} {where(session, vial)}".strip() for vial in waiting]


def where(session: Session, vial: Vial) -> str:
    """Its box and position; nothing where it stands in none."""
    stands = vial_places.where(session, vial)
    return "" if stands is None else vial_places.address_of(stands.allocation.position)


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
        raise TwoVialsRead(
            code=codes.on_the_tube(session, scanned),
            first=vial.on_the_tube,
            expected=[vial.on_the_tube],
            found="",
        )
    _require_same(witness, found)
    identity.note_check(session, step, expected=witness.code, scanned=scanned)


def _require_same(witness: User, found: User) -> None:
    if found.id != witness.id:
        raise NotTheWitness(found=found.full_name, name=witness.full_name)
