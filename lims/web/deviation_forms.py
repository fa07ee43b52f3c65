"""The moves of a deviation: what each asks for, who may make it, and which are open now."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy.orm import Session

from lims.errors import N_
from lims.models.deviation import Deviation, DeviationStatus, Grade
from lims.models.user import User
from lims.permissions import Permission
from lims.web.choices import ChoiceField, PickField
from lims.web.current import reading_session
from lims.web.fields import LongTextField
from lims.web.forms import Form, Signing
from lims.web.people import OwnPassword
from lims.web.scans import CodeField
from lims.workflows import codes, deviation_decisions, deviation_links

S = DeviationStatus


class MoveForm(Form):
    text = LongTextField(_l("What was found or decided"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        deviation = codes.load(session, code.upper(), Deviation)
        return {"deviation": deviation, "text": self.text.data}


class ClassifyForm(MoveForm):
    grade = ChoiceField(
        _l("Grade"), Grade, hint=_l("A critical one holds released doses until it is decided.")
    )
    owner = PickField(_l("Owner"), hint=_l("Investigates it. Another person closes it in the end."))

    def __init__(self, *positional: Any, **values: Any) -> None:
        super().__init__(*positional, **values)
        owners = deviation_decisions.may_own(reading_session())
        self.owner.choices = [(person.code, person.full_name) for person in owners]

    def of(self, session: Session, code: str) -> dict[str, Any]:
        owner = codes.load(session, self.owner.data, User)
        return {**super().of(session, code), "grade": self.grade.data, "owner": owner}


class DuplicateForm(MoveForm):
    original = CodeField(_l("The first report of the same"), "DV")

    def of(self, session: Session, code: str) -> dict[str, Any]:
        original = codes.load(session, self.original.data or "", Deviation)
        return {**super().of(session, code), "of": original}


class SignedForm(Signing, MoveForm):
    password = OwnPassword(_l("Your signature"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {**super().of(session, code), "proof": self.password.proof}


@dataclass(frozen=True)
class Act:
    """One move: its command, who may make it and from where, its form and how it reads."""

    command: Callable[..., Deviation]
    permission: Permission
    out_of: tuple[DeviationStatus, ...]
    form: type[MoveForm]
    label: str
    note: str
    means: str = ""
    """What the signature says, where there is one."""


INVESTIGATE, DECIDE = Permission.INVESTIGATE_DEVIATION, Permission.DECIDE_DEVIATION
ACTS = {
    "classify": Act(
        deviation_decisions.classify_deviation,
        INVESTIGATE,
        (S.REPORTED,),
        ClassifyForm,
        N_("Classify"),
        N_("grade and owner"),
    ),
    "duplicate": Act(
        deviation_links.mark_duplicate,
        INVESTIGATE,
        (S.REPORTED,),
        DuplicateForm,
        N_("Mark as a duplicate"),
        N_("the first report goes on with all it is about"),
    ),
    "propose": Act(
        deviation_decisions.propose_decision,
        INVESTIGATE,
        (S.INVESTIGATING,),
        MoveForm,
        N_("Propose a decision"),
        N_("cause, effect on the product, what is done"),
    ),
    "approve": Act(
        deviation_decisions.approve_decision,
        DECIDE,
        (S.PROPOSED,),
        SignedForm,
        N_("Approve the decision"),
        N_("from then on it blocks nothing"),
        N_("The proposed decision is approved; what is named here may go on."),
    ),
    "investigate": Act(
        deviation_decisions.investigate_deviation,
        INVESTIGATE,
        (S.CLASSIFIED, S.PROPOSED),
        MoveForm,
        N_("Investigate"),
        N_("what is looked into"),
    ),
    "check-effect": Act(
        deviation_decisions.check_effect,
        INVESTIGATE,
        (S.APPROVED,),
        MoveForm,
        N_("Check the effect"),
        N_("what was done, and how it is seen that it helped"),
    ),
    "close": Act(
        deviation_decisions.close_deviation,
        DECIDE,
        (S.CHECKING_EFFECT,),
        SignedForm,
        N_("Close"),
        N_("never by its owner"),
        N_("What was decided is done and has had its effect; the deviation is closed."),
    ),
    "reopen": Act(
        deviation_links.reopen_deviation,
        DECIDE,
        (S.CLOSED,),
        MoveForm,
        N_("Reopen"),
        N_("as a new version; this one stays as it is"),
    ),
}


def buttons(deviation: Deviation, reopened: bool) -> list[tuple[str, str, str]]:
    """The moves that would not be refused to the person signed in."""
    owns = deviation.owner_id == current_user.id
    refused = {"close"} if owns else set()
    refused |= {"reopen"} if reopened else set()
    again = {"investigate": (N_("Investigate once more"), N_("the proposed decision falls"))}
    anew = again if deviation.status is S.PROPOSED else {}

    def said(name: str, act: Act) -> tuple[str, str]:
        return anew.get(name, (act.label, act.note))

    return [
        (
            _(said(name, act)[0]),
            url_for("deviation_acts.decide", code=deviation.code, act=name),
            _(said(name, act)[1]),
        )
        for name, act in ACTS.items()
        if deviation.status in act.out_of
        and current_user.may(act.permission)
        and name not in refused
    ]
