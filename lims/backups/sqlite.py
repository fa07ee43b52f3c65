"""SQLite: copied by its own backup, put in place by one rename."""

import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path

from sqlalchemy import make_url

from lims import schema
from lims.backups.progress import Progress
from lims.database import Database
from lims.errors import N_, LimsError
from lims.files import sync_folder
from lims.workflows.findings import Finding

PAGES_AT_A_TIME = 2000
MOST_NAMED = 20
BESIDE = ("-wal", "-shm")
"""What SQLite keeps beside its file, and what of it must never stand beside another's."""


class FileDamaged(Finding):
    sentence = N_(
        "The database file is damaged: %(reason)s. Stop the program, and go back to the last good"
        " backup: lims restore lists the backups there are."
    )


def unreadable(found: Sequence[Finding]) -> bool:
    """Whether the file is damaged: what is read from it is not to be trusted then."""
    return any(isinstance(each, FileDamaged) for each in found)


class KeyLeadsNowhere(Finding):
    sentence = N_(
        "In the table %(table)s row %(row)s points by %(column)s to row %(value)s of %(parent)s,"
        " which is not there. Tell quality: it was removed past the program."
    )


class StillOpen(LimsError):
    sentence = N_("%(path)s is still in use. Stop what works on it, then restore again.")


class Sqlite:
    """The database in `file`."""

    name = "sqlite"

    def __init__(self, url: str) -> None:
        self.file = Path(str(make_url(url).database)).absolute()

    def __str__(self) -> str:
        return str(self.file)

    def exists(self) -> bool:
        return self.file.exists()

    def size(self) -> int:
        """Bytes, those not written back yet included."""
        files = (self.file, *(with_ending(self.file, ending) for ending in BESIDE[:1]))
        return sum(file.stat().st_size for file in files if file.exists())

    def copy(self, to: Path, progress: Progress) -> None:
        """One moment of the database, while others go on writing: they do not wait."""
        with (
            closing(sqlite3.connect(f"{self.file.as_uri()}?mode=rw", uri=True)) as live,
            closing(sqlite3.connect(to)) as copy,
        ):
            live.isolation_level = None
            live.execute("PRAGMA wal_autocheckpoint=0")
            live.execute("BEGIN")  # what is read from here on is of one moment
            left = live.execute("PRAGMA page_count").fetchone()[0]
            with progress("Copying the database", left) as done:

                def tell(_status: int, remaining: int, _total: int) -> None:
                    nonlocal left
                    done(left - remaining)
                    left = remaining

                live.backup(copy, pages=PAGES_AT_A_TIME, progress=tell, sleep=0)
        sync(to)

    @contextmanager
    def opened(self, copy: Path, _progress: Progress) -> Iterator[str]:
        """The address of the copy, to be looked at."""
        yield url_of(copy)

    @contextmanager
    def staged(self, copy: Path, progress: Progress) -> Iterator[str]:
        """The address of a second copy, on the disk of the database it is to replace."""
        stage = with_ending(self.file, ".restoring")
        removed(stage)
        try:
            with progress("Putting the copy beside the database"):
                self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                shutil.copyfile(copy, stage)
                stage.chmod(0o600)
                sync(stage)
            yield url_of(stage)
        finally:
            removed(stage)

    def faults(self, url: str) -> Iterator[Finding]:
        """What SQLite itself finds wrong with a file."""
        with closing(sqlite3.connect(str(make_url(url).database))) as copy:
            try:
                for (line,) in copy.execute(f"PRAGMA integrity_check({MOST_NAMED})"):
                    if line != "ok":
                        yield FileDamaged(reason=line.splitlines()[0])
                broken = copy.execute("PRAGMA foreign_key_check").fetchmany(MOST_NAMED)
                for table, row, parent, key in broken:
                    column, value = _key_of(copy, table, row, key)
                    told = {"column": column, "value": value, "parent": parent}
                    yield KeyLeadsNowhere(table=table, row=row, **told)
            except sqlite3.DatabaseError as error:
                yield FileDamaged(reason=error)

    @contextmanager
    def current(self, url: str, work: Path) -> Iterator[Database]:
        """The database at `url`; one of older tables as a copy of it, upgraded for the look."""
        database = Database(url)
        try:
            if database.current_revision() != schema.newest_revision():
                database.engine.dispose()
                rehearsed = work / "rehearsal.sqlite"
                shutil.copyfile(str(make_url(url).database), rehearsed)
                database = Database(url_of(rehearsed))
                database.upgrade()
            yield database
        finally:
            database.engine.dispose()

    def replace(self, url: str, name: str) -> str:
        """Put the staged copy in place of the database, which is never missing: it is kept in a
        folder `name` beside it first, and its place taken by one rename."""
        kept = unused(self.file.with_name(name))
        if present := self.exists():
            self._keep(kept)
        os.replace(str(make_url(url).database), self.file)
        sync_folder(self.file.parent)
        return str(kept / self.file.name) if present else "-"

    def _keep(self, kept: Path) -> None:
        kept.mkdir(mode=0o700)
        self._write_back()
        for ending in BESIDE:
            with suppress(FileNotFoundError):
                os.rename(with_ending(self.file, ending), kept / f"{self.file.name}{ending}")
        try:
            os.link(self.file, kept / self.file.name)
        except OSError:  # this disk knows no second names
            shutil.copy2(self.file, kept / self.file.name)
            sync(kept / self.file.name)
        sync_folder(kept)

    def _write_back(self) -> None:
        """All that was entered into the one file, where it can be read at all."""
        with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(self.file)) as old:
            (busy, *_) = old.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                raise StillOpen(path=self.file)


def _key_of(copy: sqlite3.Connection, table: str, row: int, key: int) -> tuple[str, object]:
    """The column of a key by its number in the table, and what that row has in it."""
    keys = copy.execute(f'PRAGMA foreign_key_list("{table}")').fetchall()
    column = next(each[3] for each in keys if each[0] == key)  # a composite one begins with it
    found = copy.execute(f'SELECT "{column}" FROM "{table}" WHERE rowid = ?', (row,)).fetchone()
    return column, found[0]


def url_of(file: Path) -> str:
    return f"sqlite:///{file}"


def with_ending(file: Path, ending: str) -> Path:
    return file.with_name(f"{file.name}{ending}")


def unused(path: Path) -> Path:
    """The path, with a number where something lies there."""
    numbered = (path if each == 1 else with_ending(path, f"-{each}") for each in count(1))
    return next(each for each in numbered if not each.exists())


def removed(file: Path) -> None:
    for ending in ("", *BESIDE):
        with_ending(file, ending).unlink(missing_ok=True)


def sync(file: Path) -> None:
    """Put what was written to `file` on the disk."""
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
