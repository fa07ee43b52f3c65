"""The doctor: what is wrong with this installation, and what to do about it."""

import os
import stat
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DatabaseError

from lims import anchors, clock, guards, locks, not_ready, opening, revisions
from lims.backups import examining
from lims.backups.kinds import kind_of
from lims.config import Settings
from lims.database import Database
from lims.doctor_findings import (
    AnchorDamaged,
    AnchorsBesideTheData,
    AnchorsNotWritable,
    CannotBeUsed,
    FolderNotWritable,
    LogGrows,
    MissingFont,
    NoAnchor,
    OldAnchor,
    OpenKey,
    OwnsTheTables,
    SchemaHasMore,
    SchemaLacks,
    ShortKey,
    SqliteHasAFault,
    TransitionsDiffer,
    WrongPragma,
)
from lims.errors import LimsError
from lims.guards import is_trigger
from lims.models.command_run import AllowedTransition
from lims.secret_key import LEAST_BYTES
from lims.workflows import demonstrating, job_troubles, states
from lims.workflows.findings import Finding, More

WANTED_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "2",
    "foreign_keys": "1",
    "recursive_triggers": "1",
    "trusted_schema": "0",
    "wal_autocheckpoint": "0",
}
MOST_LOG_MIB = 64
"""The worker writes the log back every minute; an hour of work at the bench writes less."""
SOUND_SQLITE = (3, 51, 3)
"""Older ones may lose a WAL when two connections checkpoint at once (sqlite.org/wal.html)."""
AN_ANCHOR_EVERY = timedelta(hours=48)
"""The worker writes one a day; two missed are a fault."""
MOST_NAMED = 20


def examine(settings: Settings) -> list[LimsError]:
    """All that is wrong (`Finding`) or worth knowing (`Notice`), the database first."""
    try:
        with opening.opened(settings) as database:
            found = list(_database(database, settings))
    except (not_ready.NotReady, opening.NoDatabase, opening.Unreachable) as refusal:
        found = [CannotBeUsed(problem=refusal)]
    except DatabaseError as error:
        reason = str(error.orig).strip().splitlines()[0]
        found = [CannotBeUsed(problem=opening.Unreachable(reason=reason))]
    folders = (*_folders(settings), *_anchors(settings), *examining.examine(settings))
    return [*found, *_key(settings), *_fonts(), *folders]


def _database(database: Database, settings: Settings) -> Iterator[LimsError]:
    """What a job found of the tables is left out: they are looked at here, as they are now."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            yield from _sqlite(connection)
        revisions.require_current(connection)
        if not database.is_sqlite:
            yield from _owner(connection)
        yield from _transitions(connection)
    yield from kind_of(settings).faults(settings.owner_url)
    with database.reading() as session:
        told = list(job_troubles.troubles(session))
        demonstration = demonstrating.of(session)
    unfinished = demonstration is not None and demonstration.made is not None
    if unfinished and not locks.is_filling(settings.data_dir):
        half = demonstrating.HalfMade(database=database.engine.url.database)
        yield CannotBeUsed(problem=half)
    yield from (each for each in told if not isinstance(each, job_troubles.JobFound))
    yield from _schema(database, settings)


def _sqlite(connection: Connection) -> Iterator[LimsError]:
    for pragma, wanted in WANTED_PRAGMAS.items():
        found = str(connection.exec_driver_sql(f"PRAGMA {pragma}").scalar())
        if found != wanted:
            yield WrongPragma(pragma=pragma, found=found, wanted=wanted)
    log = Path(f"{connection.engine.url.database}-wal")
    mib = log.stat().st_size // 2**20 if log.exists() else 0
    if mib >= MOST_LOG_MIB:
        yield LogGrows(path=log, mib=mib)
    version = connection.dialect.server_version_info or ()
    if tuple(version) < SOUND_SQLITE:
        shown = [".".join(str(part) for part in each) for each in (version, SOUND_SQLITE)]
        yield SqliteHasAFault(version=shown[0], sound=shown[1])


def _owner(connection: Connection) -> Iterator[LimsError]:
    owned = "SELECT count(*) FROM pg_tables WHERE tableowner = current_user AND tablename = :table"
    if connection.scalar(text(owned), {"table": "audit_entry"}):
        yield OwnsTheTables()


def _transitions(connection: Connection) -> Iterator[LimsError]:
    row = select(
        AllowedTransition.table_name, AllowedTransition.from_status, AllowedTransition.to_status
    )
    kept = {tuple(each) for each in connection.execute(row)}
    for name, old, new in sorted(kept ^ set(states.rows())):
        yield TransitionsDiffer(row=f"{name}: {old or '-'} → {new}")


def _schema(database: Database, settings: Settings) -> Iterator[LimsError]:
    found = guards.difference(database, settings)
    if found is None:
        yield guards.SchemaNotCompared()
        return
    if lost := guards.triggers_lost(found):
        yield lost
    yield from _named(SchemaLacks, [each for each in found.missing if not is_trigger(each)])
    yield from _named(SchemaHasMore, found.surplus)


def _named(kind: type[Finding], lines: Sequence[str]) -> Iterator[LimsError]:
    """The first of them, a trigger by its name alone, and how many more there are."""
    yield from (kind(line=line.partition(" BEGIN ")[0]) for line in lines[:MOST_NAMED])
    if len(lines) > MOST_NAMED:
        yield More(count=len(lines) - MOST_NAMED)


def _key(settings: Settings) -> Iterator[LimsError]:
    if (length := len(settings.secret_key.encode())) < LEAST_BYTES:
        yield ShortKey(bytes=length, least=LEAST_BYTES)
    path = settings.data_dir / "secret.key"
    if path.exists() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield OpenKey(path=path)


def _fonts() -> Iterator[LimsError]:
    from lims.labels import fonts

    for name in fonts.FONTS:
        if not (fonts.FOLDER / f"{name}.ttf").is_file():
            yield MissingFont(name=name)


def _folders(settings: Settings) -> Iterator[LimsError]:
    if not os.access(settings.data_dir, os.W_OK | os.X_OK):
        yield FolderNotWritable(path=settings.data_dir)


def _anchors(settings: Settings) -> Iterator[LimsError]:
    folder = settings.anchor_dir
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
        yield AnchorsNotWritable(path=folder)
        return
    if settings.data_dir.exists() and nearest.stat().st_dev == settings.data_dir.stat().st_dev:
        yield AnchorsBesideTheData()
    written, damaged = anchors.read(folder)
    yield from (AnchorDamaged(name=name) for name in damaged)
    if not written:
        yield NoAnchor()
    elif clock.now() - written[-1].at > AN_ANCHOR_EVERY:
        yield OldAnchor(utc=written[-1].utc)
