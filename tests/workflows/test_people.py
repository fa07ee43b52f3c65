"""People are invited, choose their own passwords, hold roles, and are never deleted."""

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerificationError
from sqlalchemy import select

from lims.errors import NotPermitted
from lims.models.audit import AuditEntry
from lims.models.user import LoginSession, OneTimeCode, UserStatus
from lims.permissions import Permission, Role
from lims.workflows import passwords, people, roles
from lims.workflows.passwords import PasswordKnown, PasswordTooLong, PasswordTooShort
from tests.laboratory import PASSWORD

NEW = "seven quiet microscopes at dusk"


@pytest.fixture
def invited(session, administrator):
    return people.invite_person(
        session,
        login="  Nova  Yana ",
        full_name="Яна Новая",
        language="ru",
        roles=[Role.TECHNICIAN],
        by=administrator,
    )


def choose(session, code, password=NEW, login="nova yana"):
    return people.choose_password(session, login=login, code=code.plain, password=password)


def in_russian(session, code, login):
    """Who reads the page of the first password in Russian."""
    return people.choose_password(
        session, login=login, code=code.plain, password=NEW, language="ru"
    )


def test_the_language_chosen_at_the_invitation_stays(session, administrator):
    code = people.invite_person(
        session, login="nova yana", full_name="Jana Nova", language="en",
        roles=[Role.TECHNICIAN], by=administrator,
    )  # fmt: skip

    assert in_russian(session, code, "nova yana").language == "en"


def test_the_first_administrator_keeps_the_language_of_the_page(session):
    first = people.invite_first_administrator(session)
    people.by_login(session, people.FIRST_ADMINISTRATOR).language = "en"

    assert in_russian(session, first, people.FIRST_ADMINISTRATOR).language == "ru"


def test_only_the_hash_of_a_one_time_code_is_kept(session, invited):
    kept = session.execute(select(OneTimeCode.__table__)).all()

    assert invited.code_sha256 in {row.code_sha256 for row in kept}
    assert not any(invited.plain in map(str, row) for row in kept)


def test_a_code_is_good_once(session, invited):
    choose(session, invited)

    with pytest.raises(people.CodeNotValid):
        choose(session, invited, "another long enough phrase")


def test_a_code_is_good_for_72_hours(session, invited, time_machine):
    time_machine.move_to(invited.expires_at)

    with pytest.raises(people.CodeNotValid):
        choose(session, invited)


def test_a_code_is_good_for_its_person_alone(session, invited):
    with pytest.raises(people.CodeNotValid):
        choose(session, invited, login="technician")


def test_a_new_code_makes_the_one_before_worthless(session, invited, administrator):
    person = people.by_login(session, "nova yana")
    newer = people.issue_code(session, person, by=administrator)

    with pytest.raises(people.CodeNotValid):
        choose(session, invited)
    assert choose(session, newer).status is UserStatus.ACTIVE


def test_a_sign_in_name_is_never_given_twice(session, invited, administrator):
    with pytest.raises(people.LoginTaken):
        people.invite_person(
            session,
            login="NOVA yana",
            full_name="Someone Else",
            language="en",
            roles=[Role.AUDITOR],
            by=administrator,
        )


def test_an_administrator_never_chooses_a_password():
    takes_password = [
        name
        for name in ("invite_person", "issue_code", "enable_person")
        if "password" in vars(people)[name].__wrapped__.__annotations__
    ]

    assert not takes_password


def test_an_administrator_gives_themself_no_code(session, administrator):
    with pytest.raises(people.OwnCode):
        people.issue_code(session, administrator, by=administrator)


def test_nobody_but_an_administrator_invites(session, qa_officer, technician):
    with pytest.raises(NotPermitted):
        people.issue_code(session, technician, by=qa_officer)


@pytest.mark.parametrize(
    ("login", "role"),
    [
        ("technician", Role.ADMINISTRATOR),
        ("administrator", Role.TECHNICIAN),
        ("administrator", Role.AUDITOR),
        ("auditor", Role.PHYSICIAN),
    ],
)
def test_roles_that_do_not_go_together_are_refused(session, administrator, login, role):
    with pytest.raises(roles.IncompatibleRoles) as refused:
        roles.grant_role(session, people.by_login(session, login), role=role, by=administrator)

    assert refused.value.recorded


