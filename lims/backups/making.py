"""Makes a backup: anchors first, then the database, then the files its rows name, then the proof.

It is made under a name that no backup has, and gets its own when all of it is on the disk; where
anything fails, nothing of it is left.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from lims import anchors, clock, locks
from lims.backups import folder, proving
from lims.backups.folder import Backup, Manifest, Proof, Reason
from lims.backups.kinds import Kind, kind_of
from lims.backups.postgresql import MayNotMakeDatabases
from lims.backups.progress import Progress, quietly
from lims.backups.sealing import seal
from lims.backups.sqlite import unused
from lims.backups.stored import Keeping
from lims.backups.trails import first_entry
from lims.config import Settings
from lims.database import Database
from lims.errors import N_, LimsError
from lims.files import sync_folder
from lims.models.audit import AuditHead
from lims.not_ready import NoTables
from lims.workflows.findings import Finding
from lims.workflows.verifying import Report

WORK = ".backup-"
"""Begins the name of a folder of what is needed for a while, such as the copy in the clear."""
SPARE = 2**20
"""Bytes beside the copy of the database: the manifest, the sums, the anchors."""


class NoRoom(LimsError):
    sentence = N_(
        "There is no room for a backup in %(path)s: it takes %(needed)s MiB and %(free)s are free."
        " Free some, or name another folder: LIMS_BACKUP_DIR, or --to."
    )


class NotWritten(LimsError):
    sentence = N_(
        "No backup could be made in %(path)s: %(reason)s. Nothing of it was left there."
        " Make room or let this user write there, or name another folder: LIMS_BACKUP_DIR, or"
        " --to."
    )


def make(
    database: Database,
    settings: Settings,
    reason: Reason,
    progress: Progress = quietly,
    root: Path | None = None,
) -> Backup:
    """A backup in `root`, else in the site's folder of backups; whether it is good, it says."""
    root = root or settings.backup_dir
    with locks.backing_up(settings.data_dir), _told(root):
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        clear(root, settings.data_dir)
        for disk in {root, settings.data_dir} if settings.backup_recipient else {root}:
            require_room(disk, kind_of(settings).size() + SPARE, NoRoom)
        place = _place(root)
        partial = place.with_name(place.name + folder.PARTIAL)
        try:
            with tempfile.TemporaryDirectory(prefix=WORK, dir=settings.data_dir) as work:
                _Making(database, settings, reason, progress, partial, Path(work)).all()
            os.rename(partial, place)
            sync_folder(root)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    return Backup.read(place)


@dataclass
class _Making:
    database: Database
    settings: Settings
    reason: Reason
    progress: Progress
    place: Path
    work: Path
    seconds: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kind: Kind = kind_of(self.settings)
        self.recipient = self.settings.backup_recipient
        self.files = Keeping(self.settings.store, self.place.parent, self.recipient)

    def all(self) -> None:
        at, revision = clock.now(), self.database.current_revision()
        if revision is None:
            raise NoTables(database=self.database.engine.url.database)
        with self.database.reading() as session:
            head = session.execute(select(AuditHead.seq, AuditHead.hash)).one()
            first = first_entry(session)
        self.place.mkdir(mode=0o700)
        self._keep_anchors()
        copy = (self.work if self.recipient else self.place) / folder.database_name(
            self.kind.name, encrypted=False
        )
        with self._timed("copy"):
            self.kind.copy(copy, self.progress)
        with self._timed("proof"):
            proof, report, told = self._proved(copy)
        if self.recipient:
            self._encrypt(copy)
        read = report.last_seq  # a copy too damaged for it tells nothing: the database does
        manifest = Manifest(
            made_at=at.isoformat(timespec="seconds"),
            reason=self.reason,
            kind=self.kind.name,
            encrypted=self.recipient is not None,
            program=version("lims"),
            revision=revision,
            seq=read or head.seq,
            hash=report.last_hash if read else head.hash,
            rows=report.rows,
            files=len(self.files.sums),
            proof=proof,
            told=told,
            seconds=self.seconds,
            first=first,
        )
        self._write(manifest)

    def _keep_anchors(self) -> None:
        """Before the database, so that each is of an entry that the copy has."""
        for file in anchors.anchor_files(self.settings.anchor_dir):
            with file.open("rb") as source:
                seal(source, self.place / folder.ANCHORS / file.name, None)

    def _proved(self, copy: Path) -> tuple[Proof, Report, tuple[str, ...]]:
        anchored = proving.read_anchors(self.place / folder.ANCHORS)
        files, progress = self._file_faults, self.progress
        try:
            with self.kind.opened(copy, progress) as url:
                report = proving.prove(self.kind, url, self.work, anchored, files, progress)
        except MayNotMakeDatabases as refusal:
            report = Report()
            with self.database.reading() as session:  # unproved, and with its files all the same
                report.add(files(session, report))
            return Proof.MISSING, report, (refusal.english(), *_faults(report))
        told = (*_faults(report), *(each.english() for each in self.files.spoilt_here))
        return Proof.GOOD if report.is_whole else Proof.FAULTS, report, told

    def _file_faults(self, session: Session, report: Report) -> Iterator[Finding]:
        return self.files.faults(session, report, self.progress)

    def _encrypt(self, copy: Path) -> None:
        with self.progress("Encrypting the copy"), copy.open("rb") as source:
            seal(source, self.place / f"{copy.name}{folder.ENCRYPTED}", self.recipient)
        copy.unlink()

    def _write(self, manifest: Manifest) -> None:
        (self.place / folder.ABOUT).write_text(manifest.text, encoding="utf-8")
        sums = dict(self.files.sums)
        for file in self.place.rglob("*"):
            if file.is_file():
                sums[str(file.relative_to(self.place))] = folder.sum_of(file)
        lines = (f"{sums[name]}  {name}\n" for name in sorted(sums))
        (self.place / folder.SUMS).write_text("".join(lines), encoding="ascii")
        stored = self.place.parent / folder.FILES
        for path in (*self.place.rglob("*"), self.place, stored, self.place.parent):
            if path.exists():
                sync_folder(path)  # files as well: all is on the disk before it gets its name

    @contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self.seconds[what] = round(time.monotonic() - begun, 1)


def clear(root: Path, data: Path) -> None:
    """Remove what a backup that was killed left, or one that was being removed."""
    for left in (*root.glob(f"*{folder.PARTIAL}"), *data.glob(f"{WORK}*")):
        shutil.rmtree(left, ignore_errors=True)
    for left in root.glob(f"{folder.FILES}/*/*{folder.PARTIAL}"):
        left.unlink()


def _faults(report: Report) -> tuple[str, ...]:
    if report.is_whole:
        return ()
    return tuple(sentence.english() for sentence in report.sentences())


def _place(root: Path) -> Path:
    return unused(root / clock.now().strftime(folder.STAMP))


def require_room(root: Path, needed: int, refusal: type[LimsError]) -> None:
    """Raise the `refusal` where `needed` bytes are not free on the disk of `root`."""
    free = shutil.disk_usage(root).free
    if free < needed:
        raise refusal(path=root, needed=-(-needed // 2**20), free=free // 2**20)


@contextmanager
def _told(root: Path) -> Iterator[None]:
    """Tell in a sentence what the disk refused."""
    try:
        yield
    except OSError as error:
        raise NotWritten(path=root, reason=error.strerror or error) from error
    except DBAPIError as error:
        if error.statement is None:  # the database does not answer: opening.opened() says so
            raise
        raise NotWritten(path=root, reason=str(error.orig).splitlines()[0]) from error
