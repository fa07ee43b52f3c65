"""The audit trail happens to every change: who, when, where, which command, old, new, why."""

import ast
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import insert, select, text, update

from lims.models.audit import UNAUDITED, AuditEntry, AuditHead, entry_hash, hashed_fields
from lims.models.base import Base
from lims.models.patient import Patient
from lims.models.reception import Reception
from lims.models.recording import BulkChange
from lims.models.user import LoginAttempt, User
from lims.workflows.command import because
from tests.conventions.tree import LIMS, called, nodes
from tests.tampering import NAME, person_id, receive_in_short, received, remember


def entries(database, *where):
    with database.reading() as session:
        return session.scalars(select(AuditEntry).where(*where).order_by(AuditEntry.id)).all()


def run(database, command, key="one", **given):
    by = person_id(database)
    return database.run(command, by, key=key, arguments=lambda session: given)


def test_an_entry_tells_who_when_where_which_command_and_why(database):
    called = []

    def rename(session, *, by):
        because(session, "Misspelt")
        person = session.scalars(select(User).where(User.login == "auditor")).one()
        called.append(person.full_name)
        person.full_name = "Ada Lovelace"
        return person

    by = person_id(database, "lead")
    person = database.run(rename, by, key="one", arguments=lambda session: {}, terminal="10.0.0.7")

    entry = entries(database)[-1]
    assert (entry.user_id, entry.terminal, entry.command) == (by, "10.0.0.7", "rename")
    assert (entry.reason, entry.action) == ("Misspelt", "update")
    assert (entry.table_name, entry.row_id) == ("user_account", person.id)
    assert json.loads(entry.changes) == {"full_name": [*called, "Ada Lovelace"]}
    assert entry.schema_revision


def test_a_new_row_tells_every_column(database):
    run(database, receive_in_short)

    patient, *_, step = entries(database, AuditEntry.command == "receive_in_short")
    assert set(json.loads(patient.changes)) == {
        column.name for column in Patient.__table__.c if column.name != "version"
    }
    told = json.loads(step.changes)
    assert told["mass_g"] == [None, 7250]
    assert told["container_intact"] == [None, True]
    assert told["started_at"][1].endswith("Z")
    assert told["kind"] == [None, "reception"]
    assert told["comment"] == [None, None]


def test_a_change_of_a_step_tells_columns_of_both_its_tables(database):
    received(database)

    entry = entries(database, AuditEntry.table_name == "reception")[-1]
    assert json.loads(entry.changes) == {"comment": ["note 1", "note 2"], "mass_g": [8250, 9250]}


def test_entries_of_a_patient_carry_the_patient_and_its_own_too(database):
    step = received(database)

    of_patient = entries(database, AuditEntry.patient_id == step.patient_id)
    assert {e.table_name for e in of_patient} == {"patient", "course", "sample", "reception"}


def test_a_value_never_read_has_its_old_value_in_the_trail(database):
    step = run(database, receive_in_short)

    def unread(session, *, by):
        session.get(Patient, step.patient_id, options=()).full_name = "Other"
        late = session.get(Patient, step.patient_id)
        session.flush()
        session.expire(late)
        late.search_name = "y"

    run(database, unread, key="two")

    changes = [json.loads(e.changes) for e in entries(database, AuditEntry.command == "unread")]
    assert changes == [{"full_name": [NAME, "Other"]}, {"search_name": ["x", "y"]}]


def test_a_value_set_to_itself_leaves_no_entry(database):
    step = run(database, receive_in_short)

    def again(session, *, by):
        found = session.get(Reception, step.id)
        found.mass_g = found.mass_g * 1
        found.comment = found.comment

    run(database, again, key="two")

    assert not entries(database, AuditEntry.command == "again")


def test_what_is_rolled_back_leaves_no_entry(database):
    before = len(entries(database))

    def broken(session, *, by):
        receive_in_short(session, by=by)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(database, broken)

    assert len(entries(database)) == before


def test_a_released_savepoint_keeps_its_entries_in_order(database):
    def nested(session, *, by):
        with session.begin_nested():
            step = receive_in_short(session, by=by)
        return remember(session, step, comment="after", by=by)

    run(database, nested)

    told = [(e.table_name, e.action) for e in entries(database, AuditEntry.command == "nested")]
    assert told[-2:] == [("reception", "insert"), ("reception", "update")]


def test_a_row_is_never_deleted(database):
    step = run(database, receive_in_short)

    def remove(session, *, by):
        session.delete(session.get(Reception, step.id))

    with pytest.raises(Exception, match=r"nothing recorded is deleted"):
        run(database, remove, key="two")

    assert len(entries(database, AuditEntry.table_name == "reception")) == 1


@pytest.mark.parametrize(
    "statement",
    [
        update(User).values(full_name="x"),
        User.__table__.delete(),
        insert(Patient).values(code="x"),
        select(User).from_statement(update(User).values(full_name="x").returning(User)),
    ],
    ids=["update", "delete", "insert", "update returning"],
)
def test_a_bulk_statement_on_an_audited_table_is_refused(session, statement):
    with pytest.raises(BulkChange):
        session.execute(statement)


def test_a_log_may_be_written_in_bulk(session):
    session.execute(update(LoginAttempt).values(login="x").where(text("1 = 0")))


def test_no_code_of_ours_uses_the_old_bulk_methods():
    bulk = {"bulk_save_objects", "bulk_insert_mappings", "bulk_update_mappings"}

    assert not [where for where, call in nodes_of_calls() if called(call) in bulk]


def nodes_of_calls():

    return nodes(ast.Call, LIMS)


def test_tables_without_a_trail_are_logs_and_bookkeeping():
    assert set(Base.metadata.tables) >= UNAUDITED
    assert not {name for name in UNAUDITED if "patient_id" in Base.metadata.tables[name].c} - {
        "audit_entry",
        "patient_view",
    }


def test_every_changed_row_has_an_entry(database):
    """Counted by the database's own row versions: as many entries as rows written."""
    step = received(database)

    written = entries(database, AuditEntry.row_id == step.id, AuditEntry.table_name == "reception")
    with database.reading() as session:
        assert session.get(Reception, step.id).version == len(written)


def test_an_entry_hashes_to_what_it_says(database):
    for entry in entries(database):
        assert entry_hash(hashed_fields(entry)) == entry.hash


def test_writers_of_different_rows_wait_for_one_another_at_the_head(database):
    logins = ("technician", "lead", "analyst", "qa", "keeper", "physician", "auditor")

    def rename(session, *, login, n, by):
        person = session.scalars(select(User).where(User.login == login)).one()
        person.full_name = f"{login} {n}"
        return person

    def write(login):
        by = person_id(database, login)
        for n in range(10):
            given = {"login": login, "n": n}
            database.run(rename, by, key=f"{n}", arguments=lambda session, given=given: given)

    with ThreadPoolExecutor(len(logins)) as browsers:
        list(browsers.map(write, logins))

    assert len(entries(database, AuditEntry.command == "rename")) == 70


def test_many_writers_at_once_make_one_chain_without_gap_or_fork(database):
    with ThreadPoolExecutor(8) as browsers:
        list(browsers.map(lambda n: run(database, receive_in_short, f"key {n}"), range(30)))

    chain = entries(database)
    assert [entry.id for entry in chain] == list(range(1, len(chain) + 1))
    assert all(a.hash == b.previous_hash for a, b in zip(chain, chain[1:], strict=False))
    with database.reading() as session:
        assert session.scalar(select(AuditHead.hash)) == chain[-1].hash
