"""The laboratory of five, its clinic and its administrator, settled by the workflows themselves."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.database import Database, Recording
from lims.models.user import User
from tests.laboratory.clinic import settle_clinic
from tests.laboratory.cryobank import settle_cryobank
from tests.laboratory.specification import settle_specification
from tests.laboratory.staff import STAFF, settle_staff
from tests.laboratory.supplies import settle_supplies

__all__ = ["PASSWORD", "STAFF", "person", "settle", "working"]

PASSWORD = "correct horse battery staple"


def settle(database: Database) -> None:
    """Make the people, and what they need to work: the same in every furnished database."""
    settle_staff(database, PASSWORD)
    settle_specification(database)
    settle_supplies(database)
    settle_cryobank(database)
    settle_clinic(database)


def person(session: Session, login: str) -> User:
    return session.scalars(select(User).where(User.login == login)).one()


@contextmanager
def working(database: Database, command: str = "test") -> Iterator[Session]:
    """One transaction that is committed, and told by the trail as `command`."""
    with Recording(database.engine, expire_on_commit=False) as session:
        session.info.update(command=command, key=command, schema_revision="test")
        yield session
        session.commit()
