"""What the proposals of every area share."""

from collections.abc import Callable
from typing import Any

from lims.models.aliquot import QcTestStatus
from lims.models.fill import DoseStatus, FillStatus
from lims.models.sample import SampleStatus
from lims.models.suspension import CountMethod
from lims.models.vessel import VesselStatus
from lims.workflows import (
    course_progress,
)
from lims.workflows.suspensions import Count
from tests.walks.chances import Chance

Act = tuple[str, Callable[..., Any], dict[str, Any]]
V, S, F, D, Q = VesselStatus, SampleStatus, FillStatus, DoseStatus, QcTestStatus
ENDS = (course_progress.withdraw_course, course_progress.exclude_course)
PAUSES = (course_progress.postpone_course, course_progress.resume_course)


def count(chance: Chance) -> Count | None:
    live = chance.of((50_000_000, 400_000_000, 1_000, 0, None))
    return None if live is None else Count(live, live // 25, CountMethod.AUTOMATED)


def planned(chance: Chance, kind: str) -> str:
    """A container that was given out; of this step or of another."""
    codes = [known.code for known in chance.live["planned_container"] if known.status == kind]
    return str(chance.of(codes[-8:] or [chance.walk.patient]))
