"""Every way in which somebody who owns database and files may change them past the program.

Each kind does it to a random place and says how `lims verify` is to name that place.
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Table, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lims import rehashing, schema
from lims.database import Database
from lims.files import FileStore
from lims.models.audit import UNAUDITED
from lims.models.step import Step
from lims.workflows.anchors import Anchor
from tests import twins
from tests.stuffing import TABLES
from tests.tampering import Hands, grown, person_id, receive_in_short
from tests.test_verify_every_table import another, left_alone

AUDITED = [table for table in TABLES if table.name not in UNAUDITED]
MOST_ENTRIES = 40
"""Entries from the end among which chance chooses: hashing anew takes time."""


ITS_NAME = re.compile(r"(, row \d+) \([^)]*\)")


@dataclass
class Ground:
    """A laboratory that was anchored, and what its anchors say."""

    hands: Hands
    store: FileStore
    anchors: list[Anchor]
    chance: Random

    @property
    def session(self) -> Session:
        return self.hands.session

    @property
    def last(self) -> int:
        return int(self.hands.last or 0)

    def seq(self) -> int:
        """An entry that is neither the first nor the last of those anchored."""
        return self.chance.randint(max(2, self.last - MOST_ENTRIES), self.last - 1)

    def entry(self, seq: int) -> Any:
        return self.session.execute(text(f"SELECT * FROM audit_entry WHERE id = {seq}")).one()

    def row(self) -> tuple[Table, Any]:
        """A row of a table that has any, each table as likely."""
        for table in self.chance.sample(AUDITED, len(AUDITED)):
            if rows := self.session.execute(select(table)).mappings().all():
                return table, self.chance.choice(rows)
        raise AssertionError("an empty laboratory")

    def told(self, table: Table, row: Any) -> str:
        """The table under which the trail tells of a row: a step's is that of its kind."""
        if table.name != "step":
            return str(table.name)
        kinds = Step.__mapper__.polymorphic_map
        return str(kinds[row["kind"]].class_.__tablename__)

    def file(self) -> Path:
        return self.store.path(self.chance.choice(list(self.store.digests())))

    def found(self, *anchors: Anchor, damaged: tuple[str, ...] = ()) -> list[str]:
        """The sentences of all that `lims verify` finds, rows by their numbers alone."""
        report = rehashing.verify_all(self.session, self.store, anchors, damaged)
        return [ITS_NAME.sub(r"\1", each.english()) for each in report.named]


@contextmanager
def laboratory(database: Database, folder: Path, seed: str) -> Iterator[Ground]:
    """A small laboratory, anchored twice, nobody's triggers and keys in the way."""
    chance, store = Random(seed), FileStore(folder)
    for _ in range(2):
        grown(database, store, chance)
    while len(list(store.digests())) < 2:
        grown(database, store, chance)
    received_last(database)
    with twins.unguarded(database) as connection, Session(connection) as session:
        schema.drop_triggers(connection)
        hands = Hands(session)
        first = hands.anchor()
        yield Ground(hands, store, [first, hands.anchor(first)], chance)
        session.rollback()


def received_last(database: Database) -> None:
    """A patient of whom only the end of the trail tells."""
    database.run(receive_in_short, person_id(database), key="last", arguments=lambda _: {})


def entry_edited(ground: Ground) -> str:
    seq = ground.seq()
    column, value = ground.chance.choice(
        [("reason", "'because'"), ("terminal", "''"), ("command", "'other'"), ("user_id", "1000"),
         ("changes", "'{}'"), ("schema_revision", "'0000'"), ("row_id", "4711"),
         ("previous_hash", f"'{'e' * 64}'")]
    )  # fmt: skip
    ground.hands.sql(f"UPDATE audit_entry SET {column} = {value} WHERE id = {seq}")
    return f"Entry {seq} ("


def entry_removed(ground: Ground) -> str:
    seq = ground.seq()
    ground.hands.sql(f"DELETE FROM audit_entry WHERE id = {seq}")
    return f"Entry {seq} is missing"


def entry_put_in(ground: Ground) -> str:
    """Those after it numbered anew, nothing hashed anew."""
    seq, ids = ground.seq(), "UPDATE audit_entry SET id = "
    columns = (
        "at, user_id, terminal, command, reason, action, table_name, row_id, patient_id, changes,"
        " schema_revision, previous_hash"
    )
    ground.hands.sql(
        f"{ids}-id - 1 WHERE id > {seq}",
        f"{ids}-id WHERE id < 0",
        f"INSERT INTO audit_entry (id, {columns}, hash)"
        f" SELECT id + 1, {columns}, '{'c' * 64}' FROM audit_entry WHERE id = {seq}",
    )
    return f"Entry {seq + 1} ("


