"""What may be tried at a bench."""

from dataclasses import replace
from decimal import Decimal

from lims.models.batch import Batch, BatchStatus
from lims.models.culture import DiscardReason, Feeding, Harvest, Seeding
from lims.models.deviation import HoldKind
from lims.models.fill import Vial
from lims.models.isolation import Isolation
from lims.models.processing import Counting, Processing
from lims.models.sample import Sample
from lims.models.step import Step, StepStatus
from lims.models.suspension import CountMethod, Purpose, Suspension, SuspensionOrigin
from lims.models.suspension import SuspensionStatus as Tube
from lims.models.vessel import Vessel
from lims.workflows import (
    batch_state,
    discarding,
    feeding,
    harvesting,
    holds,
    isolating,
    observing,
    processing,
    recounting,
    seeding,
    splitting,
    steps,
)
from lims.workflows.label_balance import LeftOver
from lims.workflows.seeding import Sown
from lims.workflows.suspensions import Count
from tests.laboratory.cells import DIGESTION, NONE_SCANNED, opened_before
from tests.walks.chances import Chance
from tests.walks.proposing import Act, S, V, count, planned
from tests.walks.walker import each


def isolation_starts(c: Chance) -> Act:
    return "technician", isolating.start_isolation, {
        "sample": c.one(Sample, S.ACCEPTED, S.ACCEPTED_AT_RISK), "vessels": c.of((2, 3, 0)),
        "aliquots": 1, **c.bench("technician"),
    }  # fmt: skip


def isolation(c: Chance) -> Act:
    step = c.one(Isolation, StepStatus.OPEN)
    other = c.one(Sample) if c.odd() else None
    return "technician", isolating.record_isolation, {
        "step": lambda session: opened_before(step(session)), "suspension_code": planned(c, "SU"),
        "tissue": other or (lambda session: session.get_one(Sample, step(session).sample_id)),
        "digestion": replace(DIGESTION, tissue_used_g=Decimal(c.of(("0.1", "7.5")))),
        "volume_ml": c.volume(), "count": count(c), "performed": c.performed(),
    }  # fmt: skip


def sown(c: Chance) -> list[Sown]:
    return [Sown(planned(c, "VE"), c.volume(), "T-175", Decimal(175)) for _ in range(c.of((1, 2)))]


def seeds(c: Chance) -> Act:
    return "technician", seeding.seed_vessels, {
        "step": c.one(Step, StepStatus.RECORDED), "suspension": c.one(Suspension, Tube.MADE),
        "sown": sown(c), "shelf": c.place("shelf"),
    }  # fmt: skip


def seeding_starts(c: Chance) -> Act:
    return "technician", seeding.start_seeding, {
        "suspension": c.one(Suspension, Tube.MADE), "vessels": 2, **c.bench("technician"),
    }  # fmt: skip


def seeding_ends(c: Chance) -> Act:
    return "technician", seeding.record_seeding, {
        "step": c.one(Seeding, StepStatus.OPEN), "suspension": c.one(Suspension, Tube.MADE),
        "sown": sown(c), "performed": c.performed(), "shelf": c.place("shelf"),
    }  # fmt: skip


def aside(c: Chance) -> Act:
    return "technician", splitting.put_aside, {
        "step": c.one(Step, StepStatus.RECORDED), "suspension": c.one(Suspension, Tube.MADE),
        "purpose": c.of(Purpose), "volume_ml": c.of((None, c.volume())),
        "comment": "more than is needed", "second": c.of((None, c.proof("lead"))),
    }  # fmt: skip


def feed_starts(c: Chance) -> Act:
    vessels = each(Vessel, c.some(Vessel, V.CULTURING))
    return "technician", feeding.start_feeding, {"vessels": vessels, **c.bench("technician")}


def feeds(c: Chance) -> Act:
    return "technician", feeding.record_feeding, {
        "step": c.one(Feeding, StepStatus.OPEN),
        "vessels": each(Vessel, c.some(Vessel, V.CULTURING)),
        "medium_ml": c.volume(), "full_change": True, "performed": c.performed(),
        "comment": "no scanner at the bench",
    }  # fmt: skip


def moves(c: Chance) -> Act:
    return "technician", feeding.move_vessels, {
        "vessels": each(Vessel, c.some(Vessel, V.CULTURING, V.SEEDED)),
        "shelf": c.place("shelf", "third_shelf"), "performed": c.performed(),
    }  # fmt: skip


