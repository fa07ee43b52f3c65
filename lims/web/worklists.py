"""The lists of work there are, each a page of its own, and for whom."""

from dataclasses import dataclass

from lims.errors import N_
from lims.permissions import Permission as P
from lims.web import courses, signatures


@dataclass(frozen=True)
class Worklist:
    """A list of work as a page of its own, for whoever holds one of `permissions`."""

    label: str
    endpoint: str
    permissions: tuple[P, ...]


WORKLISTS = (
    Worklist(N_("Tissue on its way"), "samples.on_the_way", (P.RECEIVE_SAMPLE,)),
    Worklist(N_("Tissue to decide on"), "samples.undecided", (P.DECIDE_SAMPLE,)),
    Worklist(N_("Tissue to isolate"), "samples.to_isolate", (P.PERFORM_STEP,)),
    Worklist(N_("Vessels to feed today"), "culture.index", (P.PERFORM_STEP,)),
    Worklist(N_("Courses that wait for you"), "courses.waiting", (P.ORDER_COURSE,)),
    Worklist(N_("Doses that may be late"), "courses.at_risk", courses.LATE_FOR),
    Worklist(N_("Aliquots without a test"), "aliquots.unasked", (P.ENTER_RESULT,)),
    Worklist(N_("Tests to begin"), "qc.to_test", (P.ENTER_RESULT,)),
    Worklist(N_("Tests to read today"), "qc.due", (P.ENTER_RESULT,)),
    Worklist(N_("Results to verify"), "qc.to_verify", (P.VERIFY_RESULT,)),
    Worklist(N_("Results to approve"), "qc.to_approve", (P.APPROVE_RESULT,)),
    Worklist(N_("Fills to decide"), "fills.waiting", (P.REVIEW_PRODUCTION, P.RELEASE_FILL)),
    Worklist(N_("Earlier releases to take over"), "fills.earlier", (P.RELEASE_FILL,)),
    Worklist(N_("Vials to freeze"), "freezings.waiting", (P.PERFORM_STEP,)),
    Worklist(N_("Vials to place"), "vials.to_place", (P.STORE_VIAL,)),
    Worklist(N_("Vials to thaw"), "thaws.waiting", (P.PERFORM_STEP,)),
    Worklist(N_("Compromised vials"), "vials.doubtful", (P.KEEP_COMPROMISED,)),
    Worklist(N_("Orders of frozen cells at the bank"), "orders.at_the_bank", (P.CHECK_ORDER,)),
    Worklist(N_("Orders of frozen cells to approve"), "orders.to_approve", (P.APPROVE_ORDER,)),
    Worklist(N_("Vials out of the cold"), "retrievals.index", (P.RETRIEVE_VIAL,)),
    Worklist(N_("Doses to hand over"), "doses.to_hand_over", (P.ISSUE_DOSE,)),
    Worklist(N_("Doses to receive or to inject"), "doses.at_the_clinic", (P.RECEIVE_DOSE,)),
    Worklist(N_("Doses recalled or held"), "doses.alarmed", (P.RECEIVE_DOSE,)),
    Worklist(N_("Patients to follow up"), "outcomes.follow_up", (P.RECORD_OUTCOME,)),
    Worklist(N_("Tanks to read"), "tanks.index", (P.RECORD_READING,)),
    Worklist(N_("Storage agreements to talk about"), "agreements.index", (P.RECORD_AGREEMENT,)),
    Worklist(
        N_("Deviations to decide"),
        "deviations.waiting",
        (P.INVESTIGATE_DEVIATION, P.DECIDE_DEVIATION),
    ),
    Worklist(N_("Holds in force"), "holds.index", (P.LIFT_HOLD,)),
    Worklist(N_("Second signatures"), "signatures.waiting", signatures.SIGNED_BY_TWO),
    Worklist(N_("Lots to release"), "lots.waiting", (P.RELEASE_LOT,)),
    Worklist(N_("Calibrations due"), "equipment.due", (P.KEEP_EQUIPMENT,)),
    Worklist(N_("Specifications to approve"), "specifications.index", (P.APPROVE_SPECIFICATION,)),
    Worklist(N_("Audit trail to review"), "audit_reviews.review", (P.REVIEW_AUDIT_TRAIL,)),
    Worklist(N_("Refused acts"), "trail.refusals", (P.SEE_AUDIT_TRAIL,)),
    Worklist(N_("Trainings about to expire"), "training.matrix", (P.RECORD_TRAINING,)),
)
"""In the order of the work."""
