"""What may be tried with fills, doses, labels and deviations."""

from decimal import Decimal

from lims.models.batch import Batch
from lims.models.course import TransplantationSession
from lims.models.deviation import Deviation, DeviationStatus, Grade
from lims.models.fill import Dose, Fill, FillKind
from lims.models.filling import Filling
from lims.models.patient import Patient
from lims.models.site import Joint, Side
from lims.models.step import Step, StepStatus
from lims.models.suspension import Suspension
from lims.models.suspension import SuspensionStatus as Tube
from lims.workflows import (
    administering,
    deviation_decisions,
    deviations,
    filling,
    issuing,
    labelling,
    rejecting,
    releasing,
)
from lims.workflows.filling import Portion
from tests.walks.chances import Chance
from tests.walks.proposing import Act, D, F, planned
from tests.walks.walker import at, each


def filling_starts(c: Chance) -> Act:
    return "technician", filling.start_filling, {
        "suspension": c.one(Suspension, Tube.MADE), "kind": c.of(FillKind), "number": 2,
        "sitting": c.one(TransplantationSession), **c.bench("technician"),
        "comment": "in good time",
    }  # fmt: skip


def fills(c: Chance) -> Act:
    kind, word = c.of(((FillKind.DOSES, "DS"), (FillKind.DOSES, "DS"), (FillKind.VIALS, "VL")))
    step = c.one(Filling, StepStatus.OPEN)
    other = c.one(Suspension) if c.odd() else None
    return "technician", filling.record_filling, {
        "step": step, "kind": kind, "vehicle": "NaCl 0.9 %",
        "suspension": other
        or (lambda session: session.get_one(Suspension, step(session).suspension_id)),
        "portions": [Portion(planned(c, word), c.volume())], "appearance_good": True,
        "containers_intact": not c.odd(), "performed": c.performed(),
    }  # fmt: skip


def decides(c: Chance) -> Act:
    command, status = c.of(
        (
            (releasing.review_production, F.QUARANTINED),
            (releasing.release_conditionally, F.PRODUCTION_REVIEWED),
            (releasing.release_fill, F.QUARANTINED),
            (releasing.release_fill, F.CONDITIONAL),
            (releasing.ask_change, F.PRODUCTION_REVIEWED),
            (rejecting.reject_fill, F.CONDITIONAL),
            (rejecting.recall_fill, F.RELEASED),
        )
    )
    login = c.who("qa", "qa", "lead")
    why = c.of(("a lot is missing", ""))
    return login, command, {"fill": c.one(Fill, status), "proof": c.proof(login), "reason": why}


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
        "second": c.another("physician"), "comment": "as told",
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


DOSES = (filling_starts, fills, decides, decides, destroys, hands_over, receives, returns, injects,
         discards_dose)  # fmt: skip
PAPERS = (prints, sticks, reports, decides_deviation, decides_deviation)
