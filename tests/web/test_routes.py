"""Who reaches which address, as written by hand and as it is: every route × method × role,
besides nobody, the disabled, who signed off and who never signed in (one in three of them each
time, others for each; all in the soak).

A route without a line in the table fails and says which line to write.
"""

import pytest
from werkzeug.routing import IntegerConverter

from lims.permissions import GRANTED, Role
from lims.web import auth
from lims.web.app import create_app
from lims.workflows import people, roles
from tests.laboratory.staff import choose, told
from tests.permission_table import EVERYONE, EXPECTED, PUBLIC, TABLE, allowed, line_of
from tests.soaking import by_lot
from tests.web.visitor import Visitor

WRITTEN = EXPECTED["routes"]
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})


@pytest.fixture
def bare(settings):
    """The site without a database behind it: for its map of addresses."""
    return create_app(settings)


def routes(app):
    """Every endpoint, its methods, and an address it answers."""
    for rule in app.url_map.iter_rules():
        values = {
            name: 1 if isinstance(rule._converters[name], IntegerConverter) else "XX26000001X"
            for name in rule.arguments
        }
        with app.test_request_context():
            address = app.url_for(rule.endpoint, **values)
        for method in sorted(rule.methods & METHODS):
            yield rule.endpoint, method, address


def declared(view):
    """Who a view says it is for, as a line of the table."""
    access = auth.access_of(view)
    if not access.signed_in:
        return PUBLIC
    if not access.permissions:
        return EVERYONE
    return line_of({role for role in Role if GRANTED[role] & set(access.permissions)})


def test_every_route_has_a_line_in_the_table(bare):
    missing = [
        f'"{endpoint}" = "{declared(view)}"?'
        for endpoint, view in bare.view_functions.items()
        if endpoint not in WRITTEN
    ]

    assert not missing, f"write under [routes] of {TABLE.name} who should reach: " + ", ".join(
        missing
    )


def test_every_line_of_the_table_is_a_route(bare):
    gone = sorted(set(WRITTEN) - set(bare.view_functions))

    assert not gone, f"take out of {TABLE.name}: " + ", ".join(gone)


def test_every_view_declares_what_the_table_says(bare):
    wrong = [
        f'"{endpoint}": the table says {WRITTEN[endpoint]}, the view {declared(view)}'
        for endpoint, view in bare.view_functions.items()
        if endpoint in WRITTEN and declared(view) != WRITTEN[endpoint]
    ]

    assert not wrong


@pytest.fixture
def server(sqlite_server):
    """One database is enough: who may is decided before it is asked for anything."""
    return sqlite_server


@pytest.fixture
def unguarded(app, monkeypatch):
    """The site without its protection against forged forms, so that only the role is asked."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    return app


@pytest.fixture
def alone(database, unguarded):
    """`alone(role)` has signed in, holding that role alone; `alone(None)` holds none."""

    def alone(role):
        values = {"login": "alone", "full_name": "Yana Alone", "language": "en"}
        given = [role or Role.AUDITOR]
        code = told(database, "administrator", people.invite_person, **values, roles=given).plain
        choose(database, "alone", code, "seven quiet microscopes")
        if role is None:
            change(database, roles.end_role, role=Role.AUDITOR, reason="For a test")
        return Visitor(unguarded.test_client()).sign_in("alone", "seven quiet microscopes")

    return alone


def change(database, command, **values):
    """Do `command` to the person who is alone, as the administrator."""

    def done(session, *, by):
        return command(session, people.by_login(session, "alone"), by=by, **values)

    told(database, "administrator", done)


def reached(visitor, method, address):
    """Whether the view answered at all, however badly the form was filled."""
    answer = visitor.client.open(address, method=method)
    assert answer.status_code < 500, f"{method} {address}: {answer.status_code}"
    sent_to_sign_in = (answer.location or "").startswith("/sign-in?")
    return answer.status_code not in (401, 403) and not sent_to_sign_in


def wrongly_answered(app, visitor, role):
    """Every route that `visitor` reaches against the table, or does not."""
    for endpoint, method, address in by_lot(list(routes(app)), 3, f"routes of {role}"):
        line = WRITTEN.get(endpoint)
        if line is None or endpoint in ("account.sign_off", "locking.lock"):
            continue
        expected = line == PUBLIC or (
            role != "anonymous" and (line == EVERYONE or role in allowed(line))
        )
        if reached(visitor, method, address) is not expected:
            yield f"{method} {endpoint}: {'refused' if expected else 'reached'}"


@pytest.mark.parametrize("role", [*Role, None])
def test_a_person_reaches_what_the_table_says_and_nothing_else(unguarded, alone, role):
    assert not list(wrongly_answered(unguarded, alone(role), role))


def test_who_is_not_signed_in_reaches_what_is_public(unguarded):
    visitor = Visitor(unguarded.test_client())

    assert not list(wrongly_answered(unguarded, visitor, "anonymous"))


def test_who_signed_off_reaches_what_is_public(unguarded, alone):
    visitor = alone(Role.PRODUCTION_LEAD)
    cookie = visitor.client.get_cookie("sid").value
    visitor.client.post("/sign-off")
    visitor.client.set_cookie("sid", cookie)

    assert not list(wrongly_answered(unguarded, visitor, "anonymous"))


def test_who_was_disabled_reaches_what_is_public(database, unguarded, alone):
    visitor = alone(Role.PRODUCTION_LEAD)
    change(database, people.disable_person, reason="For a test")

    assert not list(wrongly_answered(unguarded, visitor, "anonymous"))
