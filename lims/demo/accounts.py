"""Who works in the demonstration, one person for each role, all with one password."""

from datetime import timedelta

from sqlalchemy.orm import Session

from lims import clock
from lims.demo.telling import Teller
from lims.models.step import StepKind
from lims.models.user import User
from lims.permissions import Role
from lims.workflows import people, procedures, training
from lims.workflows.step_kinds import TAUGHT

PASSWORD = "seven quiet herons"
"""Of every account. The sign-in page shows it, in a demonstration alone."""

PEOPLE: dict[str, tuple[str, tuple[Role, ...]]] = {
    "technician": ("Ольга Сидорова", (Role.TECHNICIAN,)),
    "lead": ("Андрей Коваленко", (Role.TECHNICIAN, Role.PRODUCTION_LEAD)),
    "analyst": ("Tatiana Lis", (Role.QC_ANALYST,)),
    "qa": ("Наталья Жук", (Role.QA_OFFICER,)),
    "keeper": ("Пётр Ўладыка", (Role.CRYOBANK_KEEPER,)),
    "physician": ("Dr. Irina Belova", (Role.PHYSICIAN,)),
    "auditor": ("Марк Левшин", (Role.AUDITOR,)),
}
"""By sign-in name; the administrator is there from the beginning."""
COLLEAGUES = {"colleague": ("Юлия Мороз", (Role.TECHNICIAN,))}
"""Who takes turns with one of them."""

OF_THE_CLINIC = frozenset(
    {
        StepKind.COLLECTION,
        StepKind.DISPATCH,
        StepKind.RECEIPT,
        StepKind.RETURN,
        StepKind.ADMINISTRATION,
    }
)
TRAINED = ("technician", "colleague", "lead", "analyst", "keeper", "physician")
A_YEAR = timedelta(days=365)


def settle(teller: Teller) -> None:
    first = teller.act(None, people.invite_first_administrator)
    _choose(teller, people.FIRST_ADMINISTRATOR, first.plain)
    for login, (name, roles) in (PEOPLE | COLLEAGUES).items():
        invited = teller.act(
            "administrator", people.invite_person, login=login, full_name=name, language="en",
            roles=roles,
        )  # fmt: skip
        _choose(teller, login, invited.plain)
    teller.act("qa", _write_procedures)
    teller.act("qa", _train)


def _choose(teller: Teller, login: str, code: str) -> None:
    teller.act(
        None, people.choose_password, login=login, code=code, password=PASSWORD, language="en"
    )


def _write_procedures(session: Session, *, by: User) -> None:
    """A procedure for every kind of step."""
    for number, kind in enumerate(TAUGHT, start=1):
        procedures.add_procedure(
            session, kind=kind, number=f"SOP-{number:02}", edition="1",
            title=f"{kind.value.capitalize()} of adipose tissue and cells",
            effective_from=clock.today() - A_YEAR, by=by,
        )  # fmt: skip


def _train(session: Session, *, by: User) -> None:
    """Everybody for what they do; the keeper's training is the first to run out."""
    for login in TRAINED:
        person = people.by_login(session, login)
        assert person is not None
        clinic = login == "physician"
        training.record_training(
            session, person, kinds=[kind for kind in TAUGHT if (kind in OF_THE_CLINIC) is clinic],
            trained_on=clock.today() - timedelta(days=30), by=by,
            expires_on=clock.today() + timedelta(days=570 if login == "keeper" else 700),
        )  # fmt: skip
