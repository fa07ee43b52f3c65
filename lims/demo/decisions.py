"""Quality decides: fills released or rejected, deviations settled."""

from typing import Any

from sqlalchemy import select

from lims.demo.case import Case
from lims.demo.telling import at
from lims.models.deviation import Deviation, Grade
from lims.models.fill import Fill
from lims.models.user import User
from lims.workflows import deviation_decisions, deviations, releasing


def decide(case: Case, command: Any, fill: str, reason: str = "reviewed") -> None:
    case.act("qa", command, fill=at(Fill, fill), reason=reason, proof=case.proof("qa"))


def release(case: Case, fill: str) -> None:
    settle_deviations(case)
    decide(case, releasing.release_fill, fill)


def release_conditionally(case: Case, fill: str) -> None:
    settle_deviations(case)
    decide(case, releasing.release_conditionally, fill, "sterility still running")


def deviations_of(case: Case) -> list[str]:
    """Those of the patient's material that nobody decided yet."""
    with case.database.reading() as session:
        patient = case.mine()(session).id
        return [
            each.code
            for each in session.scalars(select(Deviation).order_by(Deviation.id)).unique()
            if each.status not in deviations.DECIDED
            and patient in {about.patient_id for about in each.subjects}
        ]


def settle_deviations(case: Case, told: str = "looked into; no harm to the cells") -> None:
    for code in deviations_of(case):
        settle_deviation(case, code, told)


def settle_deviation(case: Case, code: str, told: str) -> None:
    """Investigated by the lead, approved and closed by quality."""
    d = deviation_decisions

    def move(login: str, command: Any, **also: Any) -> None:
        case.act(login, command, deviation=at(Deviation, code), text=told, **also)

    move("lead", d.classify_deviation, grade=Grade.MINOR, owner=owner(case))
    move("lead", d.investigate_deviation)
    move("lead", d.propose_decision)
    move("qa", d.approve_decision, proof=case.proof("qa"))
    move("lead", d.check_effect)
    move("qa", d.close_deviation, proof=case.proof("qa"))


def owner(case: Case) -> Any:
    return lambda session: session.get_one(User, case.person("lead")[0])
