"""What may be tried with orders of frozen cells: on their way, out of the cold, gone for good."""

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
    bringing_back,
    handing_on,
    order_decisions,
    ordering,
    retrieving,
    signing,
)
from lims.workflows.codes import load
from lims.workflows.ordering import Ask
from tests.laboratory import cryobank
from tests.laboratory.ordered import PAPER
from tests.walks.chances import Chance, NothingThere
from tests.walks.proposing import Act
from tests.walks.walker import at, each

S, V = OrderStatus, VialStatus
AWAY = (OrderKind.TRANSFER, OrderKind.DESTROY, OrderKind.TEST)


def ask(c: Chance) -> Ask:
    ahead = c.of((7, 7, 0, -1))
    return Ask(clock.today() + timedelta(days=ahead), "second dose", c.of((1, 2, 9)))


def drafts(c: Chance) -> Act:
    sittings = [known.code for known in c.live["transplantation_session"]]
    return "physician", ordering.draft_thaw, {
        "sitting": at(TransplantationSession, str(c.of(sittings))), "ask": ask(c),
        "viable_cells": None, "expand": c.of((True, False)),
    }  # fmt: skip


def drafts_another(c: Chance) -> Act:
    return "physician", ordering.draft_order, {
        "patient": at(Patient, c.patient()), "kind": c.of(AWAY), "ask": ask(c),
        "destination": "Gomel", "paper": PAPER,
    }  # fmt: skip


def submits(c: Chance) -> Act:
    order = c.one(Order, S.DRAFTED)
    return "physician", ordering.submit_order, {"order": order, "proof": c.proof("physician")}


def checks(c: Chance) -> Act:
    """Mostly with the vials proposed; with any when it is odd."""
    code, odd = c.code(Order, S.SUBMITTED), c.odd()
    any_vials = each(Vial, c.some(Vial, V.STORED)) if odd else None

    def vials(session: Session) -> object:
        if any_vials is not None:
            return any_vials(session)
        return order_decisions.proposed(session, load(session, code, Order))

    return "keeper", order_decisions.check_order, {
        "order": at(Order, code), "vials": vials, "proof": c.proof("keeper"),
        "seen": lambda s: signing.sha256_of(ordering.shown_of(load(s, code, Order))),
    }  # fmt: skip


def approves(c: Chance) -> Act:
    order = c.one(Order, S.CHECKED)
    return "qa", order_decisions.approve_order, {"order": order, "proof": c.proof("qa")}


def plans(c: Chance) -> Act:
    minutes = c.of((5, 5, -5))
    return "keeper", order_decisions.schedule_order, {
        "order": c.one(Order, S.APPROVED, S.SCHEDULED),
        "at": clock.now() + timedelta(minutes=minutes),
    }  # fmt: skip


def refuses(c: Chance) -> Act:
    order = c.one(Order, S.SUBMITTED)
    return "keeper", order_decisions.refuse_check, {"order": order, "reason": "not found"}


def cancels(c: Chance) -> Act:
    order = c.one(Order, S.APPROVED, S.SCHEDULED)
    return "physician", ordering.cancel_order, {"order": order, "reason": "fever"}


def begins(c: Chance) -> Act:
    return "keeper", retrieving.start_retrieval, {
        "order": c.one(Order, S.SCHEDULED), "proof": c.proof("keeper"),
        "witness": c.another("keeper") or c.proof("technician"),
    }  # fmt: skip


def takes(c: Chance) -> Act:
    vial = c.code(Vial, V.RESERVED)
    second = c.code(Vial) if c.odd() else vial
    return "keeper", retrieving.take_vial, {
        "step": c.one(Retrieval, StepStatus.OPEN), "vial": at(Vial, vial), "second_scan": second,
    }  # fmt: skip


def ends(c: Chance) -> Act:
    return "keeper", retrieving.record_retrieval, {
        "step": c.one(Retrieval, StepStatus.OPEN), "performed": c.performed(),
    }  # fmt: skip


def brings_back(c: Chance) -> Act:
    vial, box = c.one(Vial, V.RETRIEVED), c.of(("box", "second_box"))
    return "keeper", bringing_back.return_vial, {
        "vial": vial, "box": lambda session: cryobank.box(session, box),
    }  # fmt: skip


def leaves(c: Chance) -> Act:
    order, out = c.one(Order, S.SCHEDULED), each(Vial, c.some(Vial, V.RETRIEVED))
    values = {
        "order": order, "vials": out, "performed": c.performed(), "proof": c.proof("keeper"),
        "witness": c.another("keeper") or c.proof("technician"),
    }  # fmt: skip
    if c.of((True, False)):
        return "keeper", handing_on.record_destruction, {**values, "how": "autoclave"}
    told = {"receiver": "Dr. Koval", "courier": None, "temperature_c": None}
    return "keeper", handing_on.record_transfer, {**values, **told}


def closes(c: Chance) -> Act:
    return "keeper", order_decisions.close_order, {"order": c.one(Order, S.FULFILLED)}


def kept_ones(c: Chance) -> Act:
    """What is kept for a planned order, one by one into the tray."""
    if not c.live.get("retrieval"):
        raise NothingThere
    return takes(c)


BANK = (
    drafts, drafts, drafts_another, submits, submits, checks, checks, approves, approves, plans,
    plans, begins, begins, takes, kept_ones, kept_ones, ends, brings_back, leaves, refuses,
    cancels, closes,
)  # fmt: skip
