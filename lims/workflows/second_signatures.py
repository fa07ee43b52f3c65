"""First signatures that wait for a second person's, as whoever may give it sees them."""

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from lims.models.fill import Fill
from lims.models.signature import PendingSignature
from lims.permissions import Permission
from lims.workflows.command import COMMANDS
from lims.workflows.when_asked import NOW


def waiting_for_second(allowed: frozenset[Permission]) -> Select[PendingSignature]:
    """The newest first signature of each act that whoever may do these may give, as long as it
    waits."""
    commands = [name for name, permission in COMMANDS.items() if permission in allowed]
    about = (
        PendingSignature.command,
        PendingSignature.subject_table,
        PendingSignature.subject_id,
    )
    return (
        select(PendingSignature)
        .where(
            PendingSignature.id.in_(select(func.max(PendingSignature.id)).group_by(*about)),
            PendingSignature.command.in_(commands),
            PendingSignature.second_signature_id.is_(None),
            PendingSignature.expires_at > NOW,
        )
        .options(joinedload(PendingSignature.first))
    )


def of_fill(fill: Fill) -> Select[PendingSignature]:
    """The newest first signature about `fill` that still waits, whoever may give the second."""
    return (
        select(PendingSignature)
        .where(
            PendingSignature.subject_table == Fill.__tablename__,
            PendingSignature.subject_id == fill.id,
            PendingSignature.second_signature_id.is_(None),
            PendingSignature.expires_at > NOW,
        )
        .options(joinedload(PendingSignature.first))
        .order_by(PendingSignature.id.desc())
        .limit(1)
    )
