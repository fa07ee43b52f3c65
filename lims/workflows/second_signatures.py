"""First signatures that wait for a second person's, as whoever may give it sees them."""

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from lims import clock
from lims.models.signature import PendingSignature
from lims.models.user import User
from lims.workflows.command import COMMANDS


def waiting_for_second(person: User) -> Select[PendingSignature]:
    """The newest first signature of each act that `person` may give, as long as it waits."""
    commands = [name for name, permission in COMMANDS.items() if person.may(permission)]
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
            PendingSignature.expires_at > clock.now(),
        )
        .options(joinedload(PendingSignature.first))
    )
