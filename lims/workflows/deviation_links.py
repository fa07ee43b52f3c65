"""Deviations that belong together: the same thing reported twice, a closed one taken up again."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.deviation import Deviation, DeviationStatus, DeviationSupply
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import deviations, states
from lims.workflows.codes import coded
from lims.workflows.command import command
from lims.workflows.deviation_decisions import decide, require_text


class DuplicateOfItself(LimsError):
    sentence = N_("%(code)s cannot be a duplicate of itself.")


class OriginalEnded(LimsError):
    sentence = N_(
        "%(code)s is %(status)s already; it cannot answer for a new report."
        " Decide this one by itself, or reopen that one."
    )
    status = 409


class ReopenedAlready(LimsError):
    sentence = N_("%(code)s was reopened already, as %(by)s.")
    status = 409


@command(Permission.INVESTIGATE_DEVIATION)
def mark_duplicate(
    session: Session, deviation: Deviation, *, of: Deviation, text: str, by: User
) -> Deviation:
    """A second report of the same thing; the first one goes on and blocks what either did."""
    states.require(deviation, DeviationStatus.REPORTED)
    if of.id == deviation.id:
        raise DuplicateOfItself(code=deviation.code)
    if of.status in deviations.DECIDED:
        raise OriginalEnded(code=of.code, status=of.status)
    deviation.duplicate_of_id = of.id
    _carry_over(session, deviation, of)
    return decide(session, deviation, DeviationStatus.DUPLICATE, text, by)


@command(Permission.DECIDE_DEVIATION)
def reopen_deviation(session: Session, deviation: Deviation, *, text: str, by: User) -> Deviation:
    """A closed deviation goes on as a new version that names it; the closed one stays as it is."""
    states.require(deviation, DeviationStatus.CLOSED)
    require_text(session, text)
    again = session.scalar(select(Deviation).where(Deviation.reopens_id == deviation.id))
    if again is not None:
        raise ReopenedAlready(code=deviation.code, by=again.code)
    again = Deviation(
        kind=deviation.kind,
        rule=deviation.rule,
        title=deviation.title,
        description=text,
        grade=deviation.grade,
        reported_by_id=by.id,
        reopens_id=deviation.id,
    )
    session.add(coded(session, states.begin(again)))
    session.flush()
    _carry_over(session, deviation, again)
    return again


def _carry_over(session: Session, source: Deviation, to: Deviation) -> None:
    """Let `to` be about everything that `source` is about."""
    for subject in source.subjects:
        named = {column: getattr(subject, column) for column in deviations.SUBJECT_COLUMNS}
        given = {column: key for column, key in named.items() if key is not None}
        deviations.name_all(session, to, subject.patient_id, given.items())
    supplies = select(DeviationSupply).where(DeviationSupply.deviation_id == source.id)
    for supply in session.scalars(supplies).all():
        session.add(
            DeviationSupply(
                deviation_id=to.id, lot_id=supply.lot_id, equipment_id=supply.equipment_id
            )
        )
    session.flush()
