"""Who may give which command, as written by hand and as it is: every command × every role.

A command without a line in the table fails and says which line to write. Routes are compared in
tests/web/test_routes.py.
"""

import importlib
import pkgutil

import pytest

from lims import workflows
from lims.errors import NotPermitted
from lims.models.user import User, UserRole, UserStatus
from lims.permissions import READING, Role
from lims.workflows import states
from lims.workflows.codes import coded
from lims.workflows.command import COMMANDS
from tests.permission_table import EXPECTED, TABLE, allowed, line_of

WRITTEN = EXPECTED["commands"]

for module in pkgutil.iter_modules(workflows.__path__):
    importlib.import_module(f"lims.workflows.{module.name}")


def commands():
    """Every command by name, as a function."""
    found = {}
    for module in pkgutil.iter_modules(workflows.__path__):
        for name, thing in vars(importlib.import_module(f"lims.workflows.{module.name}")).items():
            if name in COMMANDS and callable(thing) and hasattr(thing, "__wrapped__"):
                found[name] = thing
    return found


@pytest.fixture
def holder(session):
    """`holder(role)` is an active person of that role alone; `holder(None)` of none."""

    def holder(role, status=UserStatus.ACTIVE):
        person = coded(session, states.begin(User(login=f"{role} {status}", full_name="Alone")))
        session.add(person)
        session.flush()
        if role is not None:
            session.add(UserRole(user_id=person.id, role=role))
        if status is not UserStatus.INVITED:
            states.move(session, person, status)
        session.expire(person)
        return person

    return holder


def may_give(session, command, person):
    """Whether the command lets this person through; what it then lacks does not matter here."""
    try:
        command(session, by=person)
    except NotPermitted:
        return False
    except TypeError:  # let in: now it asks for its record and values
        return True
    return True


def test_every_command_has_a_line_in_the_table():
    missing = [f'{name} = "{line_of(set())}"' for name in sorted(set(COMMANDS) - set(WRITTEN))]

    assert not missing, f"write under [commands] of {TABLE.name} who may: " + ", ".join(missing)


def test_every_line_of_the_table_is_a_command():
    gone = sorted(set(WRITTEN) - set(COMMANDS))

    assert not gone, f"take out of {TABLE.name}: " + ", ".join(gone)


def test_every_command_can_be_found_as_a_function():
    assert set(commands()) == set(COMMANDS)


def test_no_command_is_given_for_reading_alone_but_that_a_stop_was_read():
    assert {name for name, asked in COMMANDS.items() if asked in READING} == {"acknowledge_stop"}


@pytest.mark.parametrize("role", Role)
def test_a_role_gives_the_commands_written_for_it_and_no_other(session, holder, role):
    person = holder(role)
    wrong = [
        f"{name}: {role} {'may, unexpectedly' if may else 'may not'}"
        for name, command in commands().items()
        if name in WRITTEN
        and (may := may_give(session, command, person)) is not (role in allowed(WRITTEN[name]))
    ]

    assert not wrong


@pytest.mark.parametrize("status", UserStatus)
def test_who_holds_no_role_or_is_not_active_gives_no_command(session, holder, status):
    persons = [holder(None, status)]
    if status is not UserStatus.ACTIVE:
        persons += [holder(role, status) for role in Role]
    given = [
        f"{name} by {person.login}"
        for name, command in commands().items()
        for person in persons
        if may_give(session, command, person)
    ]

    assert not given
