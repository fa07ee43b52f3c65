"""Tampering with the database by its owner, and what `verify` says of it."""

import random
import unicodedata

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from lims import schema
from lims.database import Database
from lims.models.reception import Reception
from lims.workflows import findings
from tests.tampering import NAME, Hands, received


@pytest.fixture(scope="module")
def prepared():
    """A database of each kind with a short history and without triggers."""
    made = {}
    yield made
    for database in made.values():
        database.engine.dispose()


@pytest.fixture
def hands(server, prepared):
    if server.dialect not in prepared:
        database = prepared[server.dialect] = Database(server.fresh())
        received(database)
        with database.engine.begin() as connection:
            schema.drop_triggers(connection)
    with Session(prepared[server.dialect].engine) as session:
        yield Hands(session)


@pytest.fixture
def step(hands):
    return hands.session.query(Reception).order_by(Reception.id.desc()).first()


def test_an_honest_trail_is_whole(hands):
    report = hands.verified(hands.anchor())

    assert report.is_whole, [each.english() for each in report.named]
    assert report.entries == hands.last
    assert report.rows > 10
    assert len(report.sentences()) == 1


def test_what_no_anchor_protects_yet_is_told(hands):
    report = hands.verified()

    assert report.is_whole
    assert (
        report.sentences()[0].english().startswith(f"Entries 1–{hands.last} are not anchored yet")
    )


EDITS = {
    "changes": "'{}'",
    "reason": "'because'",
    "user_id": "1000",
    "terminal": "'elsewhere'",
    "command": "'other'",
    "action": "'update'",
    "row_id": "4711",
    "table_name": "'patient'",
    "patient_id": "4711",
    "schema_revision": "'0000'",
    "at": "'2020-01-01T00:00:00.000000Z'",
}


def test_an_entry_edited_in_any_column_is_named(hands):
    for seq, (column, value) in enumerate(EDITS.items(), start=2):
        hands.sql(f"UPDATE audit_entry SET {column} = {value} WHERE id = {seq}")

    edited = [f for f in hands.verified().named if isinstance(f, findings.EntryEdited)]

    assert [f.parameters["seq"] for f in edited] == list(range(2, len(EDITS) + 2))


def test_an_entry_with_another_hash_breaks_the_link_after_it(hands):
    hands.sql(f"UPDATE audit_entry SET hash = '{'a' * 64}' WHERE id = 7")

    broken = [f for f in hands.verified().named if isinstance(f, findings.LinkBroken)]

    assert [f.parameters["seq"] for f in broken] == [8]


def test_removed_entries_are_named(hands):
    hands.sql("DELETE FROM audit_entry WHERE id IN (3, 4)")

    assert hands.verified().named[0].english() == "Entries 3–4 are missing."


def test_two_entries_swapped_are_both_named(hands):
    for old, new in ((3, -3), (4, 3), (-3, 4)):
        hands.sql(f"UPDATE audit_entry SET id = {new} WHERE id = {old}")

    edited = [f for f in hands.verified().named if isinstance(f, findings.EntryEdited)]

    assert [f.parameters["seq"] for f in edited] == [3, 4]


def test_an_entry_put_in_at_the_end_is_found(hands):
    columns = "at, user_id, command, action, table_name, row_id, changes, schema_revision"
    hands.sql(
        f"INSERT INTO audit_entry (id, {columns}, previous_hash, hash) SELECT id + 1, {columns},"
        f" hash, '{'b' * 64}' FROM audit_entry WHERE id = {hands.last}"
    )

    assert {"EntryEdited", "HeadDiffers"} <= hands.found()


def test_a_head_moved_by_hand_is_found(hands):
    hands.sql("UPDATE audit_head SET seq = seq - 1")

    assert hands.found() == {"HeadDiffers"}


def test_an_end_cut_off_leaves_rows_that_differ_from_the_trail(hands):
    hands.cut(hands.last - 2)

    assert hands.found() == {"ValueDiffers"}


def test_an_end_cut_off_with_all_it_told_of_is_found_by_an_anchor_alone(hands, step):
    anchor, of = hands.anchor(), f"WHERE patient_id = {step.patient_id}"
    first = hands.session.scalar(text(f"SELECT min(id) FROM audit_entry {of}"))
    hands.sql(*(f"DELETE FROM {t} {of}" for t in ("reception", "step", "sample", "course")))
    hands.sql(f"DELETE FROM patient WHERE id = {step.patient_id}")
    hands.cut(first - 1)

    assert hands.found() == set()
    assert hands.found(anchor) == {"CutShort"}


def test_a_history_written_anew_is_found_by_an_anchor_alone(hands):
    anchor = hands.anchor()
    hands.sql("UPDATE audit_entry SET terminal = '10.0.0.9' WHERE id = 5")
    hands.chain_anew()

    assert hands.found() == set()
    assert hands.found(anchor) == {"AnchorDiffers"}


def test_an_entry_taken_out_of_a_history_written_anew_is_found_by_the_tables(hands):
    hands.sql(f"DELETE FROM audit_entry WHERE id = {hands.last - 1}")
    hands.chain_anew()

    assert hands.found() == {"OldValueDiffers"}


