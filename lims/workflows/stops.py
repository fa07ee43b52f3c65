"""A stop over the whole screen is acknowledged by who stood there: a command run keeps it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.command_run import CommandRun, Refusal
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows.command import command
from lims.workflows.identity import Stop


class NoStop(LimsError):
    sentence = N_("You were not stopped for %(code)s.")
    status = 404


def names(stop: type[Stop] = Stop) -> list[str]:
    """The names under which identity stops are kept."""
    return [stop.__name__, *(name for each in stop.__subclasses__() for name in names(each))]


@command(Permission.SEE_PATIENTS)
def acknowledge_stop(session: Session, code: str, *, by: User) -> Refusal:
    """`by` has read both identities of the last stop that a scan of `code` met."""
    mine = Refusal.user_id == by.id, Refusal.subject_code == code, Refusal.error.in_(names())
    stop = session.scalars(select(Refusal).where(*mine).order_by(Refusal.id.desc())).first()
    if stop is None:
        raise NoStop(code=code)
    return stop


def acknowledged(session: Session, stops: Sequence[Refusal]) -> dict[int, datetime]:
    """When who was stopped said so, by the id of the refusal; the first time."""
    rows = session.execute(
        select(CommandRun.result_id, CommandRun.ran_at)
        .where(
            CommandRun.command == acknowledge_stop.__name__,
            CommandRun.result_id.in_([each.id for each in stops]),
        )
        .order_by(CommandRun.id.desc())
    )
    return {stop: at for stop, at in rows if stop is not None}
