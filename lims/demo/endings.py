"""How courses rest and end: postponed, withdrawn, completed; and what was felt on the way."""

from datetime import timedelta

from sqlalchemy import select

from lims import clock
from lims.demo import agreement
from lims.demo.case import Case
from lims.demo.telling import at, row
from lims.models.administration import Severity
from lims.models.batch import Batch
from lims.models.deviation import Hold
from lims.models.fill import Dose, Vial, VialStatus
from lims.models.patient import Patient
from lims.workflows import course_progress, holds, outcomes
from lims.workflows.codes import load


def postpone(case: Case, reason: str) -> None:
    case.act(
        "physician", course_progress.postpone_course, course=case.ordered(), reason=reason
    )  # fmt: skip


def withdraw(case: Case, reason: str) -> None:
    """The patient does not go on; quality lifts what that holds, where nothing is left."""
    case.act("physician", course_progress.withdraw_course, course=case.ordered(), reason=reason)
    with case.database.reading() as session:
        held = holds.in_force(session, load(session, case.batch, Batch))
        keys = [each.id for each in held]
    for key in keys:
        case.act(
            "qa", holds.lift_hold, hold=row(Hold, key), reason="nothing of the batch is left",
            proof=case.proof("qa"),
        )  # fmt: skip


def complete(case: Case) -> None:
    """What is left in the bank stays there under an agreement."""
    with case.database.reading() as session:
        patient = load(session, case.patient, Patient)
        of_patient = Vial.patient_id == patient.id, Vial.status == VialStatus.STORED
        left = session.scalar(select(Vial.id).where(*of_patient).limit(1))
    if left is not None:
        agreement.agree(case)
    case.act(
        "physician", course_progress.complete_course, course=case.ordered(),
        reason="A year after the injection: less pain, the MRI unchanged.",
    )  # fmt: skip


def swelled(case: Case) -> None:
    """A mild event, told at the next visit."""
    case.act(
        "physician", outcomes.report_adverse_event, course=case.ordered(),
        began_at=clock.now() - timedelta(days=13), severity=Severity.MILD, related=True,
        description="Swelling of the joint for two days, gone with ice and rest.",
        dose=at(Dose, case.doses[0]),
    )  # fmt: skip
