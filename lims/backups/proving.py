"""The proof of a copy: sound in itself, its tables those of the program, its chain whole, every
row as the trail tells it, every stored file there and as it was stored.

It is given of the copy and not of what was copied; tables of an older version are upgraded for it,
on a copy of the copy, and so the upgrade is rehearsed before anybody begins it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from lims import anchors, inventory
from lims.backups.kinds import Kind
from lims.backups.progress import Progress
from lims.backups.sqlite import unreadable
from lims.database import Database
from lims.errors import N_, LimsError
from lims.workflows.anchors import Anchor
from lims.workflows.findings import Finding
from lims.workflows.verifying import Report, verify

MOST_NAMED = 20

Anchored = tuple[Sequence[Anchor], Sequence[str]]
"""The anchors of a folder, and the names of files that are none."""
FilesOf = Callable[[Session, Report], Iterable[Finding]]
"""What is wrong with the stored files that the rows name."""


class Unreadable(Finding):
    sentence = N_("The copy cannot be read through: %(reason)s.")


class NotOfItsVersion(Finding):
    sentence = N_(
        "The tables of the copy are not those of the version it names, and cannot be upgraded:"
        " %(reason)s. An upgrade was broken off, or somebody changed them: go back to the backup"
        " made before that."
    )


class TablesDiffer(Finding):
    sentence = N_("The tables of the copy are not those of the program: %(line)s.")


def prove(
    kind: Kind, url: str, work: Path, anchored: Anchored, files: FilesOf, progress: Progress
) -> Report:
    """Look at the copy at `url`; `work` is a folder for what that takes."""
    with progress("Proving the copy: is it sound"):
        report, broken = Report(), list(kind.faults(url))
        report.add(broken)
    if unreadable(broken):
        return report
    with ExitStack() as opened:
        try:
            database = opened.enter_context(kind.current(url, work))
        except (SQLAlchemyError, LimsError) as error:
            report.add([NotOfItsVersion(reason=_in_short(error))])
            return report
        try:
            looked = _verified(database, anchored, files, progress)
        except (SQLAlchemyError, LimsError) as error:
            report.add([Unreadable(reason=_in_short(error))])
            return report
    looked.put_first(broken)
    return looked


def _verified(database: Database, anchored: Anchored, files: FilesOf, progress: Progress) -> Report:
    with database.reading() as session:
        with progress("Proving the copy: its tables, its chain, every row"):
            tables = list(_tables(database))
            report = verify(session, *anchored)
        report.add(tables)
        report.add(files(session, report))
        return report


def _tables(database: Database) -> Iterator[Finding]:
    with database.engine.connect() as connection:
        found = inventory.difference(connection)
    for line in (found.missing + found.surplus)[:MOST_NAMED]:
        yield TablesDiffer(line=line)


def read_anchors(*folders: Path) -> Anchored:
    """Those of several folders, each once."""
    both = [anchors.read(folder) for folder in folders]
    each = {anchor.sha256: anchor for found, _ in both for anchor in found}
    return list(each.values()), [name for _, names in both for name in names]


def _in_short(error: Exception) -> str:
    told = error.english() if isinstance(error, LimsError) else str(error)
    return told.splitlines()[0].rstrip(".")
