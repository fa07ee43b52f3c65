"""What may be tried with vials out of the cold: into the bath, and what is got back of them."""

from datetime import timedelta
from decimal import Decimal

from lims import clock
from lims.models.fill import Vial, VialStatus
from lims.models.order import Order, OrderStatus
from lims.models.retrieval import Thaw
from lims.models.step import StepStatus
from lims.workflows import thaw_gate, thawing
from tests.walks.chances import Chance
from tests.walks.proposing import Act, count, planned


def begins(c: Chance) -> Act:
    return "technician", thawing.start_thaw, {
        "order": c.one(Order, OrderStatus.SCHEDULED), **c.bench("technician"),
    }  # fmt: skip


def warms(c: Chance) -> Act:
    at = clock.now() + timedelta(minutes=c.of((5, -600))) if c.odd() else None
    return "technician", thawing.warm_vial, {
        "step": c.one(Thaw, StepStatus.OPEN), "vial": c.one(Vial, VialStatus.RETRIEVED), "at": at,
    }  # fmt: skip


def records(c: Chance) -> Act:
    return "technician", thawing.record_thaw, {
        "step": c.one(Thaw, StepStatus.OPEN), "suspension_code": planned(c, "SU"),
        "volume_ml": c.volume(), "count": count(c), "performed": c.performed(),
        "seconds": {c.code(Vial): 90} if c.odd() else {}, "bath_temperature_c": Decimal(37),
        "comment": "as told",
    }  # fmt: skip


def aborts(c: Chance) -> Act:
    return "technician", thawing.abort_thaw, {
        "step": c.one(Thaw, StepStatus.OPEN), "reason": c.of(("it leaked", " ")),
        "performed": c.performed(),
    }  # fmt: skip


def allows(c: Chance) -> Act:
    return "qa", thaw_gate.allow_thaw, {
        "order": c.one(Order, OrderStatus.SCHEDULED), "reason": "seen dividing",
        "proof": c.proof("qa"),
    }  # fmt: skip


BATH = (begins, begins, warms, warms, warms, records, records, aborts, allows)
