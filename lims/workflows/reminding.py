"""Reminders: where a person is written to, what of, and that it is done once a day."""

from collections.abc import Sequence
from datetime import date
from enum import Enum, auto

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from lims import clock
from lims.models.job import Reminder
from lims.models.user import User, UserStatus
from lims.permissions import Permission
from lims.workflows import agenda
from lims.workflows.agenda import Item
from lims.workflows.command import command
from lims.workflows.due import Timing

MOST_READ = 1000
"""Of what waits for one person, the earliest."""


class MailOfTheDay(Enum):
    """How the mail of a day to one person stands."""

    TO_SEND = auto()
    SENT = auto()
    UNKNOWN = auto()
    """Begun, and whoever did so never heard, or never said, how it ended."""


@command(Permission.ADMINISTER_PEOPLE)
def enter_mail_address(session: Session, person: User, *, address: str | None, by: User) -> User:
    """Where `person` is written to; nowhere where it is None."""
    person.mail_address = address
    return person


def choose_mail_address(session: Session, *, address: str | None, by: User) -> User:
    """Where one is written to oneself."""
    by.mail_address = address
    return by


def reminded(session: Session) -> Sequence[User]:
    """Everybody who works here and is written to."""
    return session.scalars(
        select(User)
        .where(User.status == UserStatus.ACTIVE, User.mail_address.is_not(None))
        .options(selectinload(User.roles))
        .order_by(User.id)
    ).all()


def due(session: Session, person: User) -> list[Item]:
    """What of the agenda of `person` is to be done at once, is overdue, or is due today."""
    found = agenda.of(session, person, most=MOST_READ).items
    return [item for item in found if item.at_once or item.overdue or is_due_today(item)]


def is_due_today(item: Item) -> bool:
    dated = item.due is not None and item.timing is not Timing.SINCE
    return dated and clock.day_of(item.due or clock.now()) == clock.today()


def begin_reminder(
    session: Session, *, user_id: int, day: date, by: User | None = None
) -> MailOfTheDay:
    """How the mail of `day` stands; one to send is noted before it is, so it never goes twice."""
    kept = session.scalars(
        select(Reminder).where(Reminder.user_id == user_id).with_for_update()
    ).one_or_none()
    if kept is None:
        return _first(session, Reminder(user_id=user_id, day=day, begun_at=clock.now()))
    if kept.day >= day and kept.refused_at is None:
        return MailOfTheDay.SENT if kept.sent_at else MailOfTheDay.UNKNOWN
    kept.day, kept.begun_at, kept.sent_at, kept.refused_at = day, clock.now(), None, None
    return MailOfTheDay.TO_SEND


def _first(session: Session, reminder: Reminder) -> MailOfTheDay:
    try:
        with session.begin_nested():
            session.add(reminder)
    except IntegrityError:
        return MailOfTheDay.UNKNOWN  # another worker has just begun it
    return MailOfTheDay.TO_SEND


def end_reminder(session: Session, *, user_id: int, sent: bool, by: User | None = None) -> None:
    """That the mail was taken, or certainly was not."""
    kept = session.scalars(select(Reminder).where(Reminder.user_id == user_id)).one()
    if sent:
        kept.sent_at = clock.now()
    else:
        kept.refused_at = clock.now()
