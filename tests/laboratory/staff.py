"""Two technicians (one of them lead), an analyst, a QA officer, a keeper; physician, administrator."""

from lims.database import Database
from lims.permissions import Role
from lims.workflows import people

STAFF: dict[str, tuple[str, tuple[Role, ...]]] = {
    "technician": ("Ольга Сидорова", (Role.TECHNICIAN,)),
    "lead": ("Андрей Коваленко", (Role.TECHNICIAN, Role.PRODUCTION_LEAD)),
    "analyst": ("Tatiana Lis", (Role.QC_ANALYST,)),
    "qa": ("Наталья Жук", (Role.QA_OFFICER,)),
    "keeper": ("Пётр Ўладыка", (Role.CRYOBANK_KEEPER,)),
    "physician": ("Dr. Irina Belova", (Role.PHYSICIAN,)),
    "second_physician": ("Dr. Max Müller", (Role.PHYSICIAN,)),
    "auditor": ("Ada Auditor", (Role.AUDITOR,)),
}


def settle_staff(database: Database, password: str) -> None:
    code = database.run(
        people.invite_first_administrator, None, key="first", arguments=lambda session: {}
    ).plain
    database.run(
        people.choose_password,
        None,
        key="password",
        arguments=lambda session: {"login": "administrator", "code": code, "password": password},
    )
    with database.reading() as session:
        administrator = people.by_login(session, "administrator")
    for login, (name, roles) in STAFF.items():
        invited = database.run(
            people.invite_person,
            administrator.id,
            key=f"invite {login}",
            arguments=lambda session, login=login, name=name, roles=roles: {
                "login": login,
                "full_name": name,
                "language": "en",
                "roles": roles,
            },
        )
        database.run(
            people.choose_password,
            None,
            key=f"password {login}",
            arguments=lambda session, login=login, code=invited.plain: {
                "login": login,
                "code": code,
                "password": password,
            },
        )
