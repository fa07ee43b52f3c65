"""Discarding vials that never came into store or may have been warm; two people sign.

Vials in store are destroyed by an order, with the document it rests on, or with their fill.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.fill import Fill, Vial, VialStatus
from lims.models.signature import Meaning
from lims.models.storage import Removal
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    compromised,
    on_paper,
    performing,
    placing,
    signing,
    specifications,
    states,
    vial_places,
)
from lims.workflows.command import because, command
from lims.workflows.discarding import BothAtOnce
from lims.workflows.on_paper import NOTHING, OnPaper
from lims.workflows.signing import Proof
from lims.workflows.since import require_there

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
    at: datetime | None = None,
    late_reason: str | None = None,
    told: OnPaper = NOTHING,
) -> Vial:
    """Discard vials, each once two people signed for it; the first one scanned.

    What was done before, `at` and as `told`, is entered by both at once.
    """
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
            _discard_at(session, vial, at, late_reason, told, by)
        elif at is not None or told:
            raise BothAtOnce("second")
    return vials[0]


def _discard_at(
    session: Session,
    vial: Vial,
    at: datetime | None,
    late_reason: str | None,
    told: OnPaper,
    by: User,
) -> None:
    """Discard it now, or as it was done before."""
    version, when = specifications.of(vial.fill.batch), at or clock.now()
    late_after = specifications.whole_limit(version, "late_entry_minutes")
    performing.require_timely(when, late_reason, late_after)
    require_there(when, vial, field="at")
    person = on_paper.performer(session, told, Permission.DISCARD_MATERIAL, by)
    _discard(session, vial, person, when)
    on_paper.keep_discarded(
        session, vial, told, by, at=when, person=person, late_reason=late_reason
    )


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


def _discard(session: Session, vial: Vial, by: User, at: datetime | None = None) -> None:
    if vial_places.where(session, vial) is not None:
        placing.end_placement(session, vial, Removal.DISCARDED, by=by, at=at)
    states.move(session, vial, VialStatus.DISCARDED)