def entries_swapped(ground: Ground) -> str:
    seq = ground.seq()
    for old, new in ((seq, -1), (seq + 1, seq), (-1, seq + 1)):
        ground.hands.sql(f"UPDATE audit_entry SET id = {new} WHERE id = {old}")
    return f"Entry {seq} ("


def entry_twice(ground: Ground) -> str:
    """In a table made anew without its key."""
    seq = ground.seq()
    ground.hands.sql(
        "ALTER TABLE audit_entry RENAME TO as_it_was",
        "CREATE TABLE audit_entry AS SELECT * FROM as_it_was",
        f"INSERT INTO audit_entry SELECT * FROM as_it_was WHERE id = {seq}",
    )
    return f"Entry {seq} ("


def row_edited(ground: Ground) -> str:
    while True:
        table, row = ground.row()
        columns = [each for each in table.c if each.name not in left_alone(table)]
        column = ground.chance.choice(columns)
        if (value := another(column, row[column.name])) is not None:
            break
    ground.session.execute(
        update(table).where(table.c.id == row["id"]).values({column.name: value})
    )
    return f"{ground.told(table, row)}, row {row['id']}, {column.name}:"


def row_removed(ground: Ground) -> str:
    table, row = ground.row()
    ground.session.execute(delete(table).where(table.c.id == row["id"]))
    return f"{ground.told(table, row)}, row {row['id']} is gone"


def row_put_in(ground: Ground) -> str:
    while True:
        table, row = ground.row()
        values = {**row, "id": 4711} | ({"code": "XX000000000"} if "code" in table.c else {})
        try:
            with ground.session.begin_nested():
                ground.session.execute(insert(table).values(values))
            return f"{table.name}, row 4711 was put in past the trail"
        except IntegrityError:
            continue  # there can be only one such


def half_a_row_put_in(ground: Ground) -> str:
    """In the table of its kind alone: the table of all steps has no such row."""
    columns = "patient_id, mass_g, container_intact"
    ground.hands.sql(
        f"INSERT INTO reception (id, {columns}) SELECT 4711, {columns} FROM reception LIMIT 1"
    )
    return "reception, row 4711 was put in past the trail"


def nothing_made_empty(ground: Ground) -> str:
    row = ground.session.scalar(text("SELECT max(id) FROM reception WHERE appearance IS NULL"))
    ground.hands.sql(f"UPDATE reception SET appearance = '' WHERE id = {row}")
    return f"reception, row {row}, appearance:"


def name_by_its_twin(ground: Ground) -> str:
    row = ground.session.execute(text("SELECT max(id), full_name FROM patient GROUP BY 2")).all()
    number, name = max((row for row in row if not row[1].isascii()), key=lambda each: each[0])
    twin = unicodedata.normalize("NFD", name)
    ground.hands.sql(f"UPDATE patient SET full_name = '{twin}' WHERE id = {number}")
    return f"patient, row {number}, full_name:"


def end_cut_off(ground: Ground) -> str:
    """With the head put right; the rows it told of still stand there."""
    ground.hands.cut(seq := ground.seq())
    return f"The chain ends at entry {seq}, but entry {ground.last} was anchored"


def head_moved(ground: Ground) -> str:
    ground.hands.sql("UPDATE audit_head SET seq = seq - 1")
    return f"The chain ends at entry {ground.last}, its head says {ground.last - 1}."


def file_edited(ground: Ground) -> str:
    path = ground.file()
    content = bytearray(path.read_bytes())
    content[ground.chance.randrange(len(content))] ^= 1 << ground.chance.randrange(8)
    rewrite(path, bytes(content))
    return f"The file {path} was altered"


def file_removed(ground: Ground) -> str:
    (path := ground.file()).unlink()
    return f"The file {path} is missing"


def files_swapped(ground: Ground) -> str:
    one, other = map(ground.store.path, ground.chance.sample(list(ground.store.digests()), 2))
    content = one.read_bytes()
    rewrite(one, other.read_bytes())
    rewrite(other, content)
    return f"The file {other} was altered"


def rewrite(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)  # it may not be written to
    path.write_bytes(content)


# What no look at the database and its files alone can tell: all of it fits itself.


def rewritten(ground: Ground, change: str) -> str:
    seq = ground.seq()
    ground.hands.sql(f"UPDATE audit_entry SET {change} WHERE id = {seq}")
    ground.hands.chain_anew(seq)
    return f"Entry {ground.last} is not the one anchored"


