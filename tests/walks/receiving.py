"""Tissue that ends in every way; markers that come late."""

from decimal import Decimal

from lims.models.contraindication import Occasion
from lims.models.patient import MarkerValue
from lims.workflows import collecting, receiving
from tests.walks.walker import Walk


def discard(walk: Walk, sample: str) -> None:
    walk.act(
        "technician", receiving.discard_sample, sample=walk.of(sample), reason="not usable",
        proof=walk.proof("technician"), second=walk.proof("qa"),
    )  # fmt: skip


def reject(walk: Walk, sample: str) -> None:
    walk.act(
        "lead", receiving.reject_sample, sample=walk.of(sample), reason="too warm",
        proof=walk.proof("lead"),
    )  # fmt: skip


def accept(walk: Walk, sample: str) -> None:
    walk.act("lead", receiving.accept_sample, sample=walk.of(sample))


def taken(walk: Walk) -> str:
    sample = walk.kit()
    walk.check(Occasion.COLLECTION)
    walk.act(
        "physician", collecting.record_collection, sample=walk.of(sample),
        scanned_patient=walk.patient, body_site="abdomen", surgeon="Dr. Belova",
        performed=walk.done(),
    )  # fmt: skip
    return sample


def arrived(walk: Walk, mass_g: str = "7.5") -> str:
    sample = walk.collect()
    weigh(walk, sample, mass_g)
    return sample


def weigh(walk: Walk, sample: str, mass_g: str) -> None:
    walk.act(
        "technician", receiving.receive_sample, sample=walk.of(sample),
        scanned_patient=walk.patient, mass_g=Decimal(mass_g), container_intact=True,
        temperature_min_c=Decimal(4), temperature_max_c=Decimal(6), performed=walk.done(),
    )  # fmt: skip


def tissue_ends_in_every_way(walk: Walk) -> None:
    walk.begin()
    for sample in (walk.kit(), taken(walk), walk.collect(), arrived(walk)):
        discard(walk, sample)
    rejected = arrived(walk)
    reject(walk, rejected)
    discard(walk, rejected)
    for mass_g in ("7.5", "4.9"):  # in order, and at risk
        sample = arrived(walk, mass_g)
        accept(walk, sample)
        discard(walk, sample)
    for mass_g in ("7.5", "4.9"):
        sample = arrived(walk, mass_g)
        accept(walk, sample)
        reject(walk, sample)
    at_risk = arrived(walk, "10.5")
    accept(walk, at_risk)
    walk.isolate(at_risk)
    walk.kit()  # it may not grow


def tissue_comes_before_its_papers(walk: Walk) -> None:
    """Received before the clinic entered the courier, or even the collection."""
    walk.begin()
    for sample in (taken(walk), walk.kit()):
        weigh(walk, sample, "7.5")


def markers_come_late(walk: Walk) -> None:
    """Tissue waits in quarantine for the markers of its donor."""
    walk.agree()
    walk.know(MarkerValue.PENDING)
    walk.order()
    walk.declare()
    waiting = [arrived(walk) for _ in range(3)] + [arrived(walk, "4.9")]
    for sample in waiting:
        accept(walk, sample)
    discard(walk, waiting[0])
    reject(walk, waiting[1])
    walk.know(MarkerValue.NONREACTIVE)
    accept(walk, waiting[2])
    accept(walk, waiting[3])
