"""Doses of which the clinic must be told something: recalled, or held by a deviation."""

from typing import Any

from sqlalchemy import Select, and_, or_, select

from lims.models.course import Course, TransplantationSession
from lims.models.deviation import Deviation, DeviationSubject
from lims.models.fill import Dose, DoseStatus, Fill, FillStatus
from lims.workflows import deviations
from lims.workflows.dose_gate import RELEASED
from lims.workflows.stopping import ENDED

AT_THE_CLINIC = (DoseStatus.ISSUED, DoseStatus.RECEIVED, DoseStatus.ADMINISTERED)
"""Given out; also injected, for then the patient is to be looked after."""


def alarmed() -> Select[Any]:
    """Those doses, of courses that are not over."""
    undecided = (
        select(DeviationSubject.batch_id)
        .join(Deviation, Deviation.id == DeviationSubject.deviation_id)
        .where(
            DeviationSubject.batch_id.is_not(None),
            Deviation.status.not_in(deviations.DECIDED),
            or_(*(Deviation.grade == grade for grade in deviations.HOLDING)),
        )
    )
    given = Dose.status.in_(AT_THE_CLINIC)
    promised = given | (Dose.status == DoseStatus.AVAILABLE)
    return (
        select(Dose)
        .join(Fill, Fill.id == Dose.fill_id)
        .join(TransplantationSession, TransplantationSession.id == Dose.session_id)
        .join(Course, Course.id == TransplantationSession.course_id)
        .where(
            Course.status.not_in(ENDED),
            or_(
                and_(Fill.status == FillStatus.RECALLED, given),
                and_(Fill.status.in_(RELEASED), promised, Fill.batch_id.in_(undecided)),
            ),
        )
    )
