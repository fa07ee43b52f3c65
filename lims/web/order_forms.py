"""What people enter about an order of frozen cells, and what each decision on one asks for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms import HiddenField

from lims import clock
from lims.errors import N_
from lims.models.course import TransplantationSession
from lims.models.fill import Vial
from lims.models.order import Order, OrderKind, OrderStatus
from lims.models.patient import Patient
from lims.permissions import Permission
from lims.web.choices import ChoiceField, TickField
from lims.web.fields import LongTextField, TextField, WholeField
from lims.web.forms import Form, Signing
from lims.web.people import OwnPassword
from lims.web.scans import ScansField
from lims.web.times import DateField, MomentField
from lims.web.uploads import PaperField
from lims.workflows import codes, order_decisions, ordering
from lims.workflows.drafting import Ask, Paper

MOST_VIALS = 500
WITHOUT_SESSION = (OrderKind.TRANSFER, OrderKind.DESTROY, OrderKind.TEST)


class AskForm(Form):
    needed_on = DateField(_l("Needed on"), default=clock.today)
    reason = LongTextField(_l("Reason"), longest=400)

    def draft(self, session: Session, code: str) -> dict[str, Any]:
        """The draft to change, as its page showed it."""
        order = codes.load(session, code.upper(), Order)
        return {"order": order, "version": self.version.data}


class ThawForm(AskForm):
    viable_cells = WholeField(
        _l("Viable cells wanted"), unit="cells", required=False,
        hint=_l("After the thaw; the number of vials follows from the expected recovery."),
    )  # fmt: skip
    vials = WholeField(
        _l("Or vials wanted"), required=False, least=1, most=MOST_VIALS,
        hint=_l("Empty the cells above then. To be expanded, one or two usually do."),
    )  # fmt: skip
    expand = TickField(_l("The thawed cells are expanded before they are filled"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "sitting": codes.load(session, code.upper(), TransplantationSession),
            **self.asked(),
        }

    def asked(self) -> dict[str, Any]:
        return {
            "ask": Ask(self.needed_on.data, self.reason.data or "", self.vials.data),
            "viable_cells": self.viable_cells.data,
            "expand": bool(self.expand.data),
        }


class OrderForm(AskForm):
    kind = ChoiceField(_l("What for"), OrderKind, only=WITHOUT_SESSION)
    vials = WholeField(_l("Vials wanted"), least=1, most=MOST_VIALS)
    destination = TextField(
        _l("Where they go"), required=False, hint=_l("For a transfer: the bank that receives them.")
    )
    document = TextField(
        _l("The paper it rests on"), required=False, longest=200,
        hint=_l("For a transfer or a destruction: its name, number and date."),
    )  # fmt: skip
    paper = PaperField(
        _l("The paper itself"),
        required=False,
        hint=_l("A transfer and a destruction need it: a PDF, or a photograph of it."),
    )

    def of(self, session: Session, code: str, sha256: str | None) -> dict[str, Any]:
        return {"patient": codes.load(session, code.upper(), Patient), **self.asked(sha256)}

    def asked(self, sha256: str | None) -> dict[str, Any]:
        return {
            "kind": self.kind.data,
            "ask": Ask(self.needed_on.data, self.reason.data or "", self.vials.data),
            "destination": self.destination.data,
            "paper": Paper(self.document.data, sha256),
        }


class ActForm(Form):
    """An act on an order; of some there is nothing to fill in."""

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {"order": codes.load(session, code.upper(), Order)}


class SignForm(ActForm, Signing):
    own = OwnPassword(_l("Your signature"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {**super().of(session, code), "proof": self.own.proof}


class CheckForm(ActForm):
    """Signed are the vials too, which the page only proposes: so it says itself what it showed."""

    gated = True
    seen = HiddenField()
    vials = ScansField(
        _l("Vials kept for it"), "VL", hint=_l("Those proposed stand here; scan others instead.")
    )
    own = OwnPassword(_l("Your signature"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        chosen = sorted(self.vials.data)  # locked in one order, whoever asks
        vials = [codes.load(session, each, Vial) for each in chosen]
        signed = {"seen": self.seen.data or "", "proof": self.own.proof}
        return {**super().of(session, code), **signed, "vials": vials}


class ReasonForm(ActForm):
    reason = LongTextField(_l("Reason"), longest=400)

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {**super().of(session, code), "reason": self.reason.data or ""}


class ScheduleForm(ActForm):
    at = MomentField(_l("The vials are taken out at"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {**super().of(session, code), "at": self.at.data}


@dataclass(frozen=True)
class OrderAct:
    """One act on an order: when it may be done, by whom, and how its button reads."""

    command: Callable[..., Any]
    permission: Permission
    form: type[ActForm]
    at: tuple[OrderStatus, ...]
    label: str
    note: str = ""
    means: str = ""
    """What the signature says; empty where none is asked."""
    danger: bool = False


S = OrderStatus
ACTS: dict[str, OrderAct] = {
    "submit": OrderAct(
        ordering.submit_order, Permission.ORDER_VIALS, SignForm, (S.DRAFTED,),
        N_("Sign and submit"), N_("the bank looks at it then"),
        N_("I order this for the patient named."),
    ),
    "check": OrderAct(
        order_decisions.check_order, Permission.CHECK_ORDER, CheckForm, (S.SUBMITTED,),
        N_("Check and keep the vials"), N_("the vials to take are proposed"),
        N_("These vials are there, and are kept for this order."),
    ),
    "approve": OrderAct(
        order_decisions.approve_order, Permission.APPROVE_ORDER, SignForm, (S.CHECKED,),
        N_("Approve"), N_("asks your password"),
        N_("The vials named may be taken out for what is ordered."),
    ),
    "schedule": OrderAct(
        order_decisions.schedule_order, Permission.CHECK_ORDER, ScheduleForm,
        (S.APPROVED, S.SCHEDULED), N_("Plan the time"), N_("when the vials are taken out"),
    ),
    "close": OrderAct(
        order_decisions.close_order, Permission.CHECK_ORDER, ActForm, (S.FULFILLED,),
        N_("Close the order"), N_("nothing is left to be done for it"),
    ),
    "refuse-check": OrderAct(
        order_decisions.refuse_check, Permission.CHECK_ORDER, ReasonForm, (S.SUBMITTED,),
        N_("Refuse"), N_("it cannot be done"), danger=True,
    ),
    "refuse": OrderAct(
        order_decisions.refuse_order, Permission.APPROVE_ORDER, ReasonForm, (S.CHECKED,),
        N_("Refuse"), N_("it is not approved"), danger=True,
    ),
    "cancel": OrderAct(
        ordering.cancel_order, Permission.ORDER_VIALS, ReasonForm,
        (S.DRAFTED, S.SUBMITTED, S.CHECKED, S.APPROVED, S.SCHEDULED),
        N_("Cancel the order"), N_("the vials kept for it are free"), danger=True,
    ),
}  # fmt: skip
DECIDERS = (Permission.ORDER_VIALS, Permission.CHECK_ORDER, Permission.APPROVE_ORDER)
