"""What a run at QC is done with that may not be used any more: recalled while its tubes wait.

Told on its pages, and noted with each tube that joins the run or is read all the same.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import LimsError
from lims.models.aliquot import Aliquot
from lims.models.deviation import Deviation, DeviationSupply
from lims.models.lot import Lot
from lims.models.qc_run import QcRun
from lims.models.qc_run_used import QcRunLot
from lims.models.user import User
from lims.workflows import deviations, lot_decisions
from lims.workflows.stock import BARRED, out_of_order


def problem_of(run: QcRun, used: QcRunLot) -> LimsError | None:
    """What speaks against a lot that `run` is done with; of one that is over, as it ended."""
    if used.taken_off_at is not None:
        return None
    return out_of_order(used.lot, run.closed_at or clock.now())


def note(session: Session, run: QcRun, aliquot: Aliquot, by: User) -> None:
    """The deviations about what `run` is done with name the batch of `aliquot` as well."""
    for each in run.used:
        recalled = None
        if isinstance(each, QcRunLot) and each.lot.status in BARRED:
            recalled = _recall_of(session, each.lot)
            if recalled is None:
                _require_told(session, each, by)
        for told in filter(None, {each.deviation, recalled}):
            deviations.touch(session, told, aliquot)


def _recall_of(session: Session, lot: Lot) -> Deviation | None:
    """The deviation of its recall, while nobody has decided it."""
    return session.scalars(
        select(Deviation)
        .join(DeviationSupply, DeviationSupply.deviation_id == Deviation.id)
        .where(
            DeviationSupply.lot_id == lot.id,
            Deviation.rule.in_(lot_decisions.USED.values()),
            Deviation.status.in_(deviations.UNDECIDED),
        )
        .order_by(Deviation.id.desc())
        .limit(1)
    ).one_or_none()


def _require_told(session: Session, used: QcRunLot, by: User) -> None:
    """A lot that is used though it was taken back has a deviation that nobody decided yet."""
    if used.deviation is not None and used.deviation.status not in deviations.DECIDED:
        return
    problem = out_of_order(used.lot, clock.now())
    assert problem is not None
    used.deviation = deviations.open_by_rule(
        session, "supply", used.lot, description=problem, by=by
    )
    session.flush()
