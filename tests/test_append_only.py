"""The rules of the database hold for SQL typed by hand: every trigger, on both databases."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from lims.database import Database
from lims.models.base import words_of
from lims.models.fill import MEANS, Decision
from lims.models.triggers import APPEND_ONLY
from lims.workflows import states
from lims.workflows.transitions import START
from tests.stuffing import MADE_UP, TABLES, stuff

NAMES = [table.name for table in TABLES]
COLUMNS = {table.name: list(table.c) for table in TABLES}


@pytest.fixture(scope="module")
def stuffed():
    made = {}
    yield made
    for database in made.values():
        database.engine.dispose()


@pytest.fixture
def hand(server, stuffed):
    """SQL typed by hand in a transaction that is rolled back; a row stands in every table."""
    if server.dialect not in stuffed:
        stuffed[server.dialect] = Database(server.fresh())
        stuff(stuffed[server.dialect])
    with Session(stuffed[server.dialect].engine) as session:
        yield session


def answer(hand, statement, **values):
    """What the database says to `statement`; empty where it lets it pass. Nothing remains."""
    savepoint = hand.begin_nested()
    try:
        changed = hand.execute(text(statement), values).rowcount
        return "" if changed else "no row to change"
    except DBAPIError as refused:
        return str(refused.orig)
    finally:
        savepoint.rollback()


def not_refused(hand, template, tables, sentence):
    """The tables for which `template` is not refused with `sentence`, and what was said."""
    said = {table: answer(hand, template.format(table=f'"{table}"')) for table in tables}
    return {table: words for table, words in said.items() if sentence not in words}


def last(table):
    return f'"{table}" ORDER BY id DESC LIMIT 1'


def test_no_row_of_any_table_can_be_deleted(hand):
    assert not not_refused(hand, "DELETE FROM {table}", NAMES, "rows are never deleted")


def test_no_table_can_be_emptied(hand, server):
    if server.dialect == "sqlite":
        statement, sentence = "DELETE FROM {table} WHERE 1 = 1", "rows are never deleted"
    else:
        statement, sentence = "TRUNCATE {table} CASCADE", "rows are never deleted"

    assert not not_refused(hand, statement, NAMES, sentence)


def test_no_row_is_replaced(hand, server):
    if server.dialect == "sqlite":
        statement = "INSERT OR REPLACE INTO {table} SELECT * FROM {table}"
        refused = {"rows are never deleted", "not the next of the chain", "not a status to begin"}
    else:
        statement = "INSERT INTO {table} SELECT * FROM {table}"
        refused = {"duplicate key", "not the next of the chain", "not a status to begin"}
    refused |= {"there is one head", "than it held", "only a draft takes lines"}
    # that of another row of the fixture, and entries that it has not
    refused |= {"not signed for this fill", "not the entries after those reviewed"}

    said = {name: answer(hand, statement.format(table=f'"{name}"')) for name in NAMES}

    assert not {n: words for n, words in said.items() if not any(r in words for r in refused)}


NEVER_REWRITTEN = {
    "audit_entry",
    "signature",
    "disposition",
    "deviation_decision",
    "identity_check",
    "refusal",
    "record",
    "marker_result",
    "adverse_event",
    "adverse_event_decision",
    "ward_observation",
    "outcome",
    "outcome_correction",
    "injection_removal",
    "contraindication_absence",
    "storage_reading",
    "frozen_vial",
    "freezing_point",
    "batch_vial",
}


def test_decisions_signatures_and_what_was_found_are_written_once():
    assert NEVER_REWRITTEN <= APPEND_ONLY


def test_rows_written_once_are_never_changed_in_any_column(hand):
    for table in TABLES:
        if table.name in APPEND_ONLY:
            said = {
                column.name: answer(
                    hand, f'UPDATE "{table.name}" SET "{column.name}" = "{column.name}"'
                )
                for column in table.c
            }
            assert {c: w for c, w in said.items() if "rows are never changed" not in w} == {}


def test_the_patient_of_a_row_never_changes(hand):
    of_a_patient = [
        table.name for table in TABLES if "patient_id" in table.c and table.name not in APPEND_ONLY
    ]
    assert len(of_a_patient) > 30

    statement = "UPDATE {table} SET patient_id = patient_id + 1"
    assert not not_refused(hand, statement, of_a_patient, "the patient never changes")
    statement = "UPDATE {table} SET patient_id = NULL"
    assert not not_refused(hand, statement, of_a_patient, "the patient never changes")


def test_a_code_and_a_number_never_change(hand):
    changing = [table for table in TABLES if table.name not in APPEND_ONLY]
    coded = [table.name for table in changing if "code" in table.c]
    numbered = [table.name for table in changing if table.name != "audit_head"]
    assert len(coded) > 10

    for statement, tables, sentence in (
        ("UPDATE {table} SET code = 'XX000000000'", coded, "the code never changes"),
        ("UPDATE {table} SET id = id + 1", numbered, "a row keeps its number"),
    ):
        assert not not_refused(hand, statement, tables, sentence)


WITH_STATUS = {table.name: words_of(table.c.status.type) for table in TABLES if "status" in table.c}


def test_a_row_begins_at_its_first_status_and_at_no_other(hand):
    for name, words in WITH_STATUS.items():
        columns = [column.name for column in COLUMNS[name]]
        for word in words:
            values = ", ".join(
                {"status": f"'{word}'", "id": "id + 5", "code": "'XX000000001'"}.get(c, c)
                for c in columns
            )
            listed = ", ".join(columns)
            said = answer(
                hand, f'INSERT INTO "{name}" ({listed}) SELECT {values} FROM {last(name)}'
            )
            wrong_start = "not a status to begin with" in said
            assert wrong_start == (word != START[words]), (name, word, said)


def test_a_status_moves_along_the_table_of_transitions_and_no_other_way(hand):
    allowed, tried = set(states.rows()), 0
    only_one = "UPDATE specification_version SET status = 'retired' WHERE status = 'approved'"
    hand.execute(text(only_one))
    for decision in DECIDED:
        decide(hand, decision)
    for name, words in WITH_STATUS.items():
        for old in words:
            at_old = hand.begin_nested()
            let(hand, name, START[words], old)
            for new in words:
                said = answer(hand, f"UPDATE \"{name}\" SET status = '{new}' WHERE id > {MADE_UP}")
                refused = "not a transition of the table" in said
                moves = new == old or (name, old, new) in allowed | {(name, START[words], old)}
                assert refused != moves, (name, old, new, said)
                tried += 1
            at_old.rollback()
    assert tried > 500


def let(hand, name, old, new):
    """Bring the row of `name` to a status by a transition added for the purpose."""
    hand.execute(
        text(
            "INSERT INTO allowed_transition (id, table_name, from_status, to_status)"
            " SELECT (SELECT max(id) + 1 FROM allowed_transition), :name, :old, :new"
            " WHERE NOT EXISTS (SELECT 1 FROM allowed_transition WHERE table_name = :name"
            " AND from_status = :old AND to_status = :new)"
        ),
        {"name": name, "old": str(old), "new": str(new)},
    )
    hand.execute(text(f'UPDATE "{name}" SET status = :new WHERE id > {MADE_UP}'), {"new": str(new)})


DECIDED = ("conditional", "released", "rejected", "recalled")


def decide(hand, decision):
    """Write a decision on the fill, copied from the one there is, with a signature of it."""
    meaning = MEANS[Decision(decision)].value
    signed = {
        "id": "(SELECT max(id) + 1 FROM signature)",
        "user_id": "(SELECT min(id) FROM user_account)",
        "meaning": f"'{meaning}'",
        "subject_table": "'fill'",
        "subject_id": "(SELECT max(id) FROM fill)",
    }
    _copy(hand, "signature", signed)
    decided = {
        "id": "(SELECT max(id) + 1 FROM disposition)",
        "decision": f"'{decision}'",
        "fill_id": "(SELECT max(id) FROM fill)",
        "signature_id": "(SELECT max(id) FROM signature)",
    }
    _copy(hand, "disposition", decided)


def _copy(hand, name, instead):
    """The last row of a table once more, with other values in some columns."""
    listed = ", ".join(column.name for column in COLUMNS[name])
    copied = ", ".join(instead.get(column.name, column.name) for column in COLUMNS[name])
    hand.execute(text(f"INSERT INTO {name} ({listed}) SELECT {copied} FROM {last(name)}"))


@pytest.mark.parametrize("decision", DECIDED)
def test_a_fill_is_decided_on_by_a_decision_that_is_there(hand, decision):
    let(hand, "fill", "filled", "production_reviewed")
    hand.execute(
        text(
            "INSERT INTO allowed_transition SELECT max(id) + 1, 'fill', 'production_reviewed',"
            " 'recalled' FROM allowed_transition"
        )
    )
    move = f"UPDATE fill SET status = '{decision}' WHERE id > {MADE_UP}"

    assert "needs a signed decision" in answer(hand, move)
    decide(hand, decision)
    assert "needs a signed decision" not in answer(hand, move)


ENTRY = "INSERT INTO audit_entry SELECT {values} FROM audit_entry ORDER BY id DESC LIMIT 1"


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "id + 2", "previous_hash": "hash"},
        {"id": "id", "previous_hash": "hash"},
        {"id": "NULL", "previous_hash": "hash"},
        {"id": "id + 1"},
    ],
    ids=["gap", "fork", "no number", "other link"],
)
def test_an_entry_is_the_next_of_the_chain_or_refused(hand, wrong):
    said = answer(hand, ENTRY.format(values=entry_with(wrong)))

    assert "not the next of the chain" in said


def entry_with(changed):
    changed = {"hash": "substr(hash, 2) || substr(hash, 1, 1)", **changed}
    return ", ".join(changed.get(c.name, c.name) for c in COLUMNS["audit_entry"])


def test_the_next_entry_is_taken_and_the_head_may_follow_it_only(hand):
    hand.execute(text(ENTRY.format(values=entry_with({"id": "id + 1", "previous_hash": "hash"}))))

    assert "not the last entry" in answer(hand, "UPDATE audit_head SET seq = seq - 1")
    assert "not the last entry" in answer(hand, "UPDATE audit_head SET seq = seq + 1")
    assert "there is one head" in answer(
        hand, "INSERT INTO audit_head SELECT 2, 0, hash FROM audit_head"
    )
    followed = (
        "UPDATE audit_head SET seq = (SELECT max(id) FROM audit_entry),"
        " hash = (SELECT hash FROM audit_entry ORDER BY id DESC LIMIT 1)"
    )
    assert answer(hand, followed) == ""


@pytest.mark.parametrize(
    ("held_in", "out"), [("suspension", "withdrawal"), ("dose", "aliquot"), ("vial", "aliquot")]
)
def test_more_never_leaves_a_container_than_it_held(hand, held_in, out):
    held = f"(SELECT volume_ml FROM {held_in} ORDER BY id DESC LIMIT 1)"
    listed = ", ".join(column.name for column in COLUMNS[out])

    def draw(volume):
        key = {f"{held_in}_id": f"(SELECT max(id) FROM {held_in})"}
        instead = {"id": "id + 1", "volume_ml": volume, **key}
        copied = ", ".join(instead.get(each.name, each.name) for each in COLUMNS[out])
        return answer(hand, f"INSERT INTO {out} ({listed}) SELECT {copied} FROM {last(out)}")

    assert f"more leaves the {held_in}" in draw(f"{held} + 1")
    assert f"more leaves the {held_in}" not in draw(held)


def test_the_volume_taken_never_changes(hand):
    assert "the volume taken never changes" in answer(
        hand, "UPDATE aliquot SET volume_ml = 1 + coalesce(volume_ml, 0)"
    )
