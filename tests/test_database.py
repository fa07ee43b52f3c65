"""`run()`: one transaction, one effect, whatever is sent twice, at once, or refused."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from lims.database import KeyReused, RuleOfTheDatabase
from lims.errors import LimsError, NotPermitted, Stale
from lims.models.audit import AuditEntry, AuditHead
from lims.models.command_run import CommandRun, Refusal
from lims.models.equipment import Place
from lims.models.patient import Patient
from lims.models.user import User
from tests.tampering import NAME, person_id, receive_in_short


def receive(database, key="one", command=receive_in_short, **values):
    return database.run(command, person_id(database), key=key, arguments=lambda session: values)


def counted(database, model, *where):
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where))


def histories(database):
    """How often `receive_in_short` had its effect."""
    return counted(database, Patient, Patient.full_name == NAME)


def test_the_same_key_again_answers_with_the_first_result(database):
    first, second = receive(database), receive(database, mass_g="9.000")

    assert (second.id, second.code) == (first.id, first.code)
    assert histories(database) == 1


def test_ten_sends_of_one_key_at_once_have_one_effect(database):
    with ThreadPoolExecutor(10) as browsers:
        answers = list(browsers.map(lambda _: receive(database).id, range(10)))

    assert len(set(answers)) == 1
    assert histories(database) == 1
    assert counted(database, CommandRun, CommandRun.idempotency_key == "one") == 1


def test_another_persons_same_key_is_another_act(database):
    receive(database)
    by = person_id(database, "lead")
    database.run(receive_in_short, by, key="one", arguments=lambda session: {})

    assert histories(database) == 2


def test_a_key_sent_for_another_command_is_refused(database):
    receive(database)

    with pytest.raises(KeyReused):
        receive(database, command=nothing)


def nothing(session, *, by):
    return None


def test_a_command_without_a_record_is_also_done_once(database):
    done = []

    def count(session, *, by):
        done.append(by.login)

    assert receive(database, command=count) is None
    assert receive(database, command=count) is None
    assert done == ["technician"]


def test_a_conflict_between_two_transactions_is_tried_again(database):
    tries = []

    def rival(session, *, by):
        place = session.scalars(select(User).where(User.login == "auditor")).one()
        if not tries:
            tries.append("first")
            session.connection().exec_driver_sql("UPDATE user_account SET version = version + 1")
        place.full_name = "Ada Changed"
        session.flush()
        tries.append("done")
        return place

    assert receive(database, command=rival).full_name == "Ada Changed"
    assert tries == ["first", "done"]


def test_many_writers_at_once_all_get_through(database):
    with ThreadPoolExecutor(8) as browsers:
        codes = list(browsers.map(lambda n: receive(database, f"key {n}").code, range(24)))

    assert len(set(codes)) == 24
    assert histories(database) == 24


def test_who_waits_to_write_to_sqlite_waits_without_a_connection(database):
    connections, by_id = [], person_id(database)

    def slow(session, *, by):
        time.sleep(0.02)
        connections.append(database.engine.pool.checkedout())

    def send(number):
        database.run(slow, by_id, key=f"turn {number}", arguments=lambda session: {})

    with ThreadPoolExecutor(4) as browsers:
        list(browsers.map(send, range(8)))

    assert len(connections) == 8
    if database.is_sqlite:  # SQLite's own lock would wake whom chance wakes, up to 100 ms late
        assert set(connections) == {1}


def refuse(session, *, by):
    session.add(Place(code="PL260000000", version=1))
    raise NotPermitted(permission="see the test")


def test_a_refusal_outlives_what_is_rolled_back(database):
    with pytest.raises(NotPermitted):
        receive(database, command=refuse)

    with database.reading() as session:
        kept = session.scalars(select(Refusal).order_by(Refusal.id.desc()).limit(1)).one()
    assert (kept.command, kept.error) == ("refuse", "NotPermitted")
    assert kept.sentence == "Your role does not include: see the test."
    assert kept.user_id == person_id(database)
    assert counted(database, Place, Place.code == "PL260000000") == 0


def test_a_refusal_is_itself_in_the_trail(database):
    with pytest.raises(NotPermitted):
        receive(database, command=refuse)

    with database.reading() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.table_name, entry.command) == ("refusal", "refuse")


def test_a_refusal_of_no_interest_is_not_kept(database):
    class Dull(LimsError):
        pass

    def dull(session, *, by):
        raise Dull()

    before = counted(database, Refusal)
    with pytest.raises(Dull):
        receive(database, command=dull)

    assert counted(database, Refusal) == before


def test_a_refused_key_may_be_sent_again(database):
    with pytest.raises(NotPermitted):
        receive(database, command=refuse)

    assert receive(database).code.startswith("ST")


def test_a_rule_of_the_database_is_told_as_a_sentence_and_kept(database):
    with pytest.raises(RuleOfTheDatabase, match="recorded already .a mass is above zero"):
        receive(database, mass_g="-1.000")

    assert histories(database) == 0
    assert counted(database, Refusal, Refusal.error == "RuleOfTheDatabase") == 1


def test_an_edit_of_what_was_changed_meanwhile_stays_stale(database):
    def outpaced(session, *, by):
        auditor = session.scalars(select(User).where(User.login == "auditor")).one()
        session.connection().exec_driver_sql("UPDATE user_account SET version = version + 1")
        auditor.full_name = "Ada Late"
        session.flush()

    with pytest.raises(Stale):
        receive(database, command=outpaced)

    assert counted(database, User, User.full_name == "Ada Late") == 0


def test_a_programming_error_leaves_nothing(database):
    def broken(session, *, by):
        receive_in_short(session, by=by)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        receive(database, command=broken)

    assert histories(database) == 0


def test_a_savepoint_rolled_back_takes_its_changes_and_no_others(database):
    def half(session, *, by):
        kept = receive_in_short(session, by=by)
        with session.begin_nested() as savepoint:
            receive_in_short(session, by=by)
            savepoint.rollback()
        return kept

    kept = receive(database, command=half)

    with database.reading() as session:
        told = session.scalars(select(AuditEntry.row_id).where(AuditEntry.command == "half")).all()
        tables = session.scalars(
            select(AuditEntry.table_name).where(AuditEntry.command == "half")
        ).all()
    assert tables == ["patient", "course", "sample", "reception"]
    assert told[-1] == kept.id
    assert histories(database) == 1


def test_a_flush_refused_in_a_savepoint_leaves_what_came_before(database):
    def tried(session, *, by):
        first = receive_in_short(session, by=by)
        with pytest.raises(Exception, match="mass_positive"), session.begin_nested():
            receive_in_short(session, mass_g="-1.000", by=by)
        return first

    receive(database, command=tried)

    assert counted(database, AuditEntry, AuditEntry.command == "tried") == 4


def test_the_head_of_the_chain_is_its_last_entry(database):
    receive(database)

    with database.reading() as session:
        head = session.execute(select(AuditHead.seq, AuditHead.hash)).one()
        last = session.execute(
            select(AuditEntry.id, AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)
        ).one()
    assert tuple(head) == tuple(last)


def test_reading_sees_one_moment_and_writes_nothing(database):
    with database.reading() as session:
        before = session.scalar(select(func.count()).select_from(Patient))
        receive(database)

        assert session.scalar(select(func.count()).select_from(Patient)) == before
