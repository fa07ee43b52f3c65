"""People come, forget their passwords, leave and come back; what the system does by itself."""

from datetime import timedelta
from typing import Any

from lims import clock
from lims.models.step import StepKind
from lims.models.user import Language, User
from lims.permissions import Role
from lims.workflows import (
    patient_views,
    people,
    procedures,
    proving,
    roles,
    signing_in,
    training,
)
from tests.laboratory import PASSWORD
from tests.walks.walker import Walk, row

TOKEN = "a token of one browser"


def people_come_and_go(walk: Walk) -> None:
    code = walk.act(
        "administrator", people.invite_person, login="newcomer", full_name="Nadia Newcomer",
        language="en", roles=[Role.TECHNICIAN],
    )  # fmt: skip
    newcomer = row(User, code.user_id)
    account(walk, people.disable_person, newcomer, reason="never came")
    code = account(walk, people.enable_person, newcomer, reason="came after all")
    choose(walk, code.plain)
    account(walk, roles.grant_role, newcomer, role=Role.PRODUCTION_LEAD)
    account(walk, roles.end_role, newcomer, role=Role.PRODUCTION_LEAD, reason="a mistake")
    choose(walk, account(walk, people.issue_code, newcomer).plain)
    account(walk, people.disable_person, newcomer, reason="left")
    somebody_is_trained(walk)


def account(walk: Walk, command: Any, person: Any, **also: Any) -> Any:
    return walk.act("administrator", command, person=person, **also)


def choose(walk: Walk, code: str) -> None:
    walk.alone(people.choose_password, login="newcomer", code=code, password=PASSWORD)


def somebody_is_trained(walk: Walk) -> None:
    walk.act(
        "lead", procedures.add_procedure, kind=StepKind.FEEDING, number="SOP-FEED", edition="2",
        title="Feeding", effective_from=clock.today(),
    )  # fmt: skip
    walk.act(
        "lead", training.record_training, person=walk.someone("returning"),
        kinds=[StepKind.FEEDING], trained_on=clock.today(),
        expires_on=clock.today() + timedelta(days=90),
    )  # fmt: skip


def somebody_signs_in_and_out(walk: Walk) -> None:
    proof = proving.prove(walk.database, "technician", PASSWORD, "127.0.0.1")  # type: ignore[arg-type]
    walk.database.run(
        signing_in.open_session, None, key="sign in",
        arguments=lambda _: {"proof": proof, "token": TOKEN, "address": "127.0.0.1"},
    )  # fmt: skip
    walk.alone(signing_in.note_seen, token=TOKEN)
    patient = walk.read_patient()
    walk.alone(patient_views.note_view, patient_id=patient, user_id=walk.who("technician")[0])
    walk.act("technician", signing_in.choose_language, language=Language.RUSSIAN)
    walk.act("technician", signing_in.close_session, token=TOKEN)
    walk.act(
        "technician", signing_in.change_password, proof=walk.proof("technician"),
        password="another horse in another stable",
    )  # fmt: skip
