"""What the gate says of a dose that left: refused while that can be stopped, else told."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from lims import clock
from lims.errors import LimsError
from lims.models.course import TransplantationSession
from lims.models.fill import Dose
from lims.workflows import called_off, dose_gate, rejecting


def problems_with(
    session: Session, dose: Dose, sitting: TransplantationSession, at: datetime, *, past: bool
) -> list[LimsError]:
    """Raise what stands against a hand-over `at` that time; of one long `past`, or before the dose
    was recalled or its injection called off, answer what stood against it then, and that nobody
    waits for the dose now."""
    a_fact = past or any(at < each for each in _taken_back(session, dose))
    known = at if a_fact else None
    found = dose_gate.problems_with(session, dose, sitting, at=at, as_known_at=known)
    for problem in found:
        if not a_fact or dose_gate.never_true(dose, problem, at):
            raise problem
    told = {type(each) for each in found}
    off_now = called_off.problems_with(session, dose, clock.now())
    return found + [each for each in off_now if a_fact and type(each) not in told]


def _taken_back(session: Session, dose: Dose) -> Iterator[datetime]:
    """When it was said that a dose which had been let go is not to be given."""
    if (decided := rejecting.taken_back(dose.fill)) is not None:
        yield decided.decided_at
    if (off := called_off.since(session, dose)) is not None:
        yield off
