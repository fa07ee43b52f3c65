"""Stored files in backups: each kept once, by its digest, and read through at each backup."""

from collections.abc import Container, Iterator
from hashlib import sha256
from io import BytesIO
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from lims.backups import folder
from lims.backups.folder import Backup
from lims.backups.progress import Progress
from lims.backups.sealing import open_sealed, seal
from lims.errors import N_, LimsError
from lims.files import FileAltered, FileMissing, FileStore
from lims.rehashing import Row, named
from lims.workflows import findings
from lims.workflows.findings import Finding
from lims.workflows.verifying import Report


class SpoiltHere(LimsError):
    sentence = N_(
        "%(path)s is missing among the stored files, or was altered. The backup has it as it was"
        " stored, in %(kept)s. Tell quality, and put it back: lims restore --only-files with this"
        " backup."
    )


def digests(session: Session) -> Iterator[tuple[str, Row]]:
    """Each file that a row names, in order, with one such row."""
    for digest, rows in groupby(named(session), key=itemgetter(0)):
        yield digest, next(rows)[1]


class Keeping:
    """Puts what is new beside the backups in `root`; `sums` are of all that a backup names."""

    def __init__(self, live: FileStore, root: Path, recipient: str | None) -> None:
        self.live = live
        self.root = root
        self.recipient = recipient
        self.sums: dict[str, str] = {}
        self.spoilt_here: list[LimsError] = []
        """What the laboratory has no longer as it was stored, and the backup has."""
        self._known = self._sealed_before() if recipient else {}

    def faults(self, session: Session, report: Report, progress: Progress) -> Iterator[Finding]:
        """Keep each file the rows name; tell of those that are missing or altered."""
        wanted = list(digests(session))
        with progress("Keeping and reading through the stored files", len(wanted)) as done:
            for digest, (table, row) in wanted:
                place = {"path": str(self.live.path(digest)), "table": table, "row": row}
                try:
                    if not self.keep(digest) and not self.live.intact(digest):
                        kept = self._place(digest)[1]
                        self.spoilt_here.append(SpoiltHere(path=place["path"], kept=kept))
                except FileMissing:
                    yield findings.FileGone(**place)
                except FileAltered:
                    yield findings.FileAltered(**place)
                report.files += 1
                done(1)

    def keep(self, digest: str) -> bool:
        """Write the file unless it is there and intact; whether it was read for that, and so
        proved here as well."""
        name, path = self._place(digest)
        right = self._known.get(name) if self.recipient else digest
        there = right is not None and path.is_file() and folder.sum_of(path) == right
        if right is None or not there:
            right = self._copy(digest, path)
        self.sums[name] = right
        return not there

    def _copy(self, digest: str, path: Path) -> str:
        """Read once: in the clear, its digest is that of what is written."""
        if self.recipient:
            return seal(BytesIO(self.live.get(digest)), path, self.recipient)
        with self.live.opened(digest) as file:
            return seal(file, path, None, digest=digest)

    def _place(self, digest: str) -> tuple[str, Path]:
        """How the sums name a stored file, and where it lies."""
        name = folder.stored_name(digest, encrypted=self.recipient is not None)
        return name, self.root / name.removeprefix("../")

    def _sealed_before(self) -> dict[str, str]:
        """What an encrypted file should be is known from the backups that name it alone."""
        known: dict[str, str] = {}
        for backup in folder.found(self.root):
            known |= backup.sums
        return known


def faults(session: Session, report: Report, backup: Backup) -> Iterator[Finding]:
    """Files the rows of a backup name, and its sums do not."""
    there = dict(backup.stored())
    for digest, (table, row) in digests(session):
        report.files += 1
        if digest not in there:
            yield findings.FileGone(path=digest, table=table, row=row)


def bring_back(
    backup: Backup,
    live: FileStore,
    identity: Any,
    progress: Progress,
    only: Container[str] | None = None,
) -> int:
    """Put back what is missing among the stored files or was altered; how many that were. What
    the backup has not either is left out: `lims verify` names it."""
    every, brought = backup.stored(), 0
    wanted = [(digest, path) for digest, path in every if only is None or digest in only]
    with progress("Bringing back stored files", len(wanted)) as done:
        for digest, path in wanted:
            if not live.intact(digest):
                brought += _brought(digest, path, live, identity)
            done(1)
    return brought


def _brought(digest: str, path: Path, live: FileStore, identity: Any) -> bool:
    content = BytesIO()
    try:
        open_sealed(path, content, identity)
    except (LimsError, OSError):
        return False
    if sha256(content.getvalue()).hexdigest() != digest:
        return False
    live.put(content.getvalue())
    return True
