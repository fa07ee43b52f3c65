"""The laboratory of five, its clinic, its administrator: who they are, trained for what they do."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from lims import clock
from lims.database import Database
from lims.demo.accounts import OF_THE_CLINIC, PEOPLE
from lims.models.user import User
from lims.permissions import Role
from lims.workflows import people, procedures, training
from lims.workflows.step_kinds import TAUGHT

STAFF: dict[str, tuple[str, tuple[Role, ...]]] = {
    **PEOPLE,
    "second_physician": ("Dr. Max Müller", (Role.PHYSICIAN,)),
    "returning": ("Яна Новик", (Role.TECHNICIAN,)),
}
"""Who comes back from a long leave (`returning`) was trained once, too long ago."""

OF_THE_LABORATORY = frozenset(TAUGHT) - OF_THE_CLINIC
PERFORMERS = {
    "technician": OF_THE_LABORATORY,
    "lead": OF_THE_LABORATORY,
    "analyst": OF_THE_LABORATORY,
    "qa": OF_THE_LABORATORY,
    "keeper": OF_THE_LABORATORY,
    "physician": OF_THE_CLINIC,
    "second_physician": OF_THE_CLINIC,
    "returning": OF_THE_LABORATORY,
}
A_YEAR = timedelta(days=365)


def settle_staff(database: Database, password: str) -> None:
    code = told(database, None, people.invite_first_administrator).plain
    choose(database, "administrator", code, password)
    for login, (name, roles) in STAFF.items():
        join(database, login, name, roles, password)
    told(database, "qa", write_procedures)
    told(database, "qa", train_everybody)
    told(database, "lead", train_the_trainer)


def join(database: Database, login: str, name: str, roles: tuple[Role, ...], password: str) -> None:
    values = {"login": login, "full_name": name, "language": "en", "roles": roles}
    invited = told(database, "administrator", people.invite_person, **values)
    choose(database, login, invited.plain, password)


def told(database: Database, who: str | None, command: Callable[..., Any], **values: Any) -> Any:
    """What `command` makes when that person gives it."""
    with database.reading() as session:
        person = people.by_login(session, who) if who else None
    key = f"settle {command.__name__} {values.get('login', '')}"
    return database.run(command, person.id if person else None, key=key, arguments=lambda _: values)


def choose(database: Database, login: str, code: str, password: str) -> None:
    told(
        database,
        None,
        people.choose_password,
        login=login,
        code=code,
        password=password,
        language="en",
    )


def write_procedures(session: Session, *, by: User) -> None:
    """A procedure for every kind of step, in force for a year."""
    for number, kind in enumerate(TAUGHT, start=1):
        procedures.add_procedure(
            session,
            kind=kind,
            number=f"SOP-{number:02}",
            edition="1",
            title=f"{kind.value.capitalize()} of adipose tissue and cells",
            effective_from=clock.today() - A_YEAR,
            by=by,
        )


def train(session: Session, login: str, *, as_: str = "", days: int = 180, by: User) -> None:
    """Train a person for what they perform (`as_` somebody else does), half a year ago, up to
    `days` from today."""
    person = people.by_login(session, login)
    assert person is not None
    training.record_training(
        session,
        person,
        kinds=[kind for kind in TAUGHT if kind in PERFORMERS[as_ or login]],
        trained_on=clock.today() - A_YEAR / 2,
        expires_on=clock.today() + timedelta(days=days),
        by=by,
    )


def train_everybody(session: Session, *, by: User) -> None:
    for login in PERFORMERS:
        if login != by.login:
            train(session, login, days=-1 if login == "returning" else 180, by=by)


def train_the_trainer(session: Session, *, by: User) -> None:
    train(session, "qa", days=180, by=by)
