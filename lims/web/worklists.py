"""What waits for whom: the lines of the first page, in the order of the work."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Select
from sqlalchemy.orm import Session

from lims.errors import N_
from lims.permissions import Permission
from lims.web import (
    aliquots,
    deviations,
    doses,
    equipment,
    fills,
    holds,
    lots,
    orders,
    qc,
    retrievals,
    samples,
    signatures,
    thaws,
    vials,
)
from lims.workflows import (
    agreements,
    batch_forecast,
    care,
    course_progress,
    dose_alarms,
    outcomes,
    qc_tests,
    specification_approval,
    tank_readings,
    training,
)


@dataclass(frozen=True)
class Worklist:
    """Work that waits for whoever holds one of `permissions`."""

    label: str
    endpoint: str
    permissions: tuple[Permission, ...]
    waiting: Callable[[], Select[int]] | None
    """Its count, asked of the database together with those of the other lists."""
    reckoned: Callable[[Session], int] = lambda session: 0
    """Where the database alone cannot count it."""


WORKLISTS: tuple[Worklist, ...] = (
    Worklist(
        N_("Tissue on its way"),
        "samples.on_the_way",
        (Permission.RECEIVE_SAMPLE,),
        samples.count_of(*samples.ON_THE_WAY),
    ),
    Worklist(
        N_("Tissue to decide on"),
        "samples.undecided",
        (Permission.DECIDE_SAMPLE,),
        samples.count_of(*samples.UNDECIDED),
    ),
    Worklist(
        N_("Tissue to isolate"),
        "samples.to_isolate",
        (Permission.PERFORM_STEP,),
        samples.count_of(*samples.TO_ISOLATE),
    ),
    Worklist(
        N_("Vessels to feed today"),
        "culture.index",
        (Permission.PERFORM_STEP,),
        None,
        care.count_due,
    ),
    Worklist(
        N_("Courses that wait for you"),
        "courses.waiting",
        (Permission.ORDER_COURSE,),
        course_progress.count_waiting,
    ),
    Worklist(
        N_("Doses that may be late"),
        "courses.at_risk",
        (Permission.ORDER_COURSE,),
        None,
        lambda session: len(batch_forecast.at_risk(session)),
    ),
    Worklist(
        N_("Aliquots without a test"),
        "aliquots.unasked",
        (Permission.ENTER_RESULT,),
        aliquots.count_unasked,
    ),
    Worklist(
        N_("Tests to begin"),
        "qc.to_test",
        (Permission.ENTER_RESULT,),
        qc.count_of(qc_tests.TO_TEST),
    ),
    Worklist(
        N_("Tests to read today"),
        "qc.due",
        (Permission.ENTER_RESULT,),
        None,
        lambda session: len(qc_tests.due(session)),
    ),
    Worklist(
        N_("Results to verify"),
        "qc.to_verify",
        (Permission.VERIFY_RESULT,),
        qc.count_of(qc.TO_VERIFY),
    ),
    Worklist(
        N_("Results to approve"),
        "qc.to_approve",
        (Permission.APPROVE_RESULT,),
        qc.count_of(qc.TO_APPROVE),
    ),
    Worklist(
        N_("Fills to decide"),
        "fills.waiting",
        (Permission.REVIEW_PRODUCTION, Permission.RELEASE_FILL),
        fills.count_waiting,
    ),
    Worklist(
        N_("Vials to freeze"),
        "freezings.waiting",
        (Permission.PERFORM_STEP,),
        vials.count_to_freeze,
    ),
    Worklist(
        N_("Vials to place"), "vials.to_place", (Permission.STORE_VIAL,), vials.count_to_place
    ),
    Worklist(N_("Vials to thaw"), "thaws.waiting", (Permission.PERFORM_STEP,), thaws.count_waiting),
    Worklist(
        N_("Compromised vials"),
        "vials.doubtful",
        (Permission.KEEP_COMPROMISED,),
        vials.count_compromised,
    ),
    Worklist(
        N_("Orders of frozen cells at the bank"),
        "orders.at_the_bank",
        (Permission.CHECK_ORDER,),
        orders.count_of(*orders.AT_THE_BANK),
    ),
    Worklist(
        N_("Orders of frozen cells to approve"),
        "orders.to_approve",
        (Permission.APPROVE_ORDER,),
        orders.count_of(*orders.TO_APPROVE),
    ),
    Worklist(
        N_("Vials out of the cold"),
        "retrievals.index",
        (Permission.RETRIEVE_VIAL,),
        retrievals.count_out,
    ),
    Worklist(
        N_("Doses to hand over"),
        "doses.to_hand_over",
        (Permission.ISSUE_DOSE,),
        doses.count_to_hand_over,
    ),
    Worklist(
        N_("Doses to receive or to inject"),
        "doses.at_the_clinic",
        (Permission.RECEIVE_DOSE,),
        doses.count_at_the_clinic,
    ),
    Worklist(
        N_("Doses recalled or held"),
        "doses.alarmed",
        (Permission.RECEIVE_DOSE,),
        dose_alarms.count_alarmed,
    ),
    Worklist(
        N_("Patients to follow up"),
        "outcomes.follow_up",
        (Permission.RECORD_OUTCOME,),
        outcomes.count_followed,
    ),
    Worklist(
        N_("Tanks to read"),
        "tanks.index",
        (Permission.RECORD_READING,),
        None,
        tank_readings.count_due,
    ),
    Worklist(
        N_("Storage agreements to talk about"),
        "agreements.index",
        (Permission.RECORD_AGREEMENT,),
        agreements.count_to_talk_about,
    ),
    Worklist(
        N_("Deviations to decide"),
        "deviations.waiting",
        (Permission.INVESTIGATE_DEVIATION, Permission.DECIDE_DEVIATION),
        deviations.count_waiting,
    ),
    Worklist(N_("Holds in force"), "holds.index", (Permission.LIFT_HOLD,), holds.count_in_force),
    Worklist(
        N_("Second signatures"),
        "signatures.waiting",
        signatures.SIGNED_BY_TWO,
        signatures.count_waiting,
    ),
    Worklist(
        N_("Lots to release"), "lots.waiting", (Permission.RELEASE_LOT,), lots.waiting_for_release
    ),
    Worklist(
        N_("Calibrations due"),
        "equipment.due",
        (Permission.KEEP_EQUIPMENT,),
        equipment.calibrations_due,
    ),
    Worklist(
        N_("Specifications to approve"),
        "specifications.index",
        (Permission.APPROVE_SPECIFICATION,),
        specification_approval.count_drafts,
    ),
    Worklist(
        N_("Trainings about to expire"),
        "training.matrix",
        (Permission.RECORD_TRAINING,),
        training.count_expiring,
    ),
)
"""In the order of the work; each is one query."""
