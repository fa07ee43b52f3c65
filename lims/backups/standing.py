"""How the site stands with its backups: the last one's age and proof, and what is wrong."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from lims import clock
from lims.backups.folder import Backup, Proof, found
from lims.backups.trouble import last_trouble
from lims.config import Settings
from lims.errors import N_, LimsError

LATE = timedelta(hours=26)
"""One is made each night; two hours are for the making."""


class NoneYet(LimsError):
    sentence = N_("There is no backup yet. Run lims backup, and look why none was made at night.")


class TooOld(LimsError):
    sentence = N_(
        "The last backup is older than a day. Look whether lims serve or the worker runs, and run"
        " lims backup."
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
    """The last backup, and everything a person should do something about."""

    last: Backup | None
    warnings: tuple[LimsError, ...]

    @property
    def age(self) -> timedelta | None:
        return clock.now() - self.last.about.at if self.last else None


def standing(settings: Settings) -> Standing | None:
    """None where the site has backups of its own and this program makes none."""
    try:
        backups = found(settings.backup_dir)
    except OSError:
        backups = []
    if not backups and not settings.backup_keep:
        return None
    last = backups[-1] if backups else None
    return Standing(last, tuple(_warnings(settings, last)))


def _warnings(settings: Settings, last: Backup | None) -> Iterator[LimsError]:
    trouble = last_trouble(settings)
    if trouble and (last is None or trouble.at > last.about.at):
        yield Failed(reason=trouble.told)
    if last is None:
        yield NoneYet()
    elif settings.backup_keep and is_late(last.about.at):
        yield TooOld()
    if last and last.about.proof == Proof.FAULTS:
        yield FoundFaulty()
    if last and last.about.proof == Proof.GOOD and last.about.told:
        yield FilesSpoilt(told=last.about.told[0])
    if last and last.about.proof == Proof.MISSING:
        yield Unproved()


def is_late(made: datetime) -> bool:
    return clock.now() - made > LATE