def chain_written_anew(ground: Ground) -> str:
    return rewritten(ground, "terminal = '10.0.0.9'")


def moved_in_time(ground: Ground) -> str:
    return rewritten(ground, "at = '2020-01-01T00:00:00.000000Z'")


def given_to_somebody_else(ground: Ground) -> str:
    return rewritten(ground, "user_id = user_id + 1")


def row_and_entry_alike(ground: Ground) -> str:
    """A value edited in its table, in the entry that set it, and the chain hashed anew."""
    row = ground.session.scalar(text("SELECT max(id) FROM patient"))
    found = ground.session.execute(
        text(f"SELECT id, changes FROM audit_entry WHERE table_name = 'patient' AND row_id = {row}")
    ).one()
    changes = json.loads(found.changes)
    changes["birth_date"] = [None, "1999-09-09"]
    told = json.dumps(changes, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    ground.session.execute(
        text("UPDATE audit_entry SET changes = :told WHERE id = :seq"),
        {"told": told, "seq": found.id},
    )
    ground.hands.sql(f"UPDATE patient SET birth_date = '1999-09-09' WHERE id = {row}")
    ground.hands.chain_anew(found.id)
    return f"Entry {ground.last} is not the one anchored"


def with_an_anchor_of_their_own(ground: Ground) -> str:
    """Written after, into the same folder, by somebody who cannot touch the older ones there."""
    place = chain_written_anew(ground)
    ground.anchors.append(ground.hands.anchor(ground.anchors[-1]))
    return place


def older_anchors_taken_away(ground: Ground) -> str:
    """All but a new one, which says it is not the first: or nobody would believe it."""
    chain_written_anew(ground)
    ground.anchors[:] = [ground.hands.anchor(ground.anchors[-1])]
    return f"The anchor before the one of entry {ground.last}"


def end_never_was(ground: Ground) -> None:
    """The last patient with all there is of them, and the end of the chain that tells of it."""
    seq, patient = ground.session.execute(
        text("SELECT id, patient_id FROM audit_entry WHERE table_name = 'patient' ORDER BY id DESC")
    ).first()  # fmt: skip
    for table in AUDITED:
        told = select(text("row_id")).select_from(text("audit_entry"))
        told = told.where(text(f"id >= {seq} AND action = 'insert' AND table_name = :table"))
        name = "reception" if table.name == "step" else table.name
        numbers = ground.session.scalars(told, {"table": name}).all()
        ground.session.execute(delete(table).where(table.c.id.in_(numbers)))
    ground.hands.cut(seq - 1)


# What fits itself and contradicts the tables.


def retold(ground: Ground, old: str, new: str) -> str:
    """The text of the last change of a kind told otherwise, the chain hashed anew."""
    found = ground.session.execute(
        text("SELECT id, row_id, changes FROM audit_entry WHERE table_name = 'reception'"
             " AND action = 'insert' ORDER BY id DESC")
    ).first()  # fmt: skip
    changes = found.changes.replace(old, new)
    assert changes != found.changes
    ground.session.execute(
        text("UPDATE audit_entry SET changes = :told WHERE id = :seq"),
        {"told": changes, "seq": found.id},
    )
    ground.hands.chain_anew(found.id)
    return f"reception, row {found.row_id}, "


def one_as_one_point_nought(ground: Ground) -> str:
    number = ground.session.scalar(text("SELECT sample_id FROM step ORDER BY id DESC"))
    return retold(ground, f'"sample_id":[null,{number}]', f'"sample_id":[null,{number}.0]')


def yes_as_one(ground: Ground) -> str:
    return retold(ground, '"container_intact":[null,true]', '"container_intact":[null,1]')


def nothing_told_as_empty(ground: Ground) -> str:
    return retold(ground, '"appearance":[null,null]', '"appearance":[null,""]')


PLAIN = (
    entry_edited, entry_removed, entry_put_in, entries_swapped, entry_twice, row_edited,
    row_removed, row_put_in, half_a_row_put_in, nothing_made_empty, name_by_its_twin,
    end_cut_off, head_moved,
    one_as_one_point_nought, yes_as_one, nothing_told_as_empty,
)  # fmt: skip
ON_FILES = (file_edited, file_removed, files_swapped)
REWRITTEN = (
    chain_written_anew, moved_in_time, given_to_somebody_else, row_and_entry_alike,
    with_an_anchor_of_their_own,
)  # fmt: skip
ALL = (*PLAIN, *ON_FILES, *REWRITTEN, older_anchors_taken_away)
