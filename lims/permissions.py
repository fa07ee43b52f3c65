"""Who may do what: on one page, for an auditor to read.

The value of a permission is the phrase the user sees: "Your role does not include: …".
"""

from collections.abc import Iterable
from enum import StrEnum


class Permission(StrEnum):
    # reading
    SEE_PATIENTS = "see patients"
    SEE_PRODUCTION = "see batches and their records"
    SEE_STOCK = "see lots and equipment"
    SEE_STORAGE = "see the cryobank"
    SEE_DEVIATIONS = "see deviations"
    SEE_AUDIT_TRAIL = "see the audit trail"
    SEE_PEOPLE = "see people and training"
    SEE_JOBS = "see what the program does by itself"
    # clinic
    REGISTER_PATIENT = "register a patient"
    CORRECT_PATIENT = "correct a patient's data"
    LINK_PATIENTS = "link two registrations of one person"
    RECORD_CONSENT = "record a consent"
    ORDER_COURSE = "order a course"
    OVERRIDE_CONTRAINDICATION = "override a contraindication"
    RECORD_MARKERS = "record infection markers"
    RECORD_COLLECTION = "record a collection"
    DISPATCH_SAMPLE = "hand tissue to a courier"
    RECEIVE_DOSE = "receive a dose at the clinic"
    RECORD_ADMINISTRATION = "record an administration"
    RECORD_OUTCOME = "record an outcome or an adverse event"
    # production
    RECEIVE_SAMPLE = "receive a sample"
    DECIDE_SAMPLE = "accept or reject a sample"
    PERFORM_STEP = "perform a production step"
    MAKE_PAPER = "make a paper or give out a copy of one"
    MAKE_SHEET = "make the sheet of a run at QC"
    KEEP_STEP = "scan into a step, close it or void it"
    CONFIRM_STEP = "confirm a step one performed"
    CHECK_LINE_CLEARANCE = "check a line clearance"
    OVERRIDE_SUPPLY = "let a lot or equipment be used that is not in order"
    DISCARD_MATERIAL = "discard material"
    PRINT_LABEL = "print a label"
    PRINT_CLINIC_LABEL = "print a patient's card, a session's or the label of a kit"
    PRINT_SUPPLY_LABEL = "print a label of a lot, a device or a place"
    REVIEW_PRODUCTION = "review production records"
    CORRECT_RECORD = "correct a recorded value"
    ISSUE_DOSE = "hand over a dose"
    # QC
    TAKE_ALIQUOT = "take an aliquot"
    ENTER_RESULT = "enter a QC result"
    VERIFY_RESULT = "verify a QC result"
    APPROVE_RESULT = "approve a QC result"
    # quality
    APPROVE_SPECIFICATION = "approve a specification"
    MOVE_SPECIFICATION = "move a batch to another specification version"
    RELEASE_FILL = "release a fill"
    REJECT_FILL = "reject or recall a fill"
    ABANDON_BATCH = "abandon a batch"
    ALLOW_UNKNOWN_PASSAGE = "let cells of unknown passage be seeded"
    REPORT_DEVIATION = "report a deviation"
    INVESTIGATE_DEVIATION = "investigate a deviation"
    DECIDE_DEVIATION = "decide a deviation"
    PUT_ON_HOLD = "put material on hold"
    LIFT_HOLD = "lift a hold or a quarantine"
    RELEASE_LOT = "release a lot"
    REVIEW_AUDIT_TRAIL = "review the audit trail"
    # supplies and places
    RECEIVE_LOT = "receive or prepare a lot"
    KEEP_EQUIPMENT = "keep equipment and its calibrations"
    WITNESS = "witness a retrieval or a hand-over"
    # cryobank
    STORE_VIAL = "place and move vials"
    KEEP_CELLS = "open storage cells and reserve positions in them"
    RECORD_READING = "record the readings of a tank"
    RECORD_AGREEMENT = "record a storage agreement"
    ORDER_VIALS = "order frozen cells"
    CHECK_ORDER = "check an order of frozen cells"
    APPROVE_ORDER = "approve an order of frozen cells"
    RETRIEVE_VIAL = "take vials out of the cold"
    KEEP_COMPROMISED = "let a vial that was warm be kept"
    # administration
    ADMINISTER_PEOPLE = "administer people"
    RECORD_TRAINING = "record training"
    KEEP_PLACES = "keep places and stations"
    RUN_JOB = "have the program do one of its own jobs"
    IMPORT_SPECIFICATION = "import a specification"
    IMPORT_RECORDS = "take over earlier records"


P = Permission


class Role(StrEnum):
    TECHNICIAN = "technician"
    PRODUCTION_LEAD = "production_lead"
    QC_ANALYST = "qc_analyst"
    QA_OFFICER = "qa_officer"
    CRYOBANK_KEEPER = "cryobank_keeper"
    PHYSICIAN = "physician"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


