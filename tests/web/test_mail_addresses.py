"""Where a person is reminded by mail: entered by the administrator, or by oneself."""

import pytest

from lims.models.user import User
from lims.workflows import people

MAIL = "nova@clinic.example"


@pytest.fixture
def written_to(database):
    """`written_to("qa")` is where that person is written to."""

    def written_to(login):
        with database.reading() as session:
            return people.by_login(session, login).mail_address

    return written_to


def test_one_enters_ones_own_address_and_takes_it_away(signed_in, written_to):
    technician = signed_in("technician")
    technician.send("/account", {"address": MAIL}, action="/account/mail")
    entered = written_to("technician")
    technician.send("/account", {"address": ""}, action="/account/mail")

    assert entered == MAIL
    assert written_to("technician") is None


def test_the_administrator_enters_that_of_somebody_else(signed_in, database, written_to):
    with database.reading() as session:
        code = people.by_login(session, "qa").code
    administrator = signed_in("administrator")
    answer = administrator.send(f"/people/{code}/mail", {"address": MAIL})

    assert answer.status_code == 303
    assert written_to("qa") == MAIL
    assert MAIL in administrator.open(f"/people/{code}").text


@pytest.mark.parametrize("wrong", ["nova", "nova@", "Nova <nova@clinic.example>", "a@b.c, d@e.f"])
def test_what_is_no_address_is_told_at_its_field(signed_in, written_to, wrong):
    answer = signed_in("technician").send("/account", {"address": wrong}, action="/account/mail")

    assert answer.status_code == 422
    assert written_to("technician") is None


def test_the_trail_tells_of_a_change_of_address(signed_in, database):
    signed_in("technician").send("/account", {"address": MAIL}, action="/account/mail")
    with database.reading() as session:
        person = session.get(User, people.by_login(session, "technician").id)

    assert MAIL in signed_in("auditor").open(f"/trail/{person.code}").text
