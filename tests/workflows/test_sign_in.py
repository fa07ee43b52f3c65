"""A password lets one person in; too many wrong ones must wait; the server ends what it began."""

import hashlib
import statistics
import time
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from lims import clock
from lims.models.user import LoginAttempt, LoginOutcome
from lims.workflows import people, proving, signing_in
from lims.workflows.proving import (
    FREE_TRIES,
    LONGEST_WAIT,
    MOST_TRIES,
    LockedForGood,
    LockedOut,
    WrongPassword,
)
from lims.workflows.signing import ProofSpent
from tests.counting import reads
from tests.laboratory import PASSWORD
from tests.laboratory.staff import told

HERE, ELSEWHERE = "10.0.0.5", "10.0.0.6"
WRONG = "wrong wrong wrong"


@pytest.fixture
def tries(database):
    """`tries(10)` wrong passwords of the technician at one terminal."""

    def tries(count, address=HERE, login="technician"):
        for _ in range(count):
            with pytest.raises(WrongPassword):
                proving.prove(database, login, WRONG, address)

    return tries


@pytest.fixture
def kept(database):
    """What was tried so far as the technician, oldest first."""

    def kept():
        with database.reading() as session:
            found = session.scalars(
                select(LoginAttempt)
                .where(LoginAttempt.login == "technician")
                .order_by(LoginAttempt.id)
            )
            return [(each.outcome, each.address) for each in found]

    return kept


def add_wrong(database, count, address, at, login="technician"):
    """Wrong tries of long ago, without the wait between them."""
    with database.reading() as session:
        person = people.by_login(session, login)

    def keep(session, *, by):
        for _ in range(count):
            session.add(
                LoginAttempt(
                    login=login,
                    user_id=person.id,
                    outcome=LoginOutcome.WRONG,
                    address=address,
                    tried_at=at,
                )
            )

    told(database, None, keep)


def test_the_right_password_proves_its_person_and_is_kept(database, kept):
    proof = proving.prove(database, " Technician ", PASSWORD, HERE)

    assert proof.name == "Ольга Сидорова"
    assert kept() == [(LoginOutcome.ACCEPTED, HERE)]


def test_a_wrong_password_is_kept(database, tries, kept):
    tries(1)

    assert kept() == [(LoginOutcome.WRONG, HERE)]


def test_an_unknown_name_is_answered_by_the_same_sentence_and_kept(database):
    told_of = []
    for login in ("technician", "nobody"):
        with pytest.raises(WrongPassword) as refused:
            proving.prove(database, login, WRONG, HERE)
        told_of.append(refused.value.english())

    assert told_of[0] == told_of[1]
    with database.reading() as session:
        assert session.scalar(select(LoginAttempt).where(LoginAttempt.login == "nobody"))


@pytest.fixture
def dear_hashes(session, monkeypatch):
    """Hashes that cost milliseconds, so that leaving one out would show."""
    dear = PasswordHasher(time_cost=2, memory_cost=2**13, parallelism=1)
    monkeypatch.setattr(people, "_hasher", [dear])
    monkeypatch.setattr(proving, "_nobody", [])


def cost_of(person):
    """The seconds of work behind one wrong password; what other programs do is not counted."""
    began = time.process_time()
    proving.matches(person, WRONG)
    return time.process_time() - began


def test_an_unknown_name_costs_as_much_as_a_known_one(dear_hashes, session, technician):
    technician.password_hash = people.hasher().hash(PASSWORD)
    proving.matches(None, WRONG)

    pairs = [(cost_of(technician), cost_of(None)) for _ in range(40)]
    known, unknown = (statistics.median(costs) for costs in zip(*pairs, strict=True))

    assert unknown == pytest.approx(known, rel=0.5, abs=0.001)


def test_ten_wrong_passwords_close_the_account_at_this_terminal_for_a_minute(
    database, tries, kept, time_machine
):
    time_machine.move_to(clock.now(), tick=False)
    tries(FREE_TRIES)

    with pytest.raises(LockedOut) as refused:
        proving.prove(database, "technician", PASSWORD, HERE)

    assert refused.value.parameters["until"] == clock.now() + timedelta(minutes=1)
    assert kept()[-1] == (LoginOutcome.LOCKED, HERE)


def test_the_night_shift_signs_in_at_another_terminal(database, tries):
    tries(FREE_TRIES)

    assert proving.prove(database, "technician", PASSWORD, ELSEWHERE)


def test_after_the_wait_the_right_password_counts_and_begins_anew(database, tries, time_machine):
    time_machine.move_to(clock.now(), tick=False)
    tries(FREE_TRIES)
    time_machine.shift(timedelta(minutes=1))

    assert proving.prove(database, "technician", PASSWORD, HERE)
    tries(FREE_TRIES)


