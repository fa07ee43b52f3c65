"""Earlier records taken over: a file is looked at whole, then stored item by item.

A killed import is gone on with where it stood: by sending the same file again, or by the worker.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from lims import earlier_files
from lims.database import Database
from lims.errors import N_, LimsError, NotPermitted
from lims.files import FileStore
from lims.imports import telling
from lims.models.earlier import Import, ImportKind, ImportStatus
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    import_mappings,
    importing,
)

Progress = Callable[[int], None]
"""Told how many items are done by now."""


class Faults(LimsError):
    """What was found wrong in a file: `faults` names each by its sheet, rows and cell."""

    sentence = N_(
        "%(faults)s faults in %(rows)s rows: nothing is stored. Mend the file and send it again."
    )

    def __init__(self, looked: "Looked") -> None:
        super().__init__(faults=len(looked.errors), rows=looked.rows)
        self.faults = looked.told
        self.notes = looked.notes


@dataclass(frozen=True)
class Looked:
    """What a file holds, and everything in it that cannot be taken."""

    kind: ImportKind
    file_name: str
    raw: bytes
    headers: Mapping[str, str]
    """The laboratory's own headers, by our columns."""
    rows: int
    items: Sequence[Any]
    done: frozenset[str]
    """Numbers of items that an import of this file stored before it was killed."""
    given_up: int
    """How many imports of this file were given up."""
    errors: Sequence[LimsError]
    notes: Sequence[LimsError]

    @property
    def told(self) -> Sequence[LimsError]:
        """The faults in sentences: what is wrong in many rows alike is said once."""
        return telling.together(self.errors)

    @property
    def sha256(self) -> str:
        return sha256(self.raw).hexdigest()

    def begun_with(self) -> dict[str, Any]:
        """What its import is begun with."""
        return {
            "kind": self.kind,
            "file_name": self.file_name,
            "file_sha256": self.sha256,
            "rows": self.rows,
            "items": len(self.items),
            "headers": self.headers,
            "notes": self.notes,
        }

    @property
    def to_do(self) -> Sequence[Any]:
        return [item for item in self.items if item.number not in self.done]


def look(
    database: Database,
    raw: bytes,
    file_name: str,
    zone: ZoneInfo,
    *,
    kind: ImportKind | None = None,
    mapping: str | None = None,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Looked:
    """Read and check all of a file; nothing is stored. Raises where it is no table of ours.

    `headers` are the laboratory's own, by our columns, beside or instead of a saved `mapping`.
    """
    with database.reading() as session:
        kept = import_mappings.mapping_of(session, kind, mapping) if mapping else None
        called = import_mappings.headers_of(kept) | dict(headers)
        found, sheets = earlier_files.read(raw, file_name, kept.kind if kept else kind, called)
        items = earlier_files.KINDS[found].read(sheets, zone)
        digest = sha256(raw).hexdigest()
        importing.require_new(session, digest)
        running = importing.running_with(session, digest)
        done = importing.done_in(session, running) if running else set()
        to_do = [item for item in items if item.number not in done]
        errors = [*sheets.errors, *earlier_files.KINDS[found].check(session, to_do)]
        return Looked(
            kind=found,
            file_name=file_name,
            raw=raw,
            headers=called,
            rows=len(sheets.rows),
            items=items,
            done=frozenset(done),
            given_up=importing.times_given_up(session, digest),
            errors=sorted(errors, key=_place),
            notes=sheets.notes,
        )


def _place(fault: LimsError) -> tuple[str, int]:
    """Where it was found: faults are told in the order of the file's rows."""
    return str(fault.parameters.get("sheet", "")), int(fault.parameters.get("row", 0))


def require_may(database: Database, user_id: int) -> None:
    """Raise NotPermitted unless this person may take records over: the look tells of patients."""
    with database.reading() as session:
        if not session.get_one(User, user_id).may(Permission.IMPORT_RECORDS):
            raise NotPermitted(permission=Permission.IMPORT_RECORDS)


def save_mapping(database: Database, looked: Looked, name: str, user_id: int) -> None:
    """Keep the headers of a file under a name, for the next one like it."""
    database.run(
        import_mappings.save_mapping,
        user_id,
        key=f"mapping {looked.kind} {name}",
        arguments=lambda _: {"kind": looked.kind, "name": name, "headers": looked.headers},
    )


def take_over(
    database: Database,
    store: FileStore,
    looked: Looked,
    user_id: int,
    progress: Progress = lambda done: None,
) -> Import:
    """Store what was looked at, each item in a transaction of its own, and show all of it then."""
    store.put(looked.raw)
    run = partial(database.run, user_id=user_id)
    begun: Import = run(
        importing.begin_import,
        key=f"import {looked.sha256} {len(looked.done)} {looked.given_up}",
        arguments=lambda _: looked.begun_with(),
    )
    return _go_on(database, looked, begun, user_id, progress)


def _go_on(
    database: Database, looked: Looked, begun: Import, user_id: int, progress: Progress
) -> Import:
    """Store each item that is not stored yet."""
    run = partial(database.run, user_id=user_id)
    for number, item in enumerate(looked.to_do, start=len(looked.done) + 1):
        _store(run, earlier_files.KINDS[looked.kind].store, begun, item)
        progress(number)
    return run(  # type: ignore[no-any-return]
        importing.complete_import,
        key=f"{begun.code} complete",
        arguments=lambda session: {"running": session.get_one(Import, begun.id)},
    )


def _store(run: Callable[..., Any], command: Any, begun: Import, item: Any) -> None:
    """Store one item; where it cannot be, since something changed meanwhile, say why."""

    def of(session: Session, **more: Any) -> dict[str, Any]:
        return {"running": session.get_one(Import, begun.id), **more}

    key = f"{begun.code} {item.number}"
    try:
        run(command, key=key, arguments=lambda session: of(session, item=item))
    except LimsError as problem:
        told = {"number": item.number, "origin": item.origin, "reason": problem}
        run(importing.leave_out, key=f"{key} -", arguments=lambda session: of(session, **told))


def unfinished(database: Database) -> list[tuple[str, int]]:
    """The imports a killed program left, with whose they are."""
    with database.reading() as session:
        return [(each.code, each.imported_by_id) for each in importing.unfinished(session)]


def go_on(
    database: Database,
    store: FileStore,
    code: str,
    zone: ZoneInfo,
    progress: Progress = lambda done: None,
) -> Import | None:
    """Go on with an import where it stood; None where it has ended already. Safe to repeat."""
    with database.reading() as session:
        running = importing.with_code(session, code)
        if running.status is not ImportStatus.RUNNING:
            return None
        looked = look(
            database,
            store.get(running.file_sha256),
            running.file_name,
            zone,
            kind=running.kind,
            headers=importing.headers_in(running),
        )
    return _go_on(database, looked, running, running.imported_by_id, progress)
