"""What may be tried with frozen cells: ordered, taken out, brought back, handed on."""

from datetime import timedelta

from sqlalchemy.orm import Session

from lims import clock
from lims.models.course import TransplantationSession
from lims.models.fill import Vial, VialStatus
from lims.models.order import Order, OrderKind, OrderStatus
from lims.models.patient import Patient
from lims.models.retrieval import Retrieval
from lims.models.step import StepStatus
from lims.workflows import (
    at_the_dewar,
    bringing_back,
    drafting,
    handing_on,
    order_decisions,
    ordering,
    retrieving,
    signing,
)
from lims.workflows.codes import load
from lims.workflows.drafting import Ask
from tests.laboratory import cryobank
from tests.laboratory.ordered import MEANWHILE, PAPER
from tests.walks.chances import Chance
from tests.walks.proposing import Act
from tests.walks.walker import at, each

W, O = VialStatus, OrderStatus  # noqa: E741
STALE = "0" * 64


def ask(c: Chance) -> Ask:
    return Ask(
        clock.today() + timedelta(days=c.of((7, 7, 0, 40, -1))), "second dose", c.of((1, 2, 3))
    )


def orders_thaw(c: Chance) -> Act:
    """Mostly for the patient's own session; for any there is when it is odd."""
    own = c.walk.read_sessions()
    sitting = c.code(TransplantationSession) if c.odd() or not own else own[0].code
    return "physician", drafting.draft_thaw, {
        "sitting": at(TransplantationSession, sitting), "ask": ask(c), "viable_cells": None,
        "expand": c.of((True, False)),
    }  # fmt: skip


def orders_other(c: Chance) -> Act:
    return "physician", drafting.draft_order, {
        "patient": at(Patient, c.patient()), "kind": c.of(OrderKind), "ask": ask(c),
        "destination": "Bank of Gomel", "paper": PAPER,
    }  # fmt: skip


def submits(c: Chance) -> Act:
    return "physician", ordering.submit_order, {
        "order": c.one(Order, O.DRAFTED), "proof": c.proof("physician"),
    }  # fmt: skip


def checks(c: Chance) -> Act:
    code, stale = c.code(Order, O.SUBMITTED), c.odd()
    other = each(Vial, c.some(Vial, W.STORED)) if c.odd() else None

    def seen(session: Session) -> str:
        return STALE if stale else signing.sha256_of(ordering.shown_of(load(session, code, Order)))

    return "keeper", order_decisions.check_order, {
        "order": at(Order, code), "seen": seen, "proof": c.proof("keeper"),
        "vials": other or (lambda s: order_decisions.proposed(s, load(s, code, Order))),
    }  # fmt: skip


def approves(c: Chance) -> Act:
    login = c.who("qa", "qa", "keeper")
    return login, order_decisions.approve_order, {
        "order": c.one(Order, O.CHECKED), "proof": c.proof(login),
    }  # fmt: skip


def schedules(c: Chance) -> Act:
    return "keeper", order_decisions.schedule_order, {
        "order": c.one(Order, O.APPROVED, O.SCHEDULED),
        "at": clock.now() + timedelta(minutes=c.of((1, 1, -1))),
    }  # fmt: skip


def goes_no_further(c: Chance) -> Act:
    login, command, statuses = c.of(
        (
            ("physician", ordering.cancel_order, (O.APPROVED, O.SCHEDULED)),
            ("keeper", order_decisions.refuse_check, (O.SUBMITTED,)),
            ("qa", order_decisions.refuse_order, (O.CHECKED,)),
        )
    )
    return login, command, {"order": c.one(Order, *statuses), "reason": c.of(("fever", ""))}


def closes_order(c: Chance) -> Act:
    return "keeper", order_decisions.close_order, {"order": c.one(Order, O.FULFILLED)}


def retrieval_starts(c: Chance) -> Act:
    return "keeper", retrieving.start_retrieval, {
        "order": c.one(Order, O.SCHEDULED), "proof": c.proof("keeper"),
        "witness": c.another("keeper") or c.proof("keeper"),
        "comment": None if c.odd() else MEANWHILE,
    }  # fmt: skip


def takes(c: Chance) -> Act:
    step, vial = c.one(Retrieval, StepStatus.OPEN), c.code(Vial, W.RESERVED)

    def badge(session: Session) -> str:
        return str(at_the_dewar.witness_of(session, step(session)).code)

    return "keeper", retrieving.take_vial, {
        "step": step, "vial": at(Vial, vial),
        "second_scan": c.code(Vial) if c.odd() else badge,
    }  # fmt: skip


def retrieval_ends(c: Chance) -> Act:
    return "keeper", retrieving.record_retrieval, {
        "step": c.one(Retrieval, StepStatus.OPEN), "performed": c.performed(),
    }  # fmt: skip


def returns_vial(c: Chance) -> Act:
    name, late = c.of(("box", "second_box")), c.of((0, 0, 120))
    return "keeper", bringing_back.return_vial, {
        "vial": c.one(Vial, W.RETRIEVED), "box": lambda s: cryobank.box(s, name),
        "at": clock.now() + timedelta(seconds=late),
    }  # fmt: skip


def hands_on(c: Chance) -> Act:
    code = c.code(Order, O.SCHEDULED)
    command, told = c.of(
        (
            (handing_on.record_destruction, {"how": "autoclave"}),
            (handing_on.record_transfer,
             {"receiver": "Dr. Koval", "courier": None, "temperature_c": None}),
        )
    )  # fmt: skip
    other = each(Vial, c.some(Vial, W.RETRIEVED, W.STORED)) if c.odd() else None
    return "keeper", command, {
        "order": at(Order, code), "performed": c.performed(), "proof": c.proof("keeper"),
        "vials": other
        or (lambda s: [e.vial for e in retrieving.out_for(s, load(s, code, Order))]),
        "witness": c.another("keeper") or c.proof("keeper"), **told,
    }  # fmt: skip


def empties(c: Chance) -> Act:
    return "analyst", handing_on.empty_for_test, {
        "order": c.one(Order, O.SCHEDULED), "vials": each(Vial, c.some(Vial, W.RETRIEVED)),
    }  # fmt: skip


ORDERS = (
    orders_thaw, orders_other, submits, submits, checks, checks, approves, approves, schedules,
    goes_no_further, closes_order,
)  # fmt: skip
OUT = (
    retrieval_starts, takes, takes, takes, retrieval_ends, returns_vial, hands_on, empties,
)  # fmt: skip
