"""Quality decides: fills released or rejected, deviations settled."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from lims.demo.case import Case
from lims.demo.telling import at
from lims.models.deviation import Deviation, Grade
from lims.models.fill import Fill
from lims.models.user import User
from lims.workflows import deviation_decisions as d
from lims.workflows import deviations, releasing


@dataclass(frozen=True)
class Told:
    """What is written down of a deviation, move by move."""

    grading: str
    found: str
    proposal: str
    approval: str
    effect: str
    closing: str


NO_HARM = Told(
    "One finding of one batch; the cells are not endangered.",
    "Read through the step and its neighbours: nothing else departs from the procedure.",
    "No effect on the product; spoken about at the bench.",
    "Agreed: the material may go on.",
    "The steps that followed show no second finding.",
    "Done as decided.",
)
OPENED_OUTSIDE = Told(
    "A patient's batch is lost: major. Lots in use elsewhere are looked at today.",
    "A bottle of medium was opened outside the cabinet and used for one vessel only. The vessels"
    " of others fed from the same lot are clear.",
    "All vessels of this batch are discarded. Bottles are opened in the cabinet alone; both"
    " technicians are taught again.",
    "Agreed. The lot itself is not the cause and stays in use.",
    "Four weeks without a turbid vessel; both were taught and watched at the bench.",
    "The action is in place and works.",
)


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


def settle_deviations(case: Case) -> None:
    for code in decided(case, NO_HARM, Grade.MINOR):
        closed(case, code, NO_HARM)


def decided(case: Case, told: Told, grade: Grade) -> list[str]:
    """Each of the patient's investigated by the lead and approved by quality."""
    found = deviations_of(case)
    for code in found:
        _move(
            case, "lead", d.classify_deviation, code, told.grading, grade=grade, owner=owner(case)
        )
        _move(case, "lead", d.investigate_deviation, code, told.found)
        _move(case, "lead", d.propose_decision, code, told.proposal)
        _move(case, "qa", d.approve_decision, code, told.approval, proof=case.proof("qa"))
    return found


def closed(case: Case, code: str, told: Told) -> None:
    """Its effect looked at by the lead, closed by quality."""
    _move(case, "lead", d.check_effect, code, told.effect)
    _move(case, "qa", d.close_deviation, code, told.closing, proof=case.proof("qa"))


def _move(case: Case, login: str, command: Any, code: str, text: str, **also: Any) -> None:
    case.act(login, command, deviation=at(Deviation, code), text=text, **also)


def owner(case: Case) -> Any:
    return lambda session: session.get_one(User, case.person("lead")[0])
