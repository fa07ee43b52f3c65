"""A signature is one person's, proved just now, for exactly what was shown; some need two."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from lims import clock
from lims.models.command_run import Refusal
from lims.models.signature import Meaning, PendingSignature, Signature
from lims.permissions import Permission
from lims.workflows import people, proving, signing
from lims.workflows.command import COMMANDS
from lims.workflows.signing import NotTheSigner, ProofSpent, SamePerson
from tests.laboratory import PASSWORD
from tests.laboratory.clinic import patient as settled_patient

SHOWN = {"mass_g": Decimal("7.5"), "code": "SA26000001X"}


@pytest.fixture
def signed(session, patient, qa_officer, proof_of):
    return signing.sign(
        session,
        patient,
        meaning=Meaning.APPROVED,
        shown=SHOWN,
        proof=proof_of(qa_officer),
        by=qa_officer,
    )


def by_two(session, patient, by, proof, second=None, *, shown=SHOWN, meaning=Meaning.LINKED):
    return signing.sign_by_two(
        session, patient, meaning=meaning, shown=shown, proof=proof, second=second, by=by
    )


def test_a_signature_bears_name_meaning_moment_and_what_was_shown(signed, qa_officer, patient):
    assert signed.printed_name == qa_officer.full_name
    assert signed.meaning is Meaning.APPROVED
    assert clock.now() - signed.signed_at < timedelta(minutes=1)
    assert (signed.subject_table, signed.subject_code) == ("patient", patient.code)
    assert signing.still_valid(signed, SHOWN)


@pytest.mark.parametrize(
    "now",
    [
        SHOWN | {"mass_g": Decimal("7.501")},
        SHOWN | {"mass_g": None},
        SHOWN | {"code": "SA26000002X"},
        SHOWN | {"more": 1},
        {"code": SHOWN["code"]},
    ],
)
def test_whatever_changed_since_makes_it_no_longer_valid(signed, now):
    assert not signing.still_valid(signed, now)


def test_a_number_is_the_same_as_typed_and_as_kept(signed):
    assert signing.still_valid(signed, SHOWN | {"mass_g": Decimal("7.500")})


def test_another_persons_password_signs_nothing(session, patient, technician, qa_officer, proof_of):
    with pytest.raises(NotTheSigner) as refused:
        signing.sign(
            session,
            patient,
            meaning=Meaning.APPROVED,
            shown=SHOWN,
            proof=proof_of(technician),
            by=qa_officer,
        )

    assert refused.value.recorded


@pytest.mark.parametrize(("seconds", "fresh"), [(59, True), (61, False)])
def test_a_proof_lives_a_minute(session, qa_officer, proof_of, time_machine, seconds, fresh):
    time_machine.move_to(clock.now(), tick=False)
    proof = proof_of(qa_officer)
    time_machine.shift(timedelta(seconds=seconds))

    if fresh:
        proof.spend(session)
    else:
        with pytest.raises(ProofSpent):
            proof.spend(session)


def test_a_proof_is_good_for_one_command_and_its_repetition(session, qa_officer, proof_of):
    proof = proof_of(qa_officer)
    proof.spend(session)
    proof.spend(session)
    session.info["key"] = "another"

    with pytest.raises(ProofSpent):
        proof.spend(session)


def test_a_proof_without_a_command_signs_nothing(session, qa_officer, proof_of):
    session.info["key"] = ""

    with pytest.raises(ProofSpent):
        proof_of(qa_officer).spend(session)


def test_two_sign_on_one_form(session, patient, qa_officer, physician, proof_of):
    both = by_two(session, patient, qa_officer, proof_of(qa_officer), proof_of(physician))

    assert (both.first.user_id, both.second.user_id) == (qa_officer.id, physician.id)
    assert session.scalars(select(PendingSignature)).first() is None


def test_the_second_signs_later_from_elsewhere(session, patient, qa_officer, physician, proof_of):
    assert by_two(session, patient, qa_officer, proof_of(qa_officer)) is None
    session.info["key"] = "from another browser"

    both = by_two(session, patient, physician, proof_of(physician))

    assert (both.first.user_id, both.second.user_id) == (qa_officer.id, physician.id)


@pytest.mark.parametrize(("hours", "waits"), [(23, True), (24, False), (25, False)])
def test_a_first_signature_waits_24_hours(
    session, patient, qa_officer, physician, proof_of, time_machine, hours, waits
):
    time_machine.move_to(clock.now(), tick=False)
    by_two(session, patient, qa_officer, proof_of(qa_officer))
    time_machine.shift(timedelta(hours=hours))

    both = by_two(session, patient, physician, proof_of(physician))

    assert (both is not None) is waits


def test_a_third_signs_nothing_that_two_have_signed(
    session, patient, qa_officer, physician, lead, proof_of
):
    by_two(session, patient, qa_officer, proof_of(qa_officer))
    by_two(session, patient, physician, proof_of(physician))

    assert by_two(session, patient, lead, proof_of(lead)) is None


def test_one_person_never_signs_twice_on_one_form(session, patient, qa_officer, proof_of):
    with pytest.raises(SamePerson):
        by_two(session, patient, qa_officer, proof_of(qa_officer), proof_of(qa_officer))


def test_one_person_never_signs_twice_from_two_browsers(session, patient, qa_officer, proof_of):
    by_two(session, patient, qa_officer, proof_of(qa_officer))
    session.info["key"] = "from another browser"

    with pytest.raises(SamePerson):
        by_two(session, patient, qa_officer, proof_of(qa_officer))


def test_what_changed_in_between_is_signed_anew(session, patient, qa_officer, physician, proof_of):
    by_two(session, patient, qa_officer, proof_of(qa_officer))
    changed = SHOWN | {"mass_g": Decimal(8)}

    assert by_two(session, patient, physician, proof_of(physician), shown=changed) is None
    both = by_two(session, patient, qa_officer, proof_of(qa_officer), shown=changed)
    assert (both.first.user_id, both.second.user_id) == (physician.id, qa_officer.id)


def test_a_signature_for_another_command_does_not_count(
    session, patient, qa_officer, physician, proof_of
):
    by_two(session, patient, qa_officer, proof_of(qa_officer))
    session.info["command"] = "another command"

    assert by_two(session, patient, physician, proof_of(physician)) is None


def test_a_signature_of_another_meaning_does_not_count(
    session, patient, qa_officer, physician, proof_of
):
    by_two(session, patient, qa_officer, proof_of(qa_officer))

    assert (
        by_two(session, patient, physician, proof_of(physician), meaning=Meaning.DISCARDED) is None
    )


def test_a_signature_on_another_record_does_not_count(
    session, patient, other_patient, qa_officer, physician, proof_of
):
    by_two(session, patient, qa_officer, proof_of(qa_officer))

    assert by_two(session, other_patient, physician, proof_of(physician)) is None


def test_the_second_on_a_form_holds_the_permission_of_the_command(
    session, patient, qa_officer, technician, proof_of, monkeypatch
):
    monkeypatch.setitem(COMMANDS, session.info["command"], Permission.RELEASE_FILL)

    with pytest.raises(signing.SecondNotPermitted) as refused:
        by_two(session, patient, qa_officer, proof_of(qa_officer), proof_of(technician))

    assert refused.value.recorded


@pytest.fixture
def link(database):
    """`link("a key", proof, second)` links a patient as quality's officer, in a transaction."""
    with database.reading() as session:
        qa = people.by_login(session, "qa")

    def link_two(session, *, proof, second, by):
        return by_two(session, settled_patient(session, "ivanova"), by, proof, second).first

    def link(key, proof, second):
        proofs = {"proof": proof, "second": second}
        return database.run(link_two, qa.id, key=key, arguments=lambda _: proofs)

    return link


@pytest.fixture
def proved(database):
    """`proved("qa")` just gave their password."""
    return lambda login: proving.prove(database, login, PASSWORD, "10.0.0.5")


def test_a_password_given_once_carries_one_command_and_its_repetition(link, proved):
    proof, second = proved("qa"), proved("physician")
    first = link("one", proof, second)

    assert link("one", proof, second).id == first.id
    with pytest.raises(ProofSpent):
        link("two", proof, second)


def test_who_tried_to_sign_twice_is_remembered_and_nothing_is_signed(database, link, proved):
    with pytest.raises(SamePerson):
        link("one", proved("qa"), proved("qa"))

    with database.reading() as session:
        assert session.scalars(select(Refusal.error)).all()[-1] == "SamePerson"
        linked = select(Signature).where(Signature.meaning == Meaning.LINKED)
        assert not session.scalars(linked).all()
