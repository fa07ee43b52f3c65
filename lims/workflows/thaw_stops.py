"""Another patient's vial scanned at the bath: told to quality, and cleared by a second person.

What is in the bath already is recorded whatever stands: the stop asks before the next vial goes in.
"""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.deviation import Deviation, DeviationSubject
from lims.models.retrieval import Thaw
from lims.models.step import IdentityCheck
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import breaches, deviations, signing, steps
from lims.workflows.command import command
from lims.workflows.signing import Proof

RULE = "thaw_stop"


class StopAtTheBath(LimsError):
    sentence = N_(
        "%(code)s was stopped before: another patient's vial was scanned. A second person looks at"
        " the bath and at the vials with you and clears the stop: by badge and PIN, or by name"
        " and password."
    )
    recorded = True
    status = 409


@command(Permission.REPORT_DEVIATION)
def report_thaw_stop(session: Session, step: Thaw, *, scanned: str, by: User) -> Deviation:
    """A foreign vial at the bath is a deviation; one more before it is cleared is the same one."""
    steps.require_open(step)
    if (earlier := uncleared(session, step)) is not None:
        return earlier
    told = breaches.ForeignScan(code=step.code, scanned=scanned)
    return deviations.open_by_rule(session, RULE, step, description=told, by=by)


def uncleared(session: Session, step: Thaw) -> Deviation | None:
    """The mix-up in `step` that quality has not decided and after which nobody cleared it."""
    return session.scalars(_uncleared(step)).first()


def _uncleared(step: Thaw) -> Select[Deviation]:
    cleared = select(IdentityCheck.id).where(
        IdentityCheck.step_id == step.id,
        IdentityCheck.cleared_by_id.is_not(None),
        IdentityCheck.checked_at >= Deviation.reported_at,
    )
    return (
        select(Deviation)
        .join(DeviationSubject, DeviationSubject.deviation_id == Deviation.id)
        .where(
            DeviationSubject.step_id == step.id,
            Deviation.rule == RULE,
            Deviation.status.in_(deviations.UNDECIDED),
            ~cleared.exists(),
        )
        .order_by(Deviation.id.desc())
    )


def cleared_by(
    session: Session, step: Thaw, second: Proof | None, by: User, *, done_before: bool
) -> User | None:
    """Who clears the stop that stands in `step`; raises where nobody does and a vial is still to
    go in. What was `done_before` is a fact, and recorded without."""
    if uncleared(session, step) is None:
        return None
    if second is not None:
        return signing.second_person(
            session, second, not_these=[by], permission=Permission.REPORT_DEVIATION, signs=False
        )
    if not done_before:
        raise StopAtTheBath(code=step.code)
    return None