def test_a_role_ended_stays_on_record_with_its_reason(session, lead, administrator):
    roles.end_role(
        session, lead, role=Role.PRODUCTION_LEAD, reason="Back to the bench", by=administrator
    )

    assert not lead.has(Role.PRODUCTION_LEAD)
    assert session.info["reason"] == "Back to the bench"


def test_the_last_administrator_keeps_the_role(session, administrator):
    with pytest.raises(roles.LastAdministrator):
        roles.end_role(
            session, administrator, role=Role.ADMINISTRATOR, reason="Tired", by=administrator
        )


def test_who_is_disabled_may_nothing_and_has_no_session(session, technician, administrator):
    session.add(LoginSession(user_id=technician.id, token_sha256="0" * 64, address=""))
    people.disable_person(session, technician, reason="Left", by=administrator)

    still_open = session.scalars(
        select(LoginSession).where(
            LoginSession.user_id == technician.id, LoginSession.ended_at.is_(None)
        )
    )
    assert not still_open.all()
    assert not any(technician.may(permission) for permission in Permission)


def test_a_disabled_person_gets_no_code(session, technician, administrator):
    people.disable_person(session, technician, reason="Left", by=administrator)

    with pytest.raises(people.AccountDisabled):
        people.issue_code(session, technician, by=administrator)


def test_hashes_are_argon2id_of_at_least_19_mib():
    kept = extract_parameters(PasswordHasher().hash("x"))

    assert (kept.type.name, kept.memory_cost >= 19 * 1024, kept.time_cost >= 2) == (
        "ID",
        True,
        True,
    )


def test_the_trail_shows_that_a_password_changed_and_not_its_hash(database):
    with database.reading() as session:
        person = people.by_login(session, "qa")
        entries = session.scalars(
            select(AuditEntry).where(
                AuditEntry.table_name == "user_account", AuditEntry.row_id == person.id
            )
        ).all()

    assert any("password_hash" in entry.changes for entry in entries)
    assert not any("argon2" in entry.changes for entry in entries)


GOOD = [
    PASSWORD,
    NEW,
    "лошадь скрепка батарея",
    "my dog eats bread",
    "8fK2#pQ9zL1m",
    "            a long one with spaces around            ",
    "🦫🦫 строят плотину 🦫🦫",
    "no digits and no capitals",
    "x" + "ab3 d9 q" * 31,
]
KNOWN = [
    "Password1234!",
    "P@ssw0rd2026!",
    "qwertyuiop12",
    "йцукенгшщзхъ",
    "1qaz2wsx3edc",
    "123456789012",
    "aaaaaaaaaaaa",
    "abcabcabcabc",
    "correctcorrect",
    "administrator1",
    "laboratory2026!",
    "Summer2026!!",
    "sidorova-olga",
    "Сидорова2026!",
    "technician99",
    "            ",
]


@pytest.mark.parametrize("password", GOOD)
def test_a_long_password_of_any_letters_is_taken(technician, password):
    passwords.require_good_password(password, technician)


@pytest.mark.parametrize("password", KNOWN)
def test_a_password_that_is_tried_first_is_refused(technician, password):
    with pytest.raises(PasswordKnown):
        passwords.require_good_password(password, technician)


def test_a_password_has_12_to_256_characters(technician):
    with pytest.raises(PasswordTooShort):
        passwords.require_good_password("8fK2#pQ9zL1", technician)
    with pytest.raises(PasswordTooLong):
        passwords.require_good_password("ab3d9 q" * 37, technician)


def test_every_character_of_a_long_password_counts(session, invited):
    long = ("seven quiet microscopes " * 11)[:255]
    person = choose(session, invited, long + "x")

    assert people.hasher().verify(person.password_hash, long + "x")
    with pytest.raises(VerificationError):
        people.hasher().verify(person.password_hash, long + "y")