def looks(c: Chance) -> Act:
    return "technician", observing.observe_vessels, {
        "vessels": each(Vessel, c.some(Vessel, V.CULTURING)), "confluence_pct": Decimal(80),
        "contamination_seen": c.odd(), "performed": c.performed(),
    }  # fmt: skip


def harvest_starts(c: Chance) -> Act:
    return "technician", harvesting.start_harvest, {
        "vessels": each(Vessel, c.some(Vessel, V.CULTURING)), "next_vessels": 2, "aliquots": 1,
        **c.bench("technician"),
    }  # fmt: skip


def harvests(c: Chance) -> Act:
    return "technician", harvesting.record_harvest, {
        "step": c.one(Harvest, StepStatus.OPEN),
        "vessels": each(Vessel, c.some(Vessel, V.CULTURING)),
        "suspension_code": planned(c, "SU"), "volume_ml": c.volume(), "count": count(c),
        "confluence_pct": Decimal(c.of((80, 95))), "performed": c.performed(),
    }  # fmt: skip


def processing_starts(c: Chance) -> Act:
    sources = each(Suspension, c.some(Suspension, Tube.MADE))
    return "technician", processing.start_processing, {
        "sources": sources, **c.bench("technician")
    }  # fmt: skip


def processes(c: Chance) -> Act:
    return "technician", processing.record_processing, {
        "step": c.one(Processing, StepStatus.OPEN), "operation": c.of(SuspensionOrigin),
        "sources": each(Suspension, c.some(Suspension, Tube.MADE)),
        "suspension_code": planned(c, "SU"), "volume_ml": c.volume(), "count": count(c),
        "part_ml": c.of((None, c.volume())), "performed": c.performed(), "comment": "as told",
    }  # fmt: skip


def count_starts(c: Chance) -> Act:
    tube = {"suspension": c.one(Suspension, Tube.MADE)}
    return "technician", recounting.start_count, tube | c.bench("technician")


def counts(c: Chance) -> Act:
    return "technician", recounting.record_count, {
        "step": c.one(Counting, StepStatus.OPEN), "suspension": c.one(Suspension, Tube.MADE),
        "count": Count(c.of((30_000_000, 0)), 1_000, CountMethod.FLOW), "performed": c.performed(),
        "comment": "as told",
    }  # fmt: skip


def closes(c: Chance) -> Act:
    return "technician", steps.close_step, {
        "step": c.one(Step, StepStatus.RECORDED), "checker": c.another("technician"),
        "left_over": c.of((None, *LeftOver)), "comment": c.of((None, NONE_SCANNED)),
    }  # fmt: skip


def voids(c: Chance) -> Act:
    return "technician", steps.void_step, {
        "step": c.one(Step, StepStatus.OPEN), "reason": "not today",
        "checker": c.another("technician"),
    }  # fmt: skip


def discards(c: Chance) -> Act:
    return "technician", discarding.discard_vessels, {
        "vessels": each(Vessel, c.some(Vessel, V.CONTAMINATED, V.CULTURING)),
        "why": c.of(DiscardReason), "reason": "not needed", "proof": c.proof("technician"),
        "second": c.another("technician"),
    }  # fmt: skip


def discards_tube(c: Chance) -> Act:
    return "technician", discarding.discard_suspension, {
        "suspension": c.one(Suspension, Tube.MADE), "why": c.of(DiscardReason),
        "reason": "not needed", "proof": c.proof("technician"), "second": c.another("technician"),
    }  # fmt: skip


def terminates(c: Chance) -> Act:
    return "technician", discarding.terminate_vessel, {
        "vessel": c.one(Vessel, V.CULTURING), "told": "nothing grew", "performed": c.performed(),
    }  # fmt: skip


def abandons(c: Chance) -> Act:
    return "qa", batch_state.abandon_batch, {
        "batch": c.one(Batch, BatchStatus.OPEN), "reason": "given up", "proof": c.proof("qa"),
    }  # fmt: skip


def holds_it(c: Chance) -> Act:
    return "qa", holds.hold_material, {
        "record": c.one(c.of((Batch, Vessel, Suspension, Vial))), "kind": HoldKind.HOLD,
        "reason": "to be looked at",
    }  # fmt: skip


BENCH = (
    isolation_starts, isolation, seeds, seeding_starts, seeding_ends, aside, feed_starts, feeds,
    moves, looks, harvest_starts, harvests, processing_starts, processes, count_starts, counts,
)  # fmt: skip
ENDING = (closes, closes, voids, discards, discards_tube, terminates, abandons, holds_it)
