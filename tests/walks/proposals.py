"""The acts of a course that somebody may try at any moment, by area."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from lims.models.aliquot import Aliquot, AliquotUse, QcTest, QcTestStatus
from lims.models.batch import Batch, BatchStatus
from lims.models.course import Course, Joint, Occasion, Side, TransplantationSession
from lims.models.culture import DiscardReason, Feeding, Harvest, Seeding
from lims.models.deviation import Deviation, DeviationStatus, Grade, HoldKind
from lims.models.fill import Dose, DoseStatus, Fill, FillKind, FillStatus
from lims.models.filling import Filling
from lims.models.isolation import Isolation
from lims.models.patient import Patient
from lims.models.processing import Counting, Processing
from lims.models.sample import Sample, SampleStatus
from lims.models.sampling import Sampling
from lims.models.step import Step, StepStatus
from lims.models.suspension import CountMethod, Purpose, Suspension, SuspensionOrigin
from lims.models.suspension import SuspensionStatus as Tube
from lims.models.vessel import Vessel, VesselStatus
from lims.workflows import (
    administering,
    batch_state,
    collecting,
    contraindication_checks,
    course_progress,
    deviation_decisions,
    deviations,
    discarding,
    feeding,
    filling,
    harvesting,
    holds,
    isolating,
    issuing,
    labelling,
    observing,
    processing,
    qc_deciding,
    qc_results,
    qc_tests,
    receiving,
    recounting,
    rejecting,
    releasing,
    sampling,
    seeding,
    splitting,
    steps,
)
from lims.workflows.filling import Portion
from lims.workflows.qc_results import Entry
from lims.workflows.sampling import Drawn
from lims.workflows.seeding import Sown
from lims.workflows.suspensions import Count
from tests.laboratory.cells import DIGESTION
from tests.walks.chances import Chance
from tests.walks.deciding import seen
from tests.walks.walker import at, each

Act = tuple[str, Callable[..., Any], dict[str, Any]]
V, S, F, D, Q = VesselStatus, SampleStatus, FillStatus, DoseStatus, QcTestStatus
ENDS = (course_progress.withdraw_course, course_progress.exclude_course)
PAUSES = (course_progress.postpone_course, course_progress.resume_course)


def count(chance: Chance) -> Count | None:
    live = chance.of((50_000_000, 400_000_000, 1_000, 0, None))
    return None if live is None else Count(live, live // 25, CountMethod.AUTOMATED)


def planned(chance: Chance, kind: str) -> str:
    """A container that was given out; of this step or of another."""
    codes = [known.code for known in chance.live["planned_container"] if known.status == kind]
    return str(chance.of(codes[-8:] or [chance.walk.patient]))


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


def isolation_starts(c: Chance) -> Act:
    return "technician", isolating.start_isolation, {
        "sample": c.one(Sample, S.ACCEPTED, S.ACCEPTED_AT_RISK), "vessels": c.of((2, 3, 0)),
        "aliquots": 1, **c.bench("technician"),
    }  # fmt: skip


def isolation(c: Chance) -> Act:
    return "technician", isolating.record_isolation, {
        "step": c.one(Isolation, StepStatus.OPEN), "suspension_code": planned(c, "SU"),
        "digestion": DIGESTION, "volume_ml": c.volume(), "count": count(c),
        "performed": c.performed(),
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
    }  # fmt: skip


def feed_starts(c: Chance) -> Act:
    vessels = each(Vessel, c.some(Vessel, V.CULTURING))
    return "technician", feeding.start_feeding, {"vessels": vessels, **c.bench("technician")}


def feeds(c: Chance) -> Act:
    return "technician", feeding.record_feeding, {
        "step": c.one(Feeding, StepStatus.OPEN),
        "vessels": each(Vessel, c.some(Vessel, V.CULTURING)),
        "medium_ml": c.volume(), "full_change": True, "performed": c.performed(),
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
        "performed": c.performed(),
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
        "part_ml": c.of((None, c.volume())), "performed": c.performed(),
    }  # fmt: skip


def count_starts(c: Chance) -> Act:
    tube = {"suspension": c.one(Suspension, Tube.MADE)}
    return "technician", recounting.start_count, tube | c.bench("technician")


def counts(c: Chance) -> Act:
    return "technician", recounting.record_count, {
        "step": c.one(Counting, StepStatus.OPEN), "suspension": c.one(Suspension, Tube.MADE),
        "count": Count(c.of((30_000_000, 0)), 1_000, CountMethod.FLOW), "performed": c.performed(),
    }  # fmt: skip


def closes(c: Chance) -> Act:
    return "technician", steps.close_step, {
        "step": c.one(Step, StepStatus.RECORDED), "checker": c.another("technician"),
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
        "record": c.one(c.of((Batch, Vessel, Suspension))), "kind": HoldKind.HOLD,
        "reason": "to be looked at",
    }  # fmt: skip


def sampling_starts(c: Chance) -> Act:
    batch = {"batch": c.one(Batch, BatchStatus.OPEN)}
    return "technician", sampling.start_sampling, batch | {"number": 1, **c.bench("technician")}


def source(c: Chance) -> Any:
    model = c.of((Suspension, Dose, Vessel, Sample))
    code, container, volume = c.code(model), planned(c, "QC"), c.volume()
    use = c.of(AliquotUse)
    return lambda session: Drawn(at(model, code)(session), container, volume, use)


def samples(c: Chance) -> Act:
    drawn = source(c)
    return "technician", sampling.record_sampling, {
        "step": c.one(Sampling, StepStatus.OPEN), "drawn": lambda session: [drawn(session)],
        "performed": c.performed(),
    }  # fmt: skip


def takes(c: Chance) -> Act:
    return "technician", sampling.take_aliquot, {
        "step": c.one(Step, StepStatus.OPEN, StepStatus.RECORDED), "drawn": source(c),
    }  # fmt: skip


LINES = ("viability_pct", "sterility", "in_process_sterility", "mycoplasma", "appearance")


def asks(c: Chance) -> Act:
    return "analyst", qc_tests.request_tests, {"aliquot": c.one(Aliquot), "lines": [c.of(LINES)]}


def asks_fill(c: Chance) -> Act:
    return "analyst", qc_tests.request_fill_tests, {"fill": c.one(Fill), "lines": [c.of(LINES)]}


def starts_test(c: Chance) -> Act:
    return "analyst", qc_tests.start_test, {
        "test": c.one(QcTest, Q.SAMPLED), "started_at": c.performed().at
    }  # fmt: skip


def enters(c: Chance) -> Act:
    entry = Entry(
        texts={"": c.of(("96", "12", "no growth", "growth", "negative", "conforms", "<0,05", ""))},
        read_at=c.performed().at, days_read=c.of((None, 14, 7)),
    )  # fmt: skip
    test = c.one(QcTest, Q.SAMPLED, Q.RUNNING, Q.REQUESTED)
    return "analyst", qc_results.enter_result, {"test": test, "entry": entry}


def judges(c: Chance) -> Act:
    login, command, status, also = c.of(
        (
            ("keeper", qc_deciding.verify_result, Q.ENTERED, ()),
            ("qa", qc_deciding.approve_result, Q.VERIFIED, ()),
            ("qa", qc_deciding.invalidate_result, Q.ENTERED, ("cause",)),
            ("qa", qc_deciding.supersede_result, Q.APPROVED, ("reason",)),
        )
    )
    test = c.code(QcTest, status)
    return login, command, {
        "test": at(QcTest, test), "seen": seen(c.walk, test), "proof": c.proof(login),
        **dict.fromkeys(also, "stain expired"),
    }  # fmt: skip


def filling_starts(c: Chance) -> Act:
    return "technician", filling.start_filling, {
        "suspension": c.one(Suspension, Tube.MADE), "kind": c.of(FillKind), "number": 2,
        "sitting": c.one(TransplantationSession), **c.bench("technician"),
    }  # fmt: skip


def fills(c: Chance) -> Act:
    kind, word = c.of(((FillKind.DOSES, "DS"), (FillKind.DOSES, "DS"), (FillKind.VIALS, "VL")))
    return "technician", filling.record_filling, {
        "step": c.one(Filling, StepStatus.OPEN), "kind": kind, "vehicle": "NaCl 0.9 %",
        "portions": [Portion(planned(c, word), c.volume())], "appearance_good": True,
        "containers_intact": not c.odd(), "performed": c.performed(),
    }  # fmt: skip


def decides(c: Chance) -> Act:
    command, status, also = c.of(
        (
            (releasing.review_production, F.QUARANTINED, False),
            (releasing.release_conditionally, F.PRODUCTION_REVIEWED, False),
            (releasing.release_fill, F.QUARANTINED, False),
            (releasing.release_fill, F.CONDITIONAL, False),
            (releasing.ask_change, F.PRODUCTION_REVIEWED, True),
            (rejecting.reject_fill, F.CONDITIONAL, True),
            (rejecting.recall_fill, F.RELEASED, True),
        )
    )
    login = c.who("qa", "qa", "lead")
    why = {"reason": c.of(("a lot is missing", ""))} if also else {}
    return login, command, {"fill": c.one(Fill, status), "proof": c.proof(login), **why}


def destroys(c: Chance) -> Act:
    return "qa", rejecting.destroy_fill, {
        "fill": c.one(Fill, F.REJECTED, F.RECALLED), "reason": "not used", "proof": c.proof("qa"),
        "second": c.another("qa"),
    }  # fmt: skip


def hands_over(c: Chance) -> Act:
    return "keeper", issuing.hand_over, {
        "dose": c.one(Dose, D.AVAILABLE), "sitting": c.one(TransplantationSession),
        "scanned_patient": c.patient(), "carrier": "Courier", "performed": c.performed(),
        "proof": c.proof("keeper"), "witness": c.another("keeper") or c.proof("keeper"),
    }  # fmt: skip


def receives(c: Chance) -> Act:
    return "physician", issuing.receive_dose, {
        "dose": c.one(Dose, D.ISSUED), "scanned_patient": c.patient(), "intact": not c.odd(),
        "performed": c.performed(), "temperature_c": Decimal(c.of((5, 20))),
    }  # fmt: skip


def returns(c: Chance) -> Act:
    return "physician", issuing.return_dose, {
        "dose": c.one(Dose, D.ISSUED, D.RECEIVED), "why": "fever", "performed": c.performed(),
    }  # fmt: skip


def injects(c: Chance) -> Act:
    return "physician", administering.record_administration, {
        "dose": c.one(Dose, D.RECEIVED, D.ISSUED, D.EXPIRED), "scanned_patient": c.patient(),
        "joint": c.of(Joint), "side": c.of(Side), "volume_ml": c.volume(),
        "injected_by": "Dr. Belova", "performed": c.performed(), "proof": c.proof("physician"),
        "second": c.another("physician"),
    }  # fmt: skip


def discards_dose(c: Chance) -> Act:
    return "qa", rejecting.discard_dose, {
        "dose": c.one(Dose), "reason": "not used", "proof": c.proof("qa"),
        "second": c.another("qa"),
    }  # fmt: skip


def prints(c: Chance) -> Act:
    patient = c.patient()
    return "technician", labelling.record_printed, {
        "step": c.one(Step, StepStatus.OPEN), "layout": "vessel", "content_sha256": "0" * 64,
        "patient_id": lambda session: at(Patient, patient)(session).id,
        "codes": [planned(c, c.of(("SU", "VE", "QC", "DS")))],
        "reason": c.of((None, "smudged")),
    }  # fmt: skip


def sticks(c: Chance) -> Act:
    command, also = c.of(
        (
            (labelling.apply_label, {}),
            (labelling.void_label, {"reason": "torn"}),
            (labelling.destroy_label, {}),
        )
    )
    return "technician", command, {"code": planned(c, c.of(("SU", "VE", "QC", "DS"))), **also}


def reports(c: Chance) -> Act:
    return "technician", deviations.report_deviation, {
        "title": "Door open", "description": "seen open",
        "subjects": each(Batch, c.some(Batch)),
    }  # fmt: skip


def decides_deviation(c: Chance) -> Act:
    dev, work = DeviationStatus, deviation_decisions
    login, command, status, also = c.of(
        (
            ("lead", work.classify_deviation, dev.REPORTED,
             {"grade": c.of(Grade), "owner": c.walk.someone("lead")}),
            ("lead", work.investigate_deviation, dev.CLASSIFIED, {}),
            ("lead", work.propose_decision, dev.INVESTIGATING, {}),
            ("qa", work.approve_decision, dev.PROPOSED, {"proof": c.proof("qa")}),
            ("lead", work.check_effect, dev.APPROVED, {}),
            ("qa", work.close_deviation, dev.CHECKING_EFFECT, {"proof": c.proof("qa")}),
        )
    )  # fmt: skip
    return login, command, {"deviation": c.one(Deviation, status), "text": "as found", **also}


CLINIC = (kit, check, collection, dispatch, reception, accept, reject_tissue, discard_tissue)
BENCH = (
    isolation_starts, isolation, seeds, seeding_starts, seeding_ends, aside, feed_starts, feeds,
    moves, looks, harvest_starts, harvests, processing_starts, processes, count_starts, counts,
)  # fmt: skip
ENDING = (closes, closes, voids, discards, discards_tube, terminates, abandons, holds_it)
QUALITY = (sampling_starts, samples, takes, asks, asks_fill, starts_test, enters, judges, judges)
DOSES = (filling_starts, fills, decides, decides, destroys, hands_over, receives, returns, injects,
         discards_dose)  # fmt: skip
PAPERS = (prints, sticks, reports, decides_deviation, decides_deviation, course_ends)
