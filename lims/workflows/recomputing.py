"""Results that were computed from the record: where a correction changes it, decided again."""

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import Amount
from lims.models.aliquot import QcTest, QcTestStatus
from lims.models.specification import SpecificationTest
from lims.models.step import Step
from lims.models.user import User
from lims.workflows import computed_results, deviations, dose_gate, qc_readings, qc_tests, states
from lims.workflows.breaches import RestedOn

Shares = Mapping[QcTest, Decimal | None]


def shares(session: Session, step: Step) -> Shares:
    """What the record gives now for each computed result that stands of the patient of `step`."""
    read = (
        select(QcTest)
        .join(SpecificationTest, SpecificationTest.id == QcTest.specification_test_id)
        .where(
            QcTest.patient_id == step.patient_id,
            QcTest.status.not_in(qc_readings.GONE),
            QcTest.results.any(),
            SpecificationTest.code.in_(computed_results.LINES),
        )
        .order_by(QcTest.id)
    )
    return {test: computed_results.of_test(session, test) for test in session.scalars(read)}


def ask_anew(session: Session, before: Shares, reason: str, by: User) -> None:
    """Each result for which the record gives another figure than `before` stands no more."""
    for test, share in before.items():
        if computed_results.of_test(session, test) != share:
            _fall_back(session, test, reason, by)


def _fall_back(session: Session, test: QcTest, reason: str, by: User) -> None:
    """What was read stays, a new test is asked for; a fill that is out is held meanwhile."""
    approved = test.status is QcTestStatus.APPROVED
    states.move(session, test, QcTestStatus.SUPERSEDED if approved else QcTestStatus.INVALID)
    fill = test.fill
    if fill is not None and fill.status in dose_gate.RELEASED:
        text = qc_readings.text_of(test, qc_readings.rows_of_record(test))
        told = RestedOn(
            code=test.code,
            test=test.line.name,
            found=Amount(text, test.line.unit),
            fill=fill.code,
            reason=reason,
        )
        deviations.open_by_rule(session, "superseded", fill, test, description=told, by=by)
    qc_tests.ask_again(session, test, by)
