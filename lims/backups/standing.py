"""How the site stands with its backups: the last good one's age, and what is wrong."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from lims import clock
from lims.backups.folder import Backup, Manifest, Proof, found
from lims.backups.trails import Whose, sorted_out
from lims.backups.trouble import last_trouble
from lims.config import Settings
from lims.errors import N_, LimsError

LATE = timedelta(hours=26)
"""One is made each night; two hours are for the making."""


class NoneYet(LimsError):
    sentence = N_(
        "There is no backup yet. Each night lims serve or the worker makes one; lims backup makes"
        " one now."
    )


class NoneOfOurs(LimsError):
    sentence = N_(
        "No backup in %(path)s is of this database: they are of another laboratory, or hold entries"
        " that it has not. Run lims backup. If it should be the laboratory that they are of, check"
        " LIMS_DATA_DIR and LIMS_DATABASE_URL, and see lims restore."
    )


class AnothersToo(LimsError):
    sentence = N_(
        "In %(path)s lie backups of another laboratory, too. Give each a folder of its own: name"
        " another one in LIMS_BACKUP_DIR, of whichever of the two."
    )


class TooOld(LimsError):
    sentence = N_(
        "The last good backup is older than a day. Look whether lims serve or the worker runs, and"
        " run lims backup."
    )


class FoundFaulty(LimsError):
    sentence = N_(
        "The last backup was made and is not good: its proof found faults. Run lims verify, tell"
        " quality what it says, and keep the older backups."
    )


class FilesSpoilt(LimsError):
    sentence = N_("The last backup is good, and stored files of the laboratory are not: %(told)s")


class Unproved(LimsError):
    sentence = N_("The last backup could not be proved. Run lims backup: it says why.")


class Failed(LimsError):
    sentence = N_("The last try at a backup failed: %(reason)s")


@dataclass(frozen=True)
class Standing:
    """The last good backup, and everything a person should do something about."""

    last: Backup | None
    warnings: tuple[LimsError, ...]

    @property
    def age(self) -> timedelta | None:
        return clock.now() - self.last.about.at if self.last else None


def standing(settings: Settings, session: Session | None) -> Standing | None:
    """Of the backups of the trail in the database of `session`, or of all where that cannot be
    read; None where the site has backups of its own and this program makes none."""
    try:
        backups = found(settings.backup_dir)
    except OSError:
        backups = []
    if not backups and not settings.backup_keep:
        return None
    seen = sorted_out(session, backups) if session is not None and backups else None
    own = backups if seen is None else [each for each, whose in seen if whose is Whose.OURS]
    good = [each for each in own if each.is_good and each.about.seq]
    if own:
        warnings = list(_warnings(settings, own[-1].about, (good or own)[-1]))
        if any(whose is Whose.ANOTHERS for _, whose in seen or ()):
            warnings.append(AnothersToo(path=settings.backup_dir))
    else:
        strangers = any(each.about.seq for each in backups)
        warnings = list(_without_one(settings, strangers=strangers))
    return Standing(good[-1] if good else None, tuple(warnings))


def _without_one(settings: Settings, *, strangers: bool) -> Iterator[LimsError]:
    if trouble := last_trouble(settings):
        yield Failed(reason=trouble.told)
    yield NoneOfOurs(path=settings.backup_dir) if strangers else NoneYet()


def _warnings(settings: Settings, newest: Manifest, good: Backup) -> Iterator[LimsError]:
    trouble = last_trouble(settings)
    if trouble and trouble.at > newest.at:
        yield Failed(reason=trouble.told)
    if settings.backup_keep and is_late(good.about.at):
        yield TooOld()
    if newest.proof == Proof.FAULTS:
        yield FoundFaulty()
    if newest.proof == Proof.GOOD and newest.told:
        yield FilesSpoilt(told=newest.told[0])
    if newest.proof == Proof.MISSING:
        yield Unproved()


def is_late(made: datetime) -> bool:
    return clock.now() - made > LATE