SEE_LABORATORY = frozenset(
    {P.SEE_PATIENTS, P.SEE_PRODUCTION, P.SEE_STOCK}
    | {P.SEE_STORAGE, P.SEE_DEVIATIONS, P.SEE_PEOPLE}
)
AT_WORK = SEE_LABORATORY | {
    P.MAKE_PAPER,
    P.MAKE_SHEET,
    P.KEEP_STEP,
    P.CONFIRM_STEP,
    P.CHECK_LINE_CLEARANCE,
    P.PRINT_LABEL,
    P.PRINT_CLINIC_LABEL,
    P.PRINT_SUPPLY_LABEL,
    P.WITNESS,
    P.RECEIVE_LOT,
    P.REPORT_DEVIATION,
}
"""What everybody does who works in the laboratory, whatever their trade."""
BENCH = AT_WORK | {
    P.RECEIVE_SAMPLE,
    P.PERFORM_STEP,
    P.TAKE_ALIQUOT,
    P.DISCARD_MATERIAL,
    P.ISSUE_DOSE,
    P.RECORD_READING,
}

GRANTED: dict[Role, frozenset[Permission]] = {
    Role.TECHNICIAN: BENCH,
    Role.PRODUCTION_LEAD: BENCH
    | {
        P.DECIDE_SAMPLE,
        P.OVERRIDE_SUPPLY,
        P.REVIEW_PRODUCTION,
        P.CORRECT_RECORD,
        P.IMPORT_RECORDS,
        P.VERIFY_RESULT,
        P.INVESTIGATE_DEVIATION,
        P.KEEP_EQUIPMENT,
        P.RECORD_TRAINING,
        P.RECORD_MARKERS,
        P.STORE_VIAL,
    },
    Role.QC_ANALYST: AT_WORK
    | {
        P.TAKE_ALIQUOT,
        P.ENTER_RESULT,
        P.VERIFY_RESULT,
        P.KEEP_EQUIPMENT,
        P.RECORD_MARKERS,
    },
    Role.QA_OFFICER: SEE_LABORATORY
    | {
        P.SEE_AUDIT_TRAIL,
        P.REVIEW_AUDIT_TRAIL,
        P.SEE_JOBS,
        P.MAKE_PAPER,
        P.MAKE_SHEET,
        P.LINK_PATIENTS,
        P.CORRECT_PATIENT,
        P.DECIDE_SAMPLE,
        P.APPROVE_RESULT,
        P.APPROVE_SPECIFICATION,
        P.IMPORT_SPECIFICATION,
        P.IMPORT_RECORDS,
        P.MOVE_SPECIFICATION,
        P.REVIEW_PRODUCTION,
        P.RELEASE_FILL,
        P.REJECT_FILL,
        P.ABANDON_BATCH,
        P.ALLOW_UNKNOWN_PASSAGE,
        P.DISCARD_MATERIAL,
        P.REPORT_DEVIATION,
        P.INVESTIGATE_DEVIATION,
        P.DECIDE_DEVIATION,
        P.PUT_ON_HOLD,
        P.LIFT_HOLD,
        P.RELEASE_LOT,
        P.ORDER_VIALS,
        P.APPROVE_ORDER,
        P.KEEP_COMPROMISED,
        P.RECORD_TRAINING,
    },
    Role.CRYOBANK_KEEPER: AT_WORK
    | {
        P.VERIFY_RESULT,
        P.DISCARD_MATERIAL,
        P.ISSUE_DOSE,
        P.KEEP_EQUIPMENT,
        P.STORE_VIAL,
        P.KEEP_CELLS,
        P.RECORD_READING,
        P.RECORD_AGREEMENT,
        P.CHECK_ORDER,
        P.RETRIEVE_VIAL,
    },
    Role.PHYSICIAN: frozenset(
        {
            P.SEE_PATIENTS,
            P.MAKE_PAPER,
            P.REGISTER_PATIENT,
            P.CORRECT_PATIENT,
            P.LINK_PATIENTS,
            P.RECORD_CONSENT,
            P.ORDER_COURSE,
            P.OVERRIDE_CONTRAINDICATION,
            P.RECORD_MARKERS,
            P.RECORD_COLLECTION,
            P.CONFIRM_STEP,
            P.DISPATCH_SAMPLE,
            P.RECEIVE_DOSE,
            P.RECORD_ADMINISTRATION,
            P.CORRECT_RECORD,
            P.RECORD_OUTCOME,
            P.RECORD_AGREEMENT,
            P.ORDER_VIALS,
            P.PRINT_CLINIC_LABEL,
            P.REPORT_DEVIATION,
        }
    ),
    Role.ADMINISTRATOR: frozenset(
        {P.ADMINISTER_PEOPLE, P.SEE_PEOPLE, P.KEEP_PLACES, P.SEE_JOBS, P.RUN_JOB}
    ),
    Role.AUDITOR: SEE_LABORATORY | {P.SEE_AUDIT_TRAIL, P.SEE_JOBS},
}

READING = frozenset(p for p in Permission if p.name.startswith("SEE_"))
WRITING_ROLES = frozenset(role for role, granted in GRANTED.items() if not granted <= READING)


def incompatible(roles: Iterable[Role]) -> tuple[Role, Role] | None:
    """Two of `roles` that nobody may hold together, or None.

    An administrator does no act of good manufacturing practice; an auditor changes nothing.
    """
    held = sorted(set(roles))
    for other in held:
        if Role.ADMINISTRATOR in held and other is not Role.ADMINISTRATOR:
            return Role.ADMINISTRATOR, other
        if Role.AUDITOR in held and other in WRITING_ROLES:
            return Role.AUDITOR, other
    return None
