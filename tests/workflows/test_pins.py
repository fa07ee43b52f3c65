"""A badge and its PIN say who is at a terminal; they sign nothing."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from lims import clock
from lims.models.user import LoginAttempt, LoginOutcome, User
from lims.workflows import people, pins, proving, signing, signing_in
from lims.workflows.pins import MOST_WRONG, PinClosed, PinGuessed, PinOfOtherShape, WrongPin
from lims.workflows.signing import OnlyThePassword, Proof
from tests.laboratory import PASSWORD
from tests.laboratory.staff import told

PIN, HERE, THERE = "274951", "TM26000001M", "TM26000002K"


@pytest.fixture
def badge(database):
    """The technician's badge; its PIN is chosen."""
    with database.reading() as session:
        person = people.by_login(session, "technician")
    proof = Proof(user_id=person.id, name=person.full_name)
    told(database, "technician", pins.choose_pin, proof=proof, pin=PIN)
    return person.code


def wrong(database, badge, times=1, terminal=HERE):
    for _ in range(times):
        with pytest.raises(WrongPin):
            pins.prove_pin(database, badge, "111222", terminal)


def test_a_badge_and_its_pin_say_who_is_here_and_the_try_is_kept(database, badge):
    proof = pins.prove_pin(database, badge, PIN, HERE)

    assert (proof.name, proof.by_pin) == ("Ольга Сидорова", True)
    with database.reading() as session:
        kept = session.scalars(select(LoginAttempt).order_by(LoginAttempt.id.desc())).first()
    assert (kept.login, kept.address, kept.by_pin) == ("technician", HERE, True)
    assert kept.outcome is LoginOutcome.ACCEPTED


def test_after_five_wrong_pins_the_right_one_opens_nothing(database, badge):
    wrong(database, badge, MOST_WRONG)

    with pytest.raises(PinClosed):
        pins.prove_pin(database, badge, PIN, HERE)


def test_four_wrong_pins_close_nothing(database, badge):
    wrong(database, badge, MOST_WRONG - 1)

    assert pins.prove_pin(database, badge, PIN, HERE)


def test_the_password_at_that_terminal_opens_the_pin_again(database, badge):
    wrong(database, badge, MOST_WRONG)
    proving.prove(database, "technician", PASSWORD, HERE)

    assert pins.prove_pin(database, badge, PIN, HERE)


def test_wrong_pins_at_one_terminal_close_no_other(database, badge):
    wrong(database, badge, MOST_WRONG)

    assert pins.prove_pin(database, badge, PIN, THERE)


def test_wrong_pins_close_no_password_and_a_right_one_opens_none(database, badge):
    wrong(database, badge, MOST_WRONG)
    assert proving.wrong_in_a_row(*of(database), "technician", HERE)[0] == 0
    with pytest.raises(proving.WrongPassword):
        proving.prove(database, "technician", "wrong wrong wrong", THERE)
    pins.prove_pin(database, badge, PIN, THERE)

    assert proving.wrong_in_a_row(*of(database), "technician", THERE)[0] == 1


def of(database):
    with database.reading() as session:
        return [session]


@pytest.mark.parametrize("code", ["US260000000", "nothing at all"])
def test_an_unknown_badge_is_answered_by_the_same_sentence_and_kept(database, badge, code):
    with pytest.raises(WrongPin) as unknown:
        pins.prove_pin(database, code, PIN, HERE)
    with pytest.raises(WrongPin) as known:
        pins.prove_pin(database, badge, "111222", HERE)

    assert unknown.value.english() == known.value.english()
    with database.reading() as session:
        assert session.scalar(select(LoginAttempt.id).where(LoginAttempt.login == code))


def test_who_chose_no_pin_is_not_let_in_by_badge(database):
    with database.reading() as session:
        code = people.by_login(session, "qa").code

    with pytest.raises(WrongPin):
        pins.prove_pin(database, code, "", HERE)


def test_a_new_one_time_code_ends_the_pin(database, badge):
    def forgotten(session, *, by):
        return people.issue_code(session, people.by_login(session, "technician"), by=by)

    told(database, "administrator", forgotten)

    with pytest.raises(WrongPin):
        pins.prove_pin(database, badge, PIN, HERE)


@pytest.mark.parametrize("pin", ["12345", "1234567", "12345a", "١٢٣٤٥٦", ""])
def test_a_pin_is_six_digits(session, technician, proof_of, pin):
    with pytest.raises(PinOfOtherShape):
        pins.choose_pin(session, proof=proof_of(technician), pin=pin, by=technician)


@pytest.mark.parametrize("pin", ["123456", "890123", "987654", "111111", "121212", "274274"])
def test_a_pin_that_is_easily_guessed_is_refused(session, technician, proof_of, pin):
    with pytest.raises(PinGuessed):
        pins.choose_pin(session, proof=proof_of(technician), pin=pin, by=technician)


def test_a_pin_is_none_of_the_badges_digits(technician):
    with pytest.raises(PinGuessed):
        pins.require_good_pin(technician.code[2:8], technician)


def test_a_badge_and_pin_choose_no_pin_and_no_password(session, technician):
    proof = Proof(user_id=technician.id, name=technician.full_name, by_pin=True)

    with pytest.raises(OnlyThePassword):
        pins.choose_pin(session, proof=proof, pin=PIN, by=technician)
    with pytest.raises(OnlyThePassword):
        signing_in.change_password(session, proof=proof, password=PASSWORD * 2, by=technician)


def test_a_badge_and_pin_sign_nothing(session, technician, patient):
    proof = Proof(user_id=technician.id, name=technician.full_name, by_pin=True)
    words = {"meaning": signing.Meaning.VERIFIED, "shown": {}, "proof": proof}

    with pytest.raises(OnlyThePassword):
        signing.sign(session, patient, **words, by=technician)
    with pytest.raises(OnlyThePassword):
        signing.second_person(session, proof, not_these=[])


def test_who_comes_back_is_led_to_the_page_that_was_left(session, technician, lead, proof_of):
    def came(person, token, **also):
        session.info["key"] = token
        proof = proof_of(person)
        signing_in.open_session(session, proof=proof, token=token, address=HERE, **also)

    came(technician, "one")
    came(lead, "two", before="one", left_page="/lots/")
    session.flush()

    assert signing_in.find_session(session, "one") is None
    assert signing_in.page_left(session, technician, HERE) == "/lots/"
    assert signing_in.page_left(session, technician, THERE) is None
    with time_machine.travel(clock.now() + timedelta(hours=13)):
        assert signing_in.page_left(session, technician, HERE) is None


def test_the_pin_itself_is_kept_nowhere(session, technician, proof_of):
    pins.choose_pin(session, proof=proof_of(technician), pin=PIN, by=technician)

    assert session.get_one(User, technician.id).pin_hash.startswith("$argon2id$")
