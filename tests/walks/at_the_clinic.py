"""What may be tried at the clinic and at the reception."""

from decimal import Decimal

from lims.models.contraindication import Occasion
from lims.models.course import Course, TransplantationSession
from lims.models.sample import Sample
from lims.workflows import (
    collecting,
    contraindication_checks,
    course_progress,
    receiving,
)
from tests.walks.chances import Chance
from tests.walks.proposing import ENDS, PAUSES, Act, S


def collection(c: Chance) -> Act:
    sample = {"sample": c.one(Sample, S.ORDERED)}
    return "physician", collecting.record_collection, sample | {
        "scanned_patient": c.patient(), "body_site": "abdomen", "surgeon": "Dr. Belova",
        "performed": c.performed(),
    }  # fmt: skip


def kit(c: Chance) -> Act:
    return "physician", collecting.order_kit, {"course": c.one(Course)}


def check(c: Chance) -> Act:
    return "physician", contraindication_checks.record_check, {
        "course": c.one(Course), "occasion": c.of(Occasion), "found": [],
        "absent": {3: "legs measured"},
        "transplantation_session": c.one(TransplantationSession),
    }  # fmt: skip


def dispatch(c: Chance) -> Act:
    return "physician", collecting.dispatch_sample, {
        "sample": c.one(Sample, S.COLLECTED), "courier": "Courier", "performed": c.performed(),
    }  # fmt: skip


def reception(c: Chance) -> Act:
    return "technician", receiving.receive_sample, {
        "sample": c.one(Sample, S.IN_TRANSIT), "scanned_patient": c.patient(),
        "mass_g": Decimal(c.of(("7.5", "4.9", "0.1"))), "container_intact": True,
        "temperature_min_c": Decimal(3), "performed": c.performed(),
    }  # fmt: skip


def accept(c: Chance) -> Act:
    return "lead", receiving.accept_sample, {"sample": c.one(Sample, S.RECEIVED, S.QUARANTINED)}


def reject_tissue(c: Chance) -> Act:
    return "qa", receiving.reject_sample, {
        "sample": c.one(Sample, S.RECEIVED), "reason": "too warm", "proof": c.proof("qa"),
    }  # fmt: skip


def discard_tissue(c: Chance) -> Act:
    return "qa", receiving.discard_sample, {
        "sample": c.one(Sample), "reason": "not used", "proof": c.proof("qa"),
        "second": c.another("qa"),
    }  # fmt: skip


def course_ends(c: Chance) -> Act:
    command = c.of((*PAUSES, *PAUSES, *PAUSES, *ENDS, course_progress.complete_course))
    return "physician", command, {"course": c.one(Course), "reason": "decided"}


CLINIC = (
    course_ends,
    kit,
    check,
    collection,
    dispatch,
    reception,
    accept,
    reject_tissue,
    discard_tissue,
)
