"""An import that was broken off, or begun by mistake, is given up before anything of it is stored.

What is stored is never taken back: an import of which something is there can only be gone on with.
"""

from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.earlier import Import, ImportGivenUp, ImportStatus
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import import_asking, states
from lims.workflows.command import because, command


class StoredAlready(LimsError):
    sentence = N_(
        "%(code)s has stored %(stored)s of %(items)s already, and what is stored is not taken"
        " back. Go on with it."
    )
    status = 409


@command(Permission.IMPORT_RECORDS)
def give_up_import(session: Session, running: Import, *, reason: str, by: User) -> Import:
    """End an import of which nothing is stored; its file may be sent again."""
    because(session, reason)
    session.refresh(running, with_for_update=True)  # nobody stores an item of it meanwhile
    states.require(running, ImportStatus.RUNNING)
    if stored := import_asking.count_of(session, running):
        raise StoredAlready(code=running.code, stored=stored, items=running.items)
    given_up = ImportGivenUp(import_id=running.id, reason=reason, given_up_by_id=by.id)
    session.add(given_up)
    states.move(session, running, ImportStatus.GIVEN_UP)
    return running
