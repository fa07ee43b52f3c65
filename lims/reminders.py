"""The mail of the morning: to each person what is overdue or due today, by codes alone.

A mail leaves the laboratory: it names no patient and nobody's birth date.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lims import clock
from lims.config import Settings
from lims.database import Database
from lims.devices.mail import Mail, MailServer, NoMailServer, NotSent, PerhapsSent, send
from lims.errors import N_, LimsError
from lims.models.job import Job
from lims.models.user import User
from lims.papers.wording import wording_of
from lims.records.wording import Wording
from lims.workflows import reminding
from lims.workflows.agenda import Item
from lims.workflows.due import Timing
from lims.workflows.findings import Notice
from lims.workflows.reminding import MailOfTheDay

MOST_NAMED = 50
"""In one mail; the page has them all."""


class Reminded(Notice):
    sentence = N_("Reminded by mail: %(sent)s. Earlier today: %(earlier)s.")


class PerhapsReminded(Notice):
    sentence = N_("Reminded by mail: %(sent)s. Not known: %(problems)s")


class Interrupted(LimsError):
    sentence = N_("The mail to %(address)s was begun, and a worker ended meanwhile.")


class NotReminded(LimsError):
    sentence = N_("Reminded by mail: %(sent)s. Not reminded: %(problems)s")


def remind(_job: Job, database: Database, settings: Settings) -> LimsError:
    """Write to everybody for whom something is due; safe to be done again, for each person's mail
    of the day is noted before it is sent, and goes out again only where it certainly did not."""
    assert settings.mail_server is not None
    post = Post(database, settings.mail_server)
    for person, mail in letters(database, settings):
        post.write_to(person, mail)
        if post.is_closed:
            break
    return post.told()


@dataclass
class Post:
    """The mails of one morning, and what became of them."""

    database: Database
    server: MailServer
    sent: int = 0
    earlier: int = 0
    refused: list[NotSent] = field(default_factory=list)
    unknown: list[LimsError] = field(default_factory=list)

    @property
    def is_closed(self) -> bool:
        """Whether the server takes mail for nobody."""
        return any(isinstance(each, NoMailServer) for each in self.refused)

    def write_to(self, person: User, mail: Mail) -> None:
        """Send the mail of today unless it was, or may have been."""
        stands = self._run(reminding.begin_reminder, user_id=person.id, day=clock.today())
        if stands is MailOfTheDay.SENT:
            self.earlier += 1
        elif stands is MailOfTheDay.UNKNOWN:
            self.unknown.append(Interrupted(address=mail.to))
        else:
            self._send(person, mail)

    def told(self) -> LimsError:
        """What to say of it; raises NotReminded where some of it is to be tried again."""
        if self.refused:
            raise NotReminded(sent=self.sent, problems=[*self.refused, *self.unknown])
        if self.unknown:
            return PerhapsReminded(sent=self.sent, problems=self.unknown)
        return Reminded(sent=self.sent, earlier=self.earlier)

    def _send(self, person: User, mail: Mail) -> None:
        try:
            send(self.server, mail)
        except PerhapsSent as problem:
            self.unknown.append(problem)
        except NotSent as problem:
            self._run(reminding.end_reminder, user_id=person.id, sent=False)
            self.refused.append(problem)
        else:
            self._run(reminding.end_reminder, user_id=person.id, sent=True)
            self.sent += 1

    def _run(self, command: Callable[..., object], **given: object) -> object:
        return self.database.run(command, None, key="", arguments=lambda _: given)


def letters(database: Database, settings: Settings) -> Iterator[tuple[User, Mail]]:
    """A mail to each who has something due, in their own language."""
    with database.reading() as session:
        found = [(each, reminding.due(session, each)) for each in reminding.reminded(session)]
    for person, items in found:
        if items:
            yield person, letter(person, items, settings)


def letter(person: User, items: list[Item], settings: Settings) -> Mail:
    say = wording_of(str(person.language), settings.time_zone)
    lines = [line(say, item) for item in items[:MOST_NAMED]]
    if len(items) > MOST_NAMED:
        lines.append(say.say(N_("and %(number)s more"), number=len(items) - MOST_NAMED))
    closing = N_(
        "The program sends this once a day. Where it goes, or that it ends, you say yourself on"
        " the page Account."
    )
    parts = [say.word(N_("For you today:")), "\n".join(lines), settings.url, say.word(closing)]
    return Mail(
        sender=settings.mail_from,
        to=str(person.mail_address),
        subject=say.say(
            N_("%(site)s: due today: %(number)s"), site=settings.site_name, number=len(items)
        ),
        text="\n\n".join(parts) + "\n",
    )


def line(say: Wording, item: Item) -> str:
    """What is to be done, with what, and by when; never whose."""
    times = f" × {item.number}" if item.number > 1 else ""
    return f"- {say.word(item.label)}: {item.code}{times} – {when(say, item)}"


def when(say: Wording, item: Item) -> str:
    if item.due is None or item.at_once:
        return say.word(N_("at once"))
    moment = say.day(item.due) if item.timing is Timing.ON else say.moment(item.due)
    return say.say(N_("overdue: %(moment)s"), moment=moment) if item.overdue else moment
