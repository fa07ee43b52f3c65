"""Whether a suspension may be filled: asked by the gate before, shown by the page beforehand."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.course import CourseStatus
from lims.models.deviation import Hold
from lims.models.fill import FillKind
from lims.models.specification import SpecificationVersion
from lims.models.suspension import Suspension
from lims.models.vessel import Vessel
from lims.workflows import (
    containers,
    freezing_limits,
    holds,
    specifications,
    stopping,
    tube_age,
)
from lims.workflows.growth import SVF_PASSAGE


class NotCounted(LimsError):
    sentence = N_("%(code)s was not counted. Count it before it is filled.")


class PassageTooHigh(LimsError):
    sentence = N_("%(code)s is at passage %(passage)s; at most %(most)s may be filled.")
    recorded = True


class PassageNotKnown(LimsError):
    sentence = N_("The passage of %(code)s is not known; it cannot be filled.")
    recorded = True


class SvfNotFilled(LimsError):
    sentence = N_("%(code)s is not expanded yet; only cells of at least passage 0 are filled.")
    recorded = True


class DoublingsTooMany(LimsError):
    sentence = N_("%(code)s has %(doublings)s cumulative doublings; at most %(most)s are filled.")
    recorded = True


def problems_by_kind(session: Session, suspension: Suspension) -> dict[FillKind, list[LimsError]]:
    """`problems_with` of every kind of fill; what they share is read once."""
    bare = containers.unlabelled(session, [suspension.code])
    return {kind: list(problems_with(session, suspension, kind, bare)) for kind in FillKind}


def problems_with(
    session: Session,
    suspension: Suspension,
    kind: FillKind = FillKind.DOSES,
    bare: Sequence[LimsError] | None = None,
) -> Iterator[LimsError]:
    """Why a suspension may not be filled; nothing when it may. Read by the page and the gate.

    Held cells are frozen all the same: their vials stay in quarantine.
    While a course is postponed its cells are kept: frozen in vials, not filled as doses.
    """
    version = specifications.of(suspension.batch)
    course = suspension.batch.course
    if kind is FillKind.DOSES or course.status is not CourseStatus.POSTPONED:
        yield from stopping.problems_with(session, course, suspension.patient, clock.now())
    yield from containers.unlabelled(session, [suspension.code]) if bare is None else bare
    yield from growth_problems(suspension, version)
    if suspension.count is None:
        yield NotCounted(code=suspension.code)
    if kind is FillKind.VIALS:
        yield from freezing_limits.problems(session, suspension)
        return
    yield from tube_age.problems(session, suspension, clock.now())
    origins = select(Vessel.id).where(Vessel.harvested_into_id == suspension.id)
    grown_in = Hold.vessel_id.in_(origins)
    for hold in holds.open_holds(session, suspension, suspension.batch, also=grown_in):
        yield holds.OnHold(code=suspension.code, reason=hold.reason)


def growth_problems(suspension: Suspension, version: SpecificationVersion) -> Iterator[LimsError]:
    most = specifications.limit(version, "passage_max_for_filling")
    if suspension.passage is None:
        yield PassageNotKnown(code=suspension.code)
    elif suspension.passage == SVF_PASSAGE:
        yield SvfNotFilled(code=suspension.code)
    elif suspension.passage > most:
        yield PassageTooHigh(code=suspension.code, passage=suspension.passage, most=most)
    doublings = suspension.cumulative_doublings
    ceiling = specifications.limit(version, "cumulative_doublings_max")
    if doublings is not None and doublings > ceiling:
        yield DoublingsTooMany(code=suspension.code, doublings=doublings, most=ceiling)
