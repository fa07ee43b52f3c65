"""What each kind of job of the worker does, and what it then says of it.

Each is safe to be done again: whoever did it may have been killed before it could be written down.
"""

from collections.abc import Callable
from pathlib import Path

from lims import anchors, downtime, earlier, guards, reminders
from lims.backups import night
from lims.config import Settings
from lims.database import Database
from lims.errors import N_, LimsError, Word
from lims.models.audit import AuditHead
from lims.models.job import Job
from lims.workflows.anchors import AnchorReason
from lims.workflows.findings import Notice


class Anchored(Notice):
    sentence = N_("Entry %(seq)s is anchored.")


class AnchoredAlready(Notice):
    sentence = N_("Entry %(seq)s was anchored at %(at)s already.")


class NothingToAnchor(Notice):
    sentence = N_("The audit trail is empty: there is nothing to anchor.")


class NotAnchored(LimsError):
    sentence = N_("Nothing could be written to %(path)s. Make the folder writable.")


class BackedUp(Notice):
    sentence = N_("A backup lies in %(path)s: %(proof)s.")


class TakenOver(Notice):
    sentence = N_("%(code)s is complete: %(stored)s of %(items)s stored.")


class TakenOverAlready(Notice):
    sentence = N_("%(code)s had ended already.")


def anchor_the_day(job: Job, database: Database, settings: Settings) -> LimsError:
    """Anchor the audit trail, with or without a new entry; safe to be done again, for an anchor
    written since the job was made is the one it is for."""
    last = anchors.newest(settings.anchor_dir)
    if last is not None and last.at >= job.made_at:
        return AnchoredAlready(seq=last.seq, at=last.at)
    made = anchors.anchor_now(database, settings.anchor_dir, AnchorReason.DAY)
    if made is not None:
        return Anchored(seq=made.seq)
    told = not_anchored(database, settings.anchor_dir)
    if isinstance(told, NotAnchored):
        raise told
    return told


def not_anchored(database: Database, folder: Path) -> LimsError:
    """Why an anchor was not written."""
    with database.reading() as session:
        if session.get_one(AuditHead, 1).seq == 0:
            return NothingToAnchor()
    return NotAnchored(path=str(folder))


def back_up(job: Job, database: Database, settings: Settings) -> LimsError:
    """Make the night's backup; safe to be done again, for one begun since the job was made is
    the one it is for."""
    made = night.made_since(database, settings, job.made_at) or night.back_up(database, settings)
    told = {"path": str(made.folder), "proof": Word(made.about.proof)}
    return BackedUp(**told)


def look_at_guards(job: Job, database: Database, settings: Settings) -> LimsError:
    """See whether the database still guards its rules itself; what it lost is told at once."""
    return guards.look(database, settings)


def take_over_records(job: Job, database: Database, settings: Settings) -> LimsError:
    """Go on with an import where it stands; safe to be done again, for what is stored is known."""
    done = earlier.go_on(database, settings.store, job.subject_code, settings.time_zone)
    if done is None:
        return TakenOverAlready(code=job.subject_code)
    return TakenOver(code=done.code, stored=done.items - len(done.omissions), items=done.items)


Act = Callable[[Job, Database, Settings], LimsError]
ACTS: dict[str, Act] = {
    "anchor": anchor_the_day,
    "backup": back_up,
    "downtime": downtime.print_kits,
    "guards": look_at_guards,
    "import": take_over_records,
    "reminders": reminders.remind,
}
"""By the name of the kind (workflows/jobs.py)."""
LONG = frozenset({"backup", "downtime", "import"})
"""What may work for minutes: beside pages it is done in a process of its own."""
