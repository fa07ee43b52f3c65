"""Restores a backup: everything is proved before anything is replaced, and what is replaced kept.

The order, so that a kill at any moment leaves the old database whole or the new one:
the bytes against the sums · the copy beside the database, and its proof · asked · missing stored
files and anchors put back, which takes nothing away · the old database kept under another name and
the new one in its place, by one rename · an anchor that tells of it.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DBAPIError

from lims import anchors, clock, locks, rehashing, schema
from lims.backups import proving, sealing, stored
from lims.backups.folder import ANCHORS, STAMP, Backup
from lims.backups.kinds import kind_of, owned
from lims.backups.making import WORK, clear, require_room
from lims.backups.present import anchor_the_end, present
from lims.backups.progress import Progress, quietly
from lims.config import Settings
from lims.database import Database
from lims.errors import N_, LimsError
from lims.workflows.anchors import RESTORED
from lims.workflows.verifying import Report

MOST_NAMED = 10


class OtherKind(LimsError):
    sentence = N_(
        "The backup is of %(kind)s, and LIMS_DATABASE_URL names another kind of database. Name one"
        " of that kind."
    )


class NewerBackup(LimsError):
    sentence = N_(
        "The backup was made by version %(version)s, whose tables (revision %(revision)s) this"
        " program does not know. Install that version, or a newer one, and restore with it."
    )


class NotWhole(LimsError):
    sentence = N_(
        "The backup is not whole, and nothing was restored: %(faults)s Take another. A backup needs"
        " all of its folder, and the folder files beside it."
    )


class FilesNotWhole(LimsError):
    sentence = N_(
        "Stored files are missing or altered in the backup, and here too: %(faults)s Nothing was"
        " restored. Look for them in a copy of the backups, or restore all the rest with"
        " --despite-faults: lims verify then names the rows that are without their file."
    )


class NotProved(LimsError):
    sentence = N_(
        "The backup is as it was written, and its proof finds faults: %(faults)s"
        " Nothing was restored. Take an older one, or restore it with --despite-faults and tell"
        " quality."
    )


class NoRoomToRestore(LimsError):
    sentence = N_(
        "There is no room to restore in %(path)s: it takes %(needed)s MiB and %(free)s are free."
        " Nothing was replaced."
    )


class NotRestored(LimsError):
    sentence = N_("Nothing was replaced: %(reason)s.")


@dataclass(frozen=True)
class Restored:
    """What was done: where the old database is kept, how many stored files were brought back, and
    what a look at the whole said afterwards (None while the tables wait for their upgrade)."""

    kept: str
    files: int
    report: Report | None


def restore(
    settings: Settings,
    backup: Backup,
    *,
    agree: Callable[[LimsError], bool],
    identity: Path | None = None,
    despite_faults: bool = False,
    progress: Progress = quietly,
) -> Restored | None:
    """Put `backup` in the place of what there is; None where the person did not `agree`."""
    require_fitting(settings, backup)
    key = key_of(backup, identity)
    require_whole(settings, backup, progress, despite_faults=despite_faults)
    with locks.alone(settings.data_dir), locks.backing_up(settings.data_dir):
        clear(settings.backup_dir, settings.data_dir)
        with _told(), tempfile.TemporaryDirectory(prefix=WORK, dir=settings.data_dir) as work:
            _require_room(settings, backup)
            plain = _plain(backup, key, Path(work), progress)
            with kind_of(settings).staged(plain, progress) as url:
                faults = proved(url, Path(work), settings, backup, progress)
                if faults and not despite_faults:
                    raise NotProved(faults=faults)
                if not agree(present(settings, backup.about, url)):
                    return None
                anchor_the_end(settings)
                kept, brought = _put_in_place(settings, url, backup, key, progress)
        return Restored(kept, brought, _afterwards(settings, backup, progress))


def require_fitting(settings: Settings, backup: Backup) -> None:
    """Raise where this program and this site cannot take it."""
    if kind_of(settings).name != backup.about.kind:
        raise OtherKind(kind=backup.about.kind)
    if backup.about.revision not in schema.revisions():
        raise NewerBackup(version=backup.about.program, revision=backup.about.revision)


def require_whole(
    settings: Settings, backup: Backup, progress: Progress, *, despite_faults: bool = False
) -> None:
    """Raise NotWhole unless every byte is as it was written; of stored files, FilesNotWhole where
    the laboratory has not kept them either, unless they are to be done without."""
    faults, lost = list(backup.strangers()), []
    stored_as = {path: digest for digest, path in backup.stored()}
    with progress("Reading the backup through", len(backup.sums)) as done:
        for name in backup.sums:
            if fault := backup.fault(name):
                digest = stored_as.get(backup.path(name))
                if digest is None:
                    faults.append(fault)
                elif not settings.store.intact(digest):
                    lost.append(fault)
            done(1)
    if faults:
        raise NotWhole(faults=faults[:MOST_NAMED])
    if lost and not despite_faults:
        raise FilesNotWhole(faults=lost[:MOST_NAMED])


def _require_room(settings: Settings, backup: Backup) -> None:
    """For the copy beside the database, one decrypted, and one upgraded to be looked at."""
    older = backup.about.revision != schema.newest_revision()
    copies = 1 + backup.about.encrypted + older
    require_room(settings.data_dir, copies * backup.database.stat().st_size, NoRoomToRestore)


def proved(
    url: str, work: Path, settings: Settings, backup: Backup, progress: Progress
) -> Sequence[LimsError]:
    """What is wrong with the copy beside the database; this site's own anchors of the time before
    the backup are asked as well."""
    own, damaged = proving.read_anchors(backup.folder / ANCHORS, settings.anchor_dir)
    before = [anchor for anchor in own if anchor.at < backup.about.at]
    report = proving.prove(
        kind_of(settings),
        url,
        work,
        (before, damaged),
        lambda session, report: stored.faults(session, report, backup),
        progress,
    )
    return report.named[:MOST_NAMED]


def _put_in_place(
    settings: Settings, url: str, backup: Backup, key: Any, progress: Progress
) -> tuple[str, int]:
    """Where the old database is kept, and how many stored files were brought back."""
    brought = stored.bring_back(backup, settings.store, key, progress)
    _bring_back_anchors(backup, settings.anchor_dir)
    kept = kind_of(settings).replace(url, f"replaced-{clock.now().strftime(STAMP)}")
    return kept, brought


def _afterwards(settings: Settings, backup: Backup, progress: Progress) -> Report | None:
    """Anchor what was done, and look at the whole where its tables are of today."""
    with owned(settings) as database:
        anchors.anchor_now(database, settings.anchor_dir, f"{RESTORED}{backup.about.made_at}")
        if database.current_revision() != schema.newest_revision():
            return None
        return _looked_at(database, settings, progress)


def _looked_at(database: Database, settings: Settings, progress: Progress) -> Report:
    with progress("Looking at the whole"), database.reading() as session:
        return rehashing.verify_all(session, settings.store, *anchors.read(settings.anchor_dir))


def key_of(backup: Backup, identity: Path | None) -> Any:
    """What opens an encrypted backup; raise NoIdentity where it takes one."""
    if not backup.about.encrypted:
        return None
    if identity is None:
        raise sealing.NoIdentity
    return sealing.identity_in(identity)


def _plain(backup: Backup, key: Any, work: Path, progress: Progress) -> Path:
    """The copy of the database in the clear."""
    if key is None:
        return backup.database
    plain = work / backup.database.stem
    with progress("Decrypting the copy"), plain.open("wb") as file:
        sealing.open_sealed(backup.database, file, key)
    return plain


def _bring_back_anchors(backup: Backup, folder: Path) -> None:
    """Those that this site has lost; the ones it has are never touched."""
    there = {anchor.sha256 for anchor in anchors.read(folder)[0]}
    for anchor in anchors.read(backup.folder / ANCHORS)[0]:
        if anchor.sha256 not in there:
            folder.mkdir(parents=True, exist_ok=True)
            anchors.write(folder, anchor)


@contextmanager
def _told() -> Iterator[None]:
    """Tell in a sentence what the disk refused, a full one first of all."""
    try:
        yield
    except OSError as error:
        reason = f"{error.strerror or error}{f' ({error.filename})' if error.filename else ''}"
        raise NotRestored(reason=reason) from error
    except DBAPIError as error:
        raise NotRestored(reason=str(error.orig).strip().splitlines()[0]) from error
