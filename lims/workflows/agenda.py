"""What is due for a person, in the order of time, from the data as they are now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Integer,
    Select,
    String,
    bindparam,
    case,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_
from lims.models.patient import Patient
from lims.models.user import User
from lims.permissions import Permission as P
from lims.workflows import agenda_bank as bank
from lims.workflows import agenda_bench as bench
from lims.workflows import agenda_called_off as off
from lims.workflows import agenda_clinic as clinic
from lims.workflows import agenda_passages as passages
from lims.workflows import agenda_quality as quality
from lims.workflows import agenda_runs as runs
from lims.workflows import audit_reviews
from lims.workflows.due import ASKING, Timing


@dataclass(frozen=True)
class Task:
    """A kind of work for whoever holds one of `permissions`; `waiting` selects what waits for it,
    `by_permissions` where it goes by more of them than these."""

    name: str
    label: str
    permissions: tuple[P, ...]
    waiting: Callable[..., Select[Any]]
    by_permissions: bool = False

    def of(self, allowed: frozenset[P]) -> Select[Any]:
        return self.named(self.waiting(allowed) if self.by_permissions else self.waiting())

    def named(self, rows: Select[Any]) -> Select[Any]:
        return rows.add_columns(literal_column(f"'{self.name}'", String).label("task"))


AT_ONCE = ("alarm_injected", "alarm", "critical", "tank_alarm")
"""The tasks that come before whatever is due, in this order: first what is in a patient."""
AT_HAND = ("contraindications", "inject")
"""Then a dose that is with its patient, which keeps for hours, and what bars its injection."""
FIRST = {task: place for place, task in enumerate(AT_ONCE + AT_HAND)}
DECIDERS = (P.INVESTIGATE_DEVIATION, P.DECIDE_DEVIATION)
FOR_ORDERS = (P.ORDER_VIALS, P.CHECK_ORDER)
PASSAGE_EXPECTED = N_("Passage expected")
TASKS = (
    Task("receive", N_("Receive the tissue"), (P.RECEIVE_SAMPLE,), bench.tissue_coming),
    Task("decide_tissue", N_("Decide on the tissue"), (P.DECIDE_SAMPLE,), bench.tissue_undecided),
    Task("isolate", N_("Isolate the cells"), (P.PERFORM_STEP,), bench.tissue_to_isolate),
    Task("feed", N_("Feed the vessels"), (P.PERFORM_STEP,), bench.feeds),
    Task("passage", N_("Full enough for a passage"), (P.PERFORM_STEP,), passages.passages),
    Task("passage_expected", PASSAGE_EXPECTED, (P.PERFORM_STEP,), passages.expected),
    Task("note", N_("Read the hand-over note"), (P.PERFORM_STEP,), bench.notes_left),
    Task("tube", N_("Fill, seed or discard the cells"), (P.PERFORM_STEP,), bench.cells_in_tubes),
    Task("step", N_("Finish the step"), (P.PERFORM_STEP,), bench.steps_open),
    Task(
        "label",
        N_("Stick on a new label"),
        (P.PERFORM_STEP, P.STORE_VIAL),
        bench.labels_to_stick_on,
    ),
    Task("ask", N_("Say what is tested"), (P.ENTER_RESULT,), quality.aliquots_unasked),
    Task("begin", N_("Begin the tests"), (P.ENTER_RESULT,), quality.tests_to_begin),
    Task("read", N_("Read the test"), (P.ENTER_RESULT,), quality.tests_to_read),
    Task("run", N_("Go on with the run"), (P.ENTER_RESULT,), runs.at_hand),
    Task("run_due", N_("Read the run"), (P.ENTER_RESULT,), quality.runs_to_read),
    Task("run_left", N_("Run left at its station"), (P.REVIEW_PRODUCTION,), runs.overnight),
    Task("verify", N_("Verify the results"), (P.VERIFY_RESULT,), quality.results_to_verify),
    Task("approve", N_("Approve the results"), (P.APPROVE_RESULT,), quality.results_to_approve),
    Task("fill", N_("Decide on the fill"), (P.REVIEW_PRODUCTION, P.RELEASE_FILL), quality.fills),
    Task(
        "earlier_release",
        N_("Take earlier releases over"),
        (P.RELEASE_FILL,),
        quality.earlier_releases,
    ),
    Task("freeze", N_("Freeze the vials"), (P.PERFORM_STEP,), bank.vials_to_freeze),
    Task("place", N_("Place the vials"), (P.STORE_VIAL,), bank.vials_to_place),
    Task("out", N_("Vials out of the cold"), (P.PERFORM_STEP, P.RETRIEVE_VIAL), bank.vials_out),
    Task("keep", N_("Compromised vials"), (P.KEEP_COMPROMISED,), bank.vials_compromised),
    Task("draft", N_("Submit the order"), (P.ORDER_VIALS,), bank.orders_drafted),
    Task("check", N_("Check the order"), (P.CHECK_ORDER,), bank.orders_to_check),
    Task("order", N_("Approve the order"), (P.APPROVE_ORDER,), bank.orders_to_approve),
    Task("schedule", N_("Plan the retrieval"), (P.CHECK_ORDER,), bank.orders_to_schedule),
    Task("retrieve", N_("Take the vials out"), (P.RETRIEVE_VIAL,), bank.retrievals),
    Task("gone", N_("Vials of the order are gone"), FOR_ORDERS, bank.orders_without_vials),
    Task("use_up", N_("Use up for the test"), (P.TAKE_ALIQUOT,), bank.vials_to_use_up),
    Task("close_order", N_("Close the order"), (P.CHECK_ORDER,), bank.orders_to_close),
    Task("hand_over", N_("Hand over the dose"), (P.ISSUE_DOSE,), bench.doses_here),
    Task("off", N_("Injection called off: decide on the dose"), (P.RELEASE_FILL,), off.doses),
    Task(
        "off_back", N_("Injection called off: return the dose"), (P.RECEIVE_DOSE,), off.doses_away
    ),
    Task("off_told", N_("Injection called off: do not give the dose"), (P.ISSUE_DOSE,), off.doses),
    Task("off_order", N_("Injection called off: look at the order"), FOR_ORDERS, off.orders),
    Task("inject", N_("Receive or inject the dose"), (P.RECEIVE_DOSE,), bench.doses_at_the_clinic),
    Task(
        "alarm_injected",
        N_("Injected dose recalled or held: look after the patient"),
        (P.RECEIVE_DOSE,),
        clinic.injected_alarmed,
    ),
    Task("alarm", N_("Dose recalled or held"), (P.RECEIVE_DOSE,), clinic.doses_alarmed),
    Task(
        "contraindications",
        N_("Ask the contraindications of the day"),
        (P.ORDER_COURSE,),
        clinic.contraindications,
    ),
    Task("course", N_("The course waits for you"), (P.ORDER_COURSE,), clinic.courses),
    Task("session", N_("Session planned"), (P.ORDER_COURSE,), clinic.sessions),
    Task("observe", N_("Record the observation"), (P.RECORD_OUTCOME,), clinic.observations),
    Task("follow_up", N_("Follow up the patient"), (P.RECORD_OUTCOME,), clinic.follow_ups),
    Task("markers", N_("Infection markers run out"), (P.RECORD_MARKERS,), clinic.markers),
    Task(
        "tank_alarm",
        N_("Storage tank outside its limits"),
        (P.RECORD_READING,),
        bank.tank_alarms,
    ),
    Task("reading", N_("Read the tank"), (P.RECORD_READING,), bank.readings),
    Task("agreement", N_("Storage agreement"), (P.RECORD_AGREEMENT,), bank.storage_agreements),
    Task("critical", N_("Decide the critical deviation"), DECIDERS, quality.critical_deviations),
    Task("deviation", N_("Decide the deviation"), DECIDERS, quality.undecided_deviations),
    Task("hold", N_("Hold in force"), (P.LIFT_HOLD,), quality.holds),
    Task("second", N_("Second signature"), (), quality.second_signatures, True),
    Task(
        "audit_review",
        N_("Review the audit trail"),
        (P.REVIEW_AUDIT_TRAIL,),
        audit_reviews.due,
    ),
    Task("lot", N_("Release the lot"), (P.RELEASE_LOT,), quality.lots),
    Task("calibration", N_("Calibrate"), (P.KEEP_EQUIPMENT,), clinic.calibrations),
    Task("specification", N_("Approve it"), (P.APPROVE_SPECIFICATION,), quality.specifications),
    Task("import", N_("Go on with the import"), (P.IMPORT_RECORDS,), quality.imports_left),
    Task("invited", N_("Has not chosen a password yet"), (P.ADMINISTER_PEOPLE,), clinic.invited),
    Task("training", N_("Training runs out"), (P.RECORD_TRAINING,), clinic.trainings),
)
"""In the order of the work; a second signature is for whom its own command is."""
MOST, SKIP = bindparam("most", type_=Integer), bindparam("skip", type_=Integer)
LABELS = {task.name: task.label for task in TASKS}


@dataclass(frozen=True)
class Item:
    """One thing that waits: what is to be done, with what, whose it is, and when."""

    task: str
    code: str
    patient: str | None
    name: str | None
    due: datetime | None
    timing: Timing
    number: int
    named: str | None
    """What people call it, where its code says too little."""

    @property
    def label(self) -> str:
        return LABELS[self.task]

    @property
    def at_once(self) -> bool:
        return self.task in AT_ONCE

    @property
    def overdue(self) -> bool:
        if self.due is None or self.timing is Timing.SINCE:
            return False
        if self.timing is Timing.ON:
            return clock.day_of(self.due) < clock.today()
        return self.due < clock.now()


@dataclass(frozen=True)
class Agenda:
    items: Sequence[Item]
    total: int


def of(session: Session, person: User, *, most: int, skip: int = 0) -> Agenda:
    """What waits for `person`: the critical and the dose at hand, then the earliest first, what
    has no date last; one query."""
    asked = {ASKING.key: person.id, MOST.key: most, SKIP.key: skip}
    rows = session.execute(_waiting(person.permissions), asked).all()
    return Agenda([item_of(row) for row in rows], rows[0][-1] if rows else 0)


def item_of(row: Any) -> Item:
    return Item(
        row.task,
        row.code,
        row.patient,
        row.full_name,
        row.due,
        Timing(row.timing),
        row.number,
        row.named,
    )


@lru_cache(maxsize=100)
def _waiting(allowed: frozenset[P]) -> Select[Any]:
    """All that waits for somebody who may do this."""
    waiting = [
        task.of(allowed)
        for task in TASKS
        if not task.permissions or not allowed.isdisjoint(task.permissions)
    ]
    every = union_all(*waiting).subquery("waiting")
    return (
        select(every, Patient.code.label("patient"), Patient.full_name, func.count().over())
        .outerjoin(Patient, Patient.id == every.c.patient_id)
        .order_by(
            case(FIRST, value=every.c.task, else_=len(FIRST)),
            every.c.due.is_(None),
            every.c.due,
            every.c.task,
            every.c.code,
        )
        .limit(MOST)
        .offset(SKIP)
    )
