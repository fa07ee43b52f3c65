"""A result out of specification: the investigation it opens, and what that is about."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import Amount
from lims.models.aliquot import QcTest
from lims.models.batch import Batch
from lims.models.deviation import Deviation, DeviationKind, DeviationStatus, DeviationSubject
from lims.models.fill import FillStatus
from lims.models.user import User
from lims.workflows import deviations, fill_results, qc_readings, starting
from lims.workflows.breaches import Failing
from lims.workflows.qc_results import line_of

OUT = (FillStatus.CONDITIONAL, FillStatus.RELEASED)
"""Such a fill has left the house, or may have: it is kept, and a critical deviation is opened."""

INVESTIGATED = deviations.DECIDED - {DeviationStatus.DUPLICATE}


def investigate(session: Session, test: QcTest, by: User) -> Deviation:
    """Open the investigation of a failing result.

    It is about the vials left of what was thawed too: what is in these cells may be in those.
    """
    limit = Amount(line_of(test).limit, test.line.unit)
    told = Failing(code=test.code, test=test.line.name, found=found(test), limit=limit)
    out = fill_results.fills_resting_on(session, test, *OUT)
    frozen = starting.fills_behind(session, session.get_one(Batch, test.batch_id))
    about = dict.fromkeys([test, *out, *frozen])
    rule = "result_out" if out else "result"
    return deviations.open_by_rule(session, rule, *about, description=told, by=by)


def investigations(session: Session, test: QcTest, *, decided: bool) -> list[Deviation]:
    """The out-of-specification investigations about `test`, all or the decided ones."""
    opened = session.scalars(
        select(Deviation)
        .join(DeviationSubject, DeviationSubject.deviation_id == Deviation.id)
        .where(
            DeviationSubject.qc_test_id == test.id,
            Deviation.kind == DeviationKind.OUT_OF_SPECIFICATION,
        )
        .order_by(Deviation.id)
    )
    return [each for each in opened if not decided or each.status in INVESTIGATED]


def found(test: QcTest) -> Amount:
    """The result as it was entered, with its unit."""
    text = qc_readings.text_of(test, qc_readings.rows_of_record(test))
    return Amount(text, test.line.unit)
