"""Moving an open batch to the approved version of the specification, by quality's signature."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lims.errors import N_, LimsError, Stale
from lims.models.batch import Batch, BatchStatus, SpecificationMove
from lims.models.signature import Meaning
from lims.models.specification import SpecificationStatus, SpecificationVersion
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import signing, states
from lims.workflows.command import because, command
from lims.workflows.specification_approval import content_sha256
from lims.workflows.specification_differences import differences
from lims.workflows.specifications import approved, of


class NotNewer(LimsError):
    sentence = N_("%(code)s stands under %(version)s already; there is no newer approved version.")
    status = 409


def newer_for(session: Session, batch: Batch) -> SpecificationVersion | None:
    """The approved version that `batch` may be moved to, None where there is nothing to do."""
    version = approved(session)
    if batch.status != BatchStatus.OPEN or version is None:
        return None
    return version if version.number > of(batch).number else None


def shown_for_move(
    batch: Batch, to: SpecificationVersion, since: SpecificationVersion | None = None
) -> dict[str, Any]:
    """What quality sees and signs before `batch` is moved; of a move made, it was `since`."""
    before = since or of(batch)
    return {
        "batch": batch.code,
        "from": before.code,
        "to": to.code,
        "content_sha256": content_sha256(to),
        "differences": [each.told() for each in differences(before, to)],
    }


@command(Permission.MOVE_SPECIFICATION)
def move_batch_to_specification(
    session: Session,
    batch: Batch,
    *,
    to: SpecificationVersion,
    seen: str,
    reason: str,
    proof: signing.Proof,
    by: User,
) -> Batch:
    """Pin an open batch to a newer approved version; its results are judged anew by code.

    `seen` is the SHA-256 of what the page showed. The results stay as they were read:
    `specifications.line_asked` gives the line that each is judged by from now on.
    """
    states.require(batch, BatchStatus.OPEN)
    states.require(to, SpecificationStatus.APPROVED)
    if to.number <= of(batch).number:
        raise NotNewer(code=batch.code, version=of(batch).code)
    shown = shown_for_move(batch, to)
    if seen != signing.sha256_of(shown):
        raise Stale(code=batch.code)
    because(session, reason)
    signature = signing.sign(
        session,
        batch,
        meaning=Meaning.MOVED_TO_SPECIFICATION,
        shown=shown,
        proof=proof,
        by=by,
        reason=reason,
    )
    session.add(
        SpecificationMove(
            patient_id=batch.patient_id,
            batch_id=batch.id,
            from_version_id=of(batch).id,
            to_version_id=to.id,
            differences="\n".join(shown["differences"]),
            signature_id=signature.id,
        )
    )
    batch.specification_version = to
    session.flush()
    return batch


def moves_of(session: Session, batch: Batch) -> Sequence[SpecificationMove]:
    """The moves of `batch` in their order, for its page and its record."""
    return session.scalars(
        select(SpecificationMove)
        .where(SpecificationMove.batch_id == batch.id)
        .options(
            joinedload(SpecificationMove.from_version),
            joinedload(SpecificationMove.to_version),
            joinedload(SpecificationMove.signature),
        )
        .order_by(SpecificationMove.id)
    ).all()