def test_an_anchor_taken_away_is_missed_by_the_next(hands):
    first = hands.anchor()
    second = hands.anchor(first)

    assert hands.found(first, second) == set()
    assert hands.found(second) == {"AnchorMissing"}


CHANGED = {
    ("reception", "mass_g"): "9999",
    ("reception", "container_intact"): "false",
    ("reception", "appearance"): "''",
    ("step", "comment"): "NULL",
    ("step", "started_at"): "'2020-01-01T00:00:00.000000Z'",
    ("step", "status"): "'void'",
    ("step", "kind"): "'moving'",
    ("sample", "mass_g"): "1",
    ("course", "prescribed_volume_ml"): "2001",
    ("patient", "birth_date"): "'1961-05-05'",
    ("patient", "full_name"): "'Ядвига Уласава'",
    ("user_account", "password_hash"): "'x'",
}


def test_values_changed_by_hand_are_named_to_the_column(hands, step):
    rows = {"sample": step.sample_id, "patient": step.patient_id, "user_account": 1}
    rows["course"] = hands.session.scalar(text("SELECT max(id) FROM course"))
    for (table, column), value in CHANGED.items():
        row = rows.get(table, step.id)
        hands.sql(f"UPDATE {table} SET {column} = {value} WHERE id = {row}")

    told = {
        (f.parameters["table"], f.parameters["column"])
        for f in hands.verified().named
        if isinstance(f, findings.ValueDiffers)
    }

    assert told == {(table.replace("step", "reception"), column) for table, column in CHANGED}


def test_a_password_hash_is_in_neither_the_trail_nor_a_finding(hands):
    kept = hands.session.scalar(text("SELECT password_hash FROM user_account WHERE id = 1"))
    hands.sql("UPDATE user_account SET password_hash = 'another' WHERE id = 1")

    (finding,) = hands.verified().named
    assert "another" not in finding.english()
    assert not hands.session.scalar(
        text("SELECT count(*) FROM audit_entry WHERE changes LIKE :kept"), {"kept": f"%{kept}%"}
    )


def test_a_row_removed_by_hand_is_named_with_the_last_entry_that_tells_of_it(hands, step):
    hands.sql(f"DELETE FROM reception WHERE id = {step.id}")

    gone, left = hands.verified().named
    named = f"reception, row {step.id} ({step.code}) is gone; entry {hands.last} "
    assert gone.english().startswith(named)
    assert left.english().startswith(f"step, row {step.id} was put in past the trail")


def test_a_row_put_in_by_hand_is_named(hands):
    hands.sql(
        "INSERT INTO patient (id, code, version, full_name, search_name, birth_date, sex)"
        " SELECT 4711, 'PT000000000', 1, full_name, search_name, birth_date, sex FROM patient"
        " WHERE id = 1"
    )

    (finding,) = hands.verified().named
    assert finding.parameters == {"table": "patient", "row": 4711}


def test_a_value_replaced_by_its_twin_is_found(hands):
    twin = unicodedata.normalize("NFD", NAME)
    hands.sql(f"UPDATE patient SET full_name = '{twin}' WHERE full_name = '{NAME}'")

    assert hands.found() == {"ValueDiffers"}


@pytest.mark.parametrize("seed", range(3))
def test_any_random_tampering_is_found(hands, seed):
    chance = random.Random(seed)
    for _ in range(10):
        with hands.session.begin_nested() as savepoint:
            tampering = chance.choice(TAMPERINGS).format(row=chance.randint(2, hands.last - 1))
            hands.sql(tampering)
            assert hands.found(), tampering
            savepoint.rollback()


TAMPERINGS = (
    "DELETE FROM audit_entry WHERE id = {row}",
    "DELETE FROM audit_entry WHERE id >= {row}",
    "UPDATE audit_entry SET id = 100000 + id WHERE id = {row}",
    "UPDATE audit_entry SET changes = replace(changes, 'a', 'b') WHERE id = {row}"
    " OR id = (SELECT max(id) FROM audit_entry)",
    "UPDATE audit_entry SET reason = '' WHERE id = {row}",
    "UPDATE audit_entry SET row_id = row_id + 1 WHERE id = {row}",
    "UPDATE audit_entry SET previous_hash = hash WHERE id = {row}",
    "UPDATE course SET prescribed_cells = prescribed_cells + {row}",
    "UPDATE reception SET mass_g = mass_g + {row}",
    "UPDATE step SET comment = '{row}'",
    "DELETE FROM user_role WHERE id = 1 + {row} % 5",
)


def test_a_thousand_faults_are_counted_and_a_hundred_named(hands):
    hands.sql(
        *(
            "INSERT INTO patient (id, code, version, full_name, search_name, birth_date, sex)"
            f" SELECT 1000 + {n}, 'x{n}', 1, full_name, search_name, birth_date, sex FROM patient"
            " WHERE id = 1"
            for n in range(120)
        )
    )
    report = hands.verified()

    assert (report.faults, len(report.named)) == (120, 100)
    assert report.sentences()[100].english() == "And 20 more like these."