def test_each_wrong_password_doubles_the_wait_up_to_an_hour(database, tries, time_machine):
    time_machine.move_to(clock.now(), tick=False)
    tries(FREE_TRIES)
    waits = []
    for _ in range(8):
        with database.reading() as session:
            until = proving.locked_until(session, "technician", HERE)
        waits.append(until - clock.now())
        time_machine.move_to(until, tick=False)
        tries(1)

    assert [wait.total_seconds() / 60 for wait in waits] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_after_a_hundred_wrong_passwords_no_wait_helps(database, time_machine):
    add_wrong(database, MOST_TRIES, HERE, clock.now())
    time_machine.move_to(clock.now() + LONGEST_WAIT * 2)

    with pytest.raises(LockedForGood):
        proving.prove(database, "technician", PASSWORD, HERE)


def test_a_hundred_from_everywhere_close_addresses_the_person_never_used(database):
    proving.prove(database, "technician", PASSWORD, HERE)
    for number in range(MOST_TRIES // 5):
        add_wrong(database, 5, f"192.0.2.{number}", clock.now())

    with pytest.raises(LockedForGood):
        proving.prove(database, "technician", PASSWORD, ELSEWHERE)
    assert proving.prove(database, "technician", PASSWORD, HERE)


def test_a_new_password_by_a_one_time_code_opens_what_was_closed(database):
    add_wrong(database, MOST_TRIES, HERE, clock.now())

    def new_code(session, *, by):
        return people.issue_code(session, people.by_login(session, "technician"), by=by)

    code = told(database, "administrator", new_code).plain
    new = {"login": "technician", "code": code, "password": "seven quiet microscopes"}
    told(database, None, people.choose_password, **new)

    assert proving.prove(database, "technician", "seven quiet microscopes", HERE)


def test_tries_sent_at_once_are_judged_one_after_another(session, technician):
    for _ in range(FREE_TRIES):
        proving.keep_try(
            session, login="technician", person_id=technician.id, right=False, address=HERE
        )
        session.flush()

    late = proving.keep_try(
        session, login="technician", person_id=technician.id, right=True, address=HERE
    )

    assert late.outcome is LoginOutcome.LOCKED


def test_a_hash_cheaper_than_today_is_replaced_at_sign_in(database, monkeypatch):
    monkeypatch.setattr(people, "_hasher", [PasswordHasher(time_cost=2, memory_cost=64)])
    proving.prove(database, "technician", PASSWORD, HERE)

    with database.reading() as session:
        kept = people.by_login(session, "technician").password_hash

    assert not people.hasher().check_needs_rehash(kept)
    assert people.hasher().verify(kept, PASSWORD)


def test_a_disabled_person_proves_nothing(database):
    def disable(session, *, by):
        technician = people.by_login(session, "technician")
        return people.disable_person(session, technician, reason="Left", by=by)

    told(database, "administrator", disable)

    with pytest.raises(WrongPassword):
        proving.prove(database, "technician", PASSWORD, HERE)


@pytest.fixture
def opened(session, technician, proof_of):
    """A session of the technician, begun now."""
    token = signing_in.new_token()
    found = signing_in.open_session(session, proof=proof_of(technician), token=token, address=HERE)
    found.plain = token
    session.flush()
    return found


def test_only_the_hash_of_a_token_is_kept(opened):
    assert len(opened.plain) >= 43
    assert opened.token_sha256 == hashlib.sha256(opened.plain.encode()).hexdigest()


@pytest.mark.parametrize(("seconds", "locked"), [(-1, False), (1, True)])
def test_a_session_is_locked_after_15_idle_minutes(session, opened, time_machine, seconds, locked):
    time_machine.move_to(opened.seen_at + timedelta(minutes=15, seconds=seconds), tick=False)

    assert signing_in.is_locked(signing_in.find_session(session, opened.plain)) is locked


@pytest.mark.parametrize(("seconds", "open_still"), [(-1, True), (1, False)])
def test_a_session_ends_after_12_hours(session, opened, time_machine, seconds, open_still):
    at = opened.started_at + timedelta(hours=12, seconds=seconds)
    time_machine.move_to(at, tick=False)
    opened.seen_at = at

    assert (signing_in.find_session(session, opened.plain) is not None) is open_still


def test_signing_off_ends_the_session(session, opened, technician):
    signing_in.close_session(session, token=opened.plain, by=technician)

    assert signing_in.find_session(session, opened.plain) is None


def test_whose_session_it_is_costs_one_question(session, opened):
    token = opened.plain
    session.flush()
    session.expunge_all()

    with reads(session.get_bind()) as asked:
        found = signing_in.find_session(session, token)

    assert [held.role.value for held in found.user.roles] == ["technician"]
    assert len(asked) == 1


def test_a_proof_opens_one_session(session, technician, proof_of):
    proof = proof_of(technician)
    signing_in.open_session(session, proof=proof, token="one", address=HERE)
    session.info["key"] = "another command"

    with pytest.raises(ProofSpent):
        signing_in.open_session(session, proof=proof, token="two", address=HERE)
