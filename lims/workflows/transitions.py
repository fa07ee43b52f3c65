"""The table of transitions: what may become of each thing; triggers enforce it.

The first key is the enum's type, since two enums may share a word. `START` is where a row begins.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from lims.models.aliquot import QcTestStatus as Qc
from lims.models.batch import BatchStatus as Batch
from lims.models.course import CourseStatus as Course
from lims.models.deviation import DeviationStatus as Dev
from lims.models.earlier import ImportStatus as Import
from lims.models.equipment import EquipmentStatus as Equip
from lims.models.fill import DoseStatus as Dose
from lims.models.fill import FillStatus as Fill
from lims.models.fill import VialStatus as Vial
from lims.models.job import JobStatus as Job
from lims.models.label import LabelStatus as Label
from lims.models.lot import LotStatus as Lot
from lims.models.order import OrderStatus as Order
from lims.models.qc_run import QcRunStatus as Run
from lims.models.sample import SampleStatus as Sample
from lims.models.specification import SpecificationStatus as Spec
from lims.models.step import StepStatus as Step
from lims.models.storage import CellStatus as Cell
from lims.models.suspension import SuspensionStatus as Susp
from lims.models.user import UserStatus as User
from lims.models.vessel import VesselStatus as Vessel

START: dict[type[StrEnum], StrEnum] = {
    User: User.INVITED,
    Course: Course.ENQUIRY,
    Sample: Sample.ORDERED,
    Batch: Batch.OPEN,
    Step: Step.OPEN,
    Vessel: Vessel.SEEDED,
    Susp: Susp.MADE,
    Qc: Qc.REQUESTED,
    Run: Run.OPEN,
    Fill: Fill.FILLED,
    Dose: Dose.LABELLED,
    Vial: Vial.LABELLED,
    Cell: Cell.OPEN,
    Order: Order.DRAFTED,
    Dev: Dev.REPORTED,
    Label: Label.REQUESTED,
    Lot: Lot.RECEIVED,
    Equip: Equip.IN_SERVICE,
    Spec: Spec.DRAFT,
    Import: Import.RUNNING,
    Job: Job.DUE,
}

_LEAVING = frozenset({Course.WITHDRAWN, Course.EXCLUDED, Course.POSTPONED})
_DESTROYING = frozenset({Sample.DISCARDED})
_ENDING = frozenset({Order.CANCELLED, Order.LAPSED})

NEXT: dict[type[StrEnum], Mapping[Any, frozenset[Any]]] = {
    User: {
        User.INVITED: frozenset({User.ACTIVE, User.DISABLED}),
        User.ACTIVE: frozenset({User.DISABLED}),
        User.DISABLED: frozenset({User.INVITED}),
    },
    Course: {
        Course.ENQUIRY: _LEAVING | {Course.ELIGIBLE, Course.EARLIER},
        Course.ELIGIBLE: _LEAVING | {Course.CONSENTED},
        Course.CONSENTED: _LEAVING | {Course.COLLECTING, Course.MANUFACTURING},
        Course.COLLECTING: _LEAVING | {Course.MANUFACTURING},
        Course.MANUFACTURING: _LEAVING | {Course.DOSE_READY, Course.TREATING, Course.COLLECTING},
        Course.DOSE_READY: _LEAVING | {Course.TREATING, Course.MANUFACTURING},
        Course.TREATING: _LEAVING | {Course.FOLLOW_UP, Course.MANUFACTURING},
        Course.FOLLOW_UP: _LEAVING | {Course.COMPLETED, Course.MANUFACTURING},
        Course.COMPLETED: frozenset(),
        Course.POSTPONED: frozenset(Course) - {Course.POSTPONED, Course.COMPLETED, Course.EARLIER},
        Course.WITHDRAWN: frozenset(),
        Course.EXCLUDED: frozenset(),
        Course.EARLIER: frozenset(),
    },
    Sample: {
        Sample.ORDERED: _DESTROYING | {Sample.COLLECTED, Sample.RECEIVED},
        Sample.COLLECTED: _DESTROYING | {Sample.IN_TRANSIT, Sample.RECEIVED},
        Sample.IN_TRANSIT: _DESTROYING | {Sample.RECEIVED},
        Sample.RECEIVED: _DESTROYING
        | {Sample.ACCEPTED, Sample.ACCEPTED_AT_RISK, Sample.QUARANTINED, Sample.REJECTED},
        Sample.QUARANTINED: _DESTROYING
        | {Sample.ACCEPTED, Sample.ACCEPTED_AT_RISK, Sample.REJECTED},
        Sample.ACCEPTED: _DESTROYING | {Sample.CONSUMED, Sample.REJECTED},
        Sample.ACCEPTED_AT_RISK: _DESTROYING | {Sample.CONSUMED, Sample.REJECTED},
        Sample.REJECTED: _DESTROYING,
        Sample.CONSUMED: frozenset(),
        Sample.DISCARDED: frozenset(),
    },
    Batch: {
        Batch.OPEN: frozenset({Batch.CLOSED, Batch.ABANDONED}),
        Batch.CLOSED: frozenset(),
        Batch.ABANDONED: frozenset(),
    },
    Step: {
        Step.OPEN: frozenset({Step.RECORDED, Step.VOID}),
        Step.RECORDED: frozenset({Step.CLOSED}),
        Step.CLOSED: frozenset(),
        Step.VOID: frozenset(),
    },
    Vessel: {
        Vessel.SEEDED: frozenset({Vessel.CULTURING, Vessel.CONTAMINATED, Vessel.DISCARDED}),
        Vessel.CULTURING: frozenset(
            {Vessel.HARVESTED, Vessel.CONTAMINATED, Vessel.DISCARDED, Vessel.TERMINATED}
        ),
        Vessel.CONTAMINATED: frozenset({Vessel.DISCARDED}),
        Vessel.HARVESTED: frozenset(),
        Vessel.DISCARDED: frozenset(),
        Vessel.TERMINATED: frozenset(),
    },
    Susp: {
        Susp.MADE: frozenset({Susp.EMPTIED, Susp.DISCARDED}),
        Susp.EMPTIED: frozenset(),
        Susp.DISCARDED: frozenset(),
    },
    Qc: {
        Qc.REQUESTED: frozenset({Qc.SAMPLED, Qc.INVALID}),
        Qc.SAMPLED: frozenset({Qc.RUNNING, Qc.SENT, Qc.INVALID}),
        Qc.RUNNING: frozenset({Qc.ENTERED, Qc.INVALID}),
        Qc.SENT: frozenset({Qc.ENTERED, Qc.INVALID}),
        Qc.ENTERED: frozenset({Qc.VERIFIED, Qc.INVALID}),
        Qc.VERIFIED: frozenset({Qc.APPROVED, Qc.INVALID, Qc.ENTERED}),
        Qc.APPROVED: frozenset({Qc.SUPERSEDED}),
        Qc.INVALID: frozenset(),
        Qc.SUPERSEDED: frozenset(),
    },
    Run: {
        Run.OPEN: frozenset({Run.READING, Run.PAUSED, Run.VOID}),
        Run.READING: frozenset({Run.PAUSED, Run.CLOSED}),
        Run.PAUSED: frozenset({Run.OPEN, Run.READING}),
        Run.CLOSED: frozenset(),
        Run.VOID: frozenset(),
    },
    Fill: {
        Fill.FILLED: frozenset({Fill.QUARANTINED}),
        Fill.QUARANTINED: frozenset({Fill.PRODUCTION_REVIEWED, Fill.REJECTED}),
        Fill.PRODUCTION_REVIEWED: frozenset(
            {Fill.CONDITIONAL, Fill.RELEASED, Fill.QUARANTINED, Fill.REJECTED}
        ),
        Fill.CONDITIONAL: frozenset({Fill.RELEASED, Fill.REJECTED, Fill.RECALLED}),
        Fill.RELEASED: frozenset({Fill.REJECTED, Fill.RECALLED}),
        Fill.REJECTED: frozenset({Fill.DESTROYED}),
        Fill.RECALLED: frozenset({Fill.DESTROYED}),
        Fill.DESTROYED: frozenset(),
    },
    Dose: {
        Dose.LABELLED: frozenset({Dose.QUARANTINED}),
        Dose.QUARANTINED: frozenset({Dose.AVAILABLE, Dose.EXPIRED, Dose.DISCARDED}),
        Dose.AVAILABLE: frozenset({Dose.ISSUED, Dose.EXPIRED, Dose.DISCARDED, Dose.QUARANTINED}),
        Dose.ISSUED: frozenset(
            {Dose.RECEIVED, Dose.ADMINISTERED, Dose.EXPIRED, Dose.RETURNED, Dose.DISCARDED}
        ),
        Dose.RECEIVED: frozenset({Dose.ADMINISTERED, Dose.EXPIRED, Dose.RETURNED, Dose.DISCARDED}),
        Dose.EXPIRED: frozenset({Dose.ADMINISTERED, Dose.RETURNED, Dose.DISCARDED}),
        Dose.RETURNED: frozenset({Dose.DISCARDED}),
        Dose.ADMINISTERED: frozenset(),
        Dose.DISCARDED: frozenset(),
    },
    Vial: {
        Vial.LABELLED: frozenset({Vial.FREEZING, Vial.DISCARDED}),
        Vial.FREEZING: frozenset({Vial.STORED, Vial.COMPROMISED, Vial.DISCARDED}),
        Vial.STORED: frozenset({Vial.RESERVED, Vial.COMPROMISED, Vial.DISCARDED}),
        Vial.RESERVED: frozenset({Vial.STORED, Vial.RETRIEVED, Vial.COMPROMISED}),
        Vial.RETRIEVED: frozenset(
            {Vial.STORED, Vial.THAWED, Vial.COMPROMISED, Vial.TRANSFERRED, Vial.DISCARDED}
        ),
        Vial.THAWED: frozenset({Vial.USED}),
        Vial.COMPROMISED: frozenset({Vial.STORED, Vial.DISCARDED}),
        Vial.USED: frozenset(),
        Vial.TRANSFERRED: frozenset(),
        Vial.DISCARDED: frozenset(),
        Vial.VOID: frozenset(),
    },
    Cell: {Cell.OPEN: frozenset({Cell.CLOSED}), Cell.CLOSED: frozenset()},
    Order: {
        Order.DRAFTED: _ENDING | {Order.SUBMITTED},
        Order.SUBMITTED: _ENDING | {Order.CHECKED, Order.REFUSED},
        Order.CHECKED: _ENDING | {Order.APPROVED, Order.REFUSED},
        Order.APPROVED: _ENDING | {Order.SCHEDULED},
        Order.SCHEDULED: _ENDING | {Order.FULFILLED},
        Order.FULFILLED: frozenset({Order.CLOSED}),
        Order.CLOSED: frozenset(),
        Order.REFUSED: frozenset(),
        Order.CANCELLED: frozenset(),
        Order.LAPSED: frozenset(),
    },
    Dev: {
        Dev.REPORTED: frozenset({Dev.CLASSIFIED, Dev.DUPLICATE}),
        Dev.CLASSIFIED: frozenset({Dev.INVESTIGATING}),
        Dev.INVESTIGATING: frozenset({Dev.PROPOSED}),
        Dev.PROPOSED: frozenset({Dev.APPROVED, Dev.INVESTIGATING}),
        Dev.APPROVED: frozenset({Dev.CHECKING_EFFECT}),
        Dev.CHECKING_EFFECT: frozenset({Dev.CLOSED}),
        Dev.CLOSED: frozenset(),
        Dev.DUPLICATE: frozenset(),
    },
    Label: {
        Label.REQUESTED: frozenset({Label.SENT}),
        Label.SENT: frozenset({Label.APPLIED, Label.VOID}),
        Label.APPLIED: frozenset({Label.VOID}),
        Label.VOID: frozenset({Label.DESTROYED}),
        Label.DESTROYED: frozenset(),
    },
    Lot: {
        Lot.RECEIVED: frozenset({Lot.QUARANTINED}),
        Lot.QUARANTINED: frozenset({Lot.RELEASED, Lot.REJECTED}),
        Lot.RELEASED: frozenset({Lot.IN_USE, Lot.EXPIRED, Lot.RECALLED}),
        Lot.IN_USE: frozenset({Lot.EXPIRED, Lot.CONSUMED, Lot.RECALLED}),
        Lot.EXPIRED: frozenset({Lot.RECALLED}),
        Lot.CONSUMED: frozenset({Lot.RECALLED}),
        Lot.REJECTED: frozenset(),
        Lot.RECALLED: frozenset(),
    },
    Equip: {
        Equip.IN_SERVICE: frozenset({Equip.OUT_OF_SERVICE, Equip.RETIRED}),
        Equip.OUT_OF_SERVICE: frozenset({Equip.IN_SERVICE, Equip.RETIRED}),
        Equip.RETIRED: frozenset(),
    },
    Spec: {
        Spec.DRAFT: frozenset({Spec.APPROVED, Spec.RETIRED}),
        Spec.APPROVED: frozenset({Spec.RETIRED}),
        Spec.RETIRED: frozenset(),
    },
    Import: {
        Import.RUNNING: frozenset({Import.COMPLETE, Import.GIVEN_UP}),
        Import.COMPLETE: frozenset(),
        Import.GIVEN_UP: frozenset(),
    },
    Job: {
        Job.DUE: frozenset({Job.RUNNING}),
        Job.RUNNING: frozenset({Job.DONE, Job.DUE, Job.FAILED}),
        Job.DONE: frozenset(),
        Job.FAILED: frozenset({Job.DUE}),
    },
}
