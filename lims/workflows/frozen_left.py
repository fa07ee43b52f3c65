"""What lies frozen for the next doses of a patient, and for how many it is expected to do."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.models.course import Course
from lims.models.fill import Fill, Vial, VialStatus
from lims.models.order import OrderKind
from lims.models.sampled import cells_left
from lims.workflows import drawn, recovery
from lims.workflows.due import limit_now
from lims.workflows.recovery import Recovery
from lims.workflows.vial_choice import FILLS


@dataclass(frozen=True)
class Frozen:
    """Vials of released fills that no order has; what else speaks against one its order tells."""

    vials: int
    doses: int | None
    """As the course prescribes them; None where it says no size."""


def of_courses(session: Session, courses: Sequence[Course]) -> dict[int, Frozen]:
    """By the key of each course what is left of its patient, nothing where nothing is; queries do
    not grow with them."""
    limits = [limit_now(name).label(name) for name in recovery.LIMITS]
    rows = session.execute(
        select(Vial.patient_id, Vial.viable_cells, Vial.volume_ml, drawn.taken_ml(Vial), *limits)
        .join(Fill, Fill.id == Vial.fill_id)
        .where(
            Vial.patient_id.in_({course.patient_id for course in courses}),
            Vial.status == VialStatus.STORED,
            Fill.status.in_(FILLS[OrderKind.THAW]),
        )
    ).all()
    cells = defaultdict(list)
    for patient, filled, volume_ml, taken_ml, *_limits in rows:
        if volume_ml > (taken_ml or 0):  # a vial that was not counted holds none to count on
            cells[patient].append(int(cells_left(filled or 0, volume_ml, taken_ml)))
    known = None
    if rows and None not in (asked := rows[0][-len(limits) :]):
        known = recovery.by_limits(session, *asked)
    return {
        course.id: Frozen(len(there), _doses(sum(there), course.prescribed_cells, known))
        for course in courses
        if (there := cells.get(course.patient_id))
    }


def _doses(cells: int, of_cells: int | None, known: Recovery | None) -> int | None:
    return int(known.of(cells) // of_cells) if known and of_cells else None
