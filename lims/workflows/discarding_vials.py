"""Discarding vials that never came into store or may have been warm; two people sign.

Vials in store are destroyed by an order, with the document it rests on, or with their fill.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.fill import Fill, Vial, VialStatus
from lims.models.signature import Meaning
from lims.models.storage import Removal
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import compromised, placing, signing, states, vial_places
from lims.workflows.command import because, command
from lims.workflows.signing import Proof

DISCARDABLE = (VialStatus.LABELLED, VialStatus.FREEZING, VialStatus.COMPROMISED)


class InStore(LimsError):
    sentence = N_(
        "%(code)s is %(status)s: it is destroyed by an order with the patient's decision, or with"
        " its fill when quality rejects that."
    )
    status = 409


class StillOrdered(LimsError):
    sentence = N_("%(code)s is %(status)s for an order. End the order first.")
    status = 409


@command(Permission.DISCARD_MATERIAL)
def discard_vials(
    session: Session,
    vials: Sequence[Vial],
    *,
    reason: str,
    proof: Proof,
    by: User,
    second: Proof | None = None,
) -> Vial:
    """Discard vials, each once two people signed for it; the first one scanned."""
    because(session, reason)
    for vial in vials:
        if vial.status not in DISCARDABLE:
            raise InStore(code=vial.on_the_tube, status=vial.status)
    for vial in vials:
        signed = signing.sign_by_two(
            session,
            vial,
            meaning=Meaning.DISCARDED,
            shown=compromised.shown_of(vial),
            proof=proof,
            second=second,
            by=by,
            reason=reason,
        )
        if signed is not None:
            _discard(session, vial, by)
    return vials[0]


def shown_when_discarded(vial: Vial) -> dict[str, object]:
    """What two people sign: the vial as it is once it is done; discarded, if it can be."""
    discarded = states.may_become(vial, VialStatus.DISCARDED)
    return {
        "vial": vial.code,
        "patient": vial.patient.code,
        "volume_ml": vial.volume_ml,
        "status": VialStatus.DISCARDED if discarded else vial.status,
    }


def discard_with_fill(session: Session, fill: Fill, by: User) -> None:
    """What is left of a rejected or recalled fill, wherever it stands."""
    for vial in fill.vials:
        if vial.status in (VialStatus.RESERVED, VialStatus.RETRIEVED):
            raise StillOrdered(code=vial.on_the_tube, status=vial.status)
    for vial in fill.vials:
        if states.may_become(vial, VialStatus.DISCARDED):
            _discard(session, vial, by)


def _discard(session: Session, vial: Vial, by: User) -> None:
    if vial_places.where(session, vial) is not None:
        placing.end_placement(session, vial, Removal.DISCARDED, by=by)
    states.move(session, vial, VialStatus.DISCARDED)
