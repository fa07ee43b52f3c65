"""What lies frozen for the next doses of a patient, and for how many it is expected to do."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.models.course import Course
from lims.models.fill import Fill, Vial, VialStatus
from lims.models.order import OrderKind
from lims.models.sampled import cells_left
from lims.workflows import drawn, recovery, specifications
from lims.workflows.vial_choice import FILLS


@dataclass(frozen=True)
class Frozen:
    """Vials of released fills that no order has; what else speaks against one its order tells."""

    vials: int
    doses: int | None
    """As prescribed in the course; None where that says no size."""


def of_courses(session: Session, courses: Sequence[Course]) -> dict[int, Frozen]:
    """By the key of each course what is left of its patient, nothing where nothing is; queries do
    not grow with them."""
    cells = _cells_of(session, {course.patient_id for course in courses})
    if not cells or specifications.approved(session) is None:
        return {}
    known = recovery.expected(session)
    return {
        course.id: Frozen(
            len(cells[course.patient_id]),
            _doses(known.of(sum(cells[course.patient_id])), course.prescribed_cells),
        )
        for course in courses
        if course.patient_id in cells
    }


def _doses(expected: Decimal, of_cells: int | None) -> int | None:
    return int(expected // of_cells) if of_cells else None


def _cells_of(session: Session, patients: set[int]) -> dict[int, list[int]]:
    """By patient, the viable cells left in each vial; one that was not counted holds none."""
    taken = drawn.by_vial().subquery()
    rows = session.execute(
        select(Vial.patient_id, Vial.viable_cells, Vial.volume_ml, taken.c.ml)
        .join(Fill, Fill.id == Vial.fill_id)
        .outerjoin(taken, taken.c.vial_id == Vial.id)
        .where(
            Vial.patient_id.in_(patients),
            Vial.status == VialStatus.STORED,
            Fill.status.in_(FILLS[OrderKind.THAW]),
        )
    )
    found = defaultdict(list)
    for patient, filled, volume_ml, taken_ml in rows:
        if volume_ml > (taken_ml or 0):
            found[patient].append(int(cells_left(filled or 0, volume_ml, taken_ml)))
    return found
