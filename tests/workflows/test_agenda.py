from lims.workflows import agenda
from lims.models.user import User
from sqlalchemy import select
import pytest

@pytest.mark.parametrize("login", ["technician","lead","analyst","qa","keeper","physician","administrator","auditor"])
def test_try(session, thaws, treatment, course, other_course, login):
    person = session.scalars(select(User).where(User.login == login)).one()
    treatment.released(other_course)
    found = agenda.of(session, person, most=100)
    print(login, found.total)
    for each in found.items:
        print("   ", each.overdue, each.timing, each.due, each.label, each.number, each.code, each.patient)
