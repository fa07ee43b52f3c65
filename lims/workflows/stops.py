"""A stop over the whole screen is acknowledged by who stood there: a command run keeps it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.orm import Session, aliased

from lims import clock
from lims.errors import N_, LimsError, OnTheTube
from lims.models.command_run import CommandRun, Refusal
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows.command import command
from lims.workflows.identity import Stop


class NoStop(LimsError):
    sentence = N_("You were not stopped for %(code)s.")
    status = 404


SHOWN_AGAIN = timedelta(hours=12)
"""As long as a sign-in lasts at most: later, only quality sees that it was not acknowledged."""


def kinds(stop: type[Stop] = Stop) -> dict[str, type[Stop]]:
    """Identity stops by the names under which they are kept."""
    below = (named for each in stop.__subclasses__() for named in kinds(each).items())
    return {stop.__name__: stop, **dict(below)}


def names() -> list[str]:
    """The names under which identity stops are kept."""
    return list(kinds())


@command(Permission.SEE_PATIENTS)
def acknowledge_stop(session: Session, code: str, *, by: User) -> Refusal:
    """`by` has read both identities of the last stop that a scan of `code` met."""
    mine = Refusal.user_id == by.id, Refusal.subject_code == code, Refusal.error.in_(names())
    stop = session.scalars(select(Refusal).where(*mine).order_by(Refusal.id.desc())).first()
    if stop is None:
        raise NoStop(code=code)
    return stop


def unread(person: Any) -> list[ColumnElement[bool]]:
    """Which refusals are stops that the `person` of this number has yet to acknowledge, within
    `lately()`. To say so of a code answers for each stop that its scan met before."""
    later = aliased(Refusal)
    answered = (
        select(CommandRun.id)
        .join(later, later.id == CommandRun.result_id)
        .where(
            CommandRun.user_id == Refusal.user_id,
            CommandRun.command == acknowledge_stop.__name__,
            later.subject_code == Refusal.subject_code,
            later.id >= Refusal.id,
        )
        .correlate(Refusal)
    )
    return [
        Refusal.user_id == person,
        Refusal.refused_at > bindparam("stopped_since"),
        Refusal.error.in_(bindparam("stops", expanding=True)),
        Refusal.said.is_not(None),
        ~answered.exists(),
    ]


def lately() -> dict[str, Any]:
    """What `unread` is asked with."""
    return {"stopped_since": clock.now() - SHOWN_AGAIN, "stops": names()}


def last_unread(session: Session, person: User) -> Stop | None:
    """The last stop that `person` has yet to acknowledge, as it was told."""
    query = select(Refusal).where(*unread(person.id)).order_by(Refusal.id.desc()).limit(1)
    kept = session.scalars(query, lately()).first()
    if kept is None:
        return None
    told = kept.told.parameters
    code = OnTheTube.of(str(kept.subject_code), str(told["code"]))
    return kinds()[kept.error](**{**told, "code": code})


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
