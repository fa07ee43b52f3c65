"""The next legal acts of culture: on a vessel, a suspension, a batch, an open step."""

from collections.abc import Sequence

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user

from lims.models.batch import Batch, BatchStatus
from lims.models.course import CourseStatus
from lims.models.fill import FillKind
from lims.models.step import Step, StepKind, StepStatus
from lims.models.suspension import Suspension, SuspensionStatus
from lims.models.vessel import Vessel, VesselStatus
from lims.permissions import Permission
from lims.workflows import states

Act = tuple[str, str, str]
"""What it is called, its address, a note."""

RECORDED_AT: dict[StepKind, str] = {
    StepKind.SEEDING: "suspensions.seeding",
    StepKind.FEEDING: "culture.feeding",
    StepKind.HARVEST: "culture.harvesting",
    StepKind.PROCESSING: "processings.processing",
    StepKind.COUNTING: "processings.counting",
}
"""The page on which an open step of each kind is recorded; it takes the step's code."""
SPLIT_IN = (StepKind.ISOLATION, StepKind.SEEDING, StepKind.HARVEST)
"""Steps that go on, once recorded, with vessels seeded from their suspension."""
LIVING = (VesselStatus.SEEDED, VesselStatus.CULTURING)


def performs() -> bool:
    return bool(current_user.may(Permission.PERFORM_STEP))


def of_step(step: Step, tubes: Sequence[Suspension]) -> list[Act]:
    """What an open or recorded step of culture waits for; `tubes` are those it works on."""
    if not performs():
        return []
    if step.status is StepStatus.OPEN and step.kind in RECORDED_AT:
        address = url_for(RECORDED_AT[step.kind], code=step.code)
        return [(_("Record what was done"), address, _("scan what was used"))]
    holding = any(tube.status is SuspensionStatus.MADE for tube in tubes)
    if step.status is StepStatus.RECORDED and step.kind in SPLIT_IN and holding:
        address = url_for("suspensions.split", code=step.code)
        return [(_("Split the suspension"), address, _("vessels, retention, waste"))]
    return []


def of_batch(batch: Batch, vessels: Sequence[Vessel], tubes: Sequence[Suspension]) -> list[Act]:
    """What may be begun with the living vessels and the tubes of an open batch, each chosen by its
    scan; cells in a tube come first, they keep for hours."""
    if not performs() or batch.status is not BatchStatus.OPEN:
        return []
    acts: list[Act] = []
    if len(tubes) == 1:
        acts += _leaving(tubes[0])
    elif tubes:
        acts.append(
            (_("Pool, wash or concentrate"), url_for("processings.start"), _("scan all tubes"))
        )
    standing = {vessel.status for vessel in vessels}
    if not standing.isdisjoint(LIVING):
        looking = url_for("vessels.observe", code=batch.code)
        acts += [
            (_("Feed"), url_for("culture.feed", code=batch.code), _("needs a bench")),
            (_("Look at vessels"), looking, _("confluence, photographs")),
        ]
    if VesselStatus.CULTURING in standing:
        harvesting = url_for("culture.harvest", code=batch.code)
        acts.append((_("Harvest"), harvesting, _("needs a bench")))
    if not standing.isdisjoint(LIVING):
        moving = url_for("vessels.move", code=batch.code)
        acts.append((_("Move vessels"), moving, _("scan vessels and shelf")))
    return acts


def of_vessel(vessel: Vessel) -> list[Act]:
    """What may be done with a vessel now."""
    acts: list[Act] = []
    if performs() and vessel.status in LIVING:
        batch = vessel.batch.code
        acts += [
            (
                _("Look at it"),
                url_for("vessels.observe", code=batch),
                _("confluence, contamination"),
            ),
            (_("Feed"), url_for("culture.feed", code=batch), _("needs a bench")),
            (_("Move"), url_for("vessels.move", code=batch), _("scan it and the shelf")),
        ]
    if performs() and vessel.status is VesselStatus.CULTURING:
        address = url_for("culture.harvest", code=vessel.batch.code)
        acts.append((_("Harvest"), address, _("needs a bench")))
        ending = url_for("vessels.no_growth", code=vessel.code)
        acts.append((_("End it: no growth"), ending, _("opens a deviation")))
    if current_user.may(Permission.DISCARD_MATERIAL) and states.may_become(
        vessel, VesselStatus.DISCARDED
    ):
        address = url_for("vessels.discard", vessel=vessel.code)
        acts.append((_("Discard"), address, _("two people sign")))
    return acts


def _leaving(tube: Suspension) -> list[Act]:
    """Where the cells of a tube may go."""
    pooling = url_for("processings.start")
    return [
        (_("Seed vessels"), url_for("suspensions.seed", code=tube.code), _("needs a bench")),
        (_("Fill"), url_for("fills.start", code=tube.code), _("doses or vials")),
        (_("Pool, wash or concentrate"), pooling, _("scan all tubes")),
    ]


def of_suspension(suspension: Suspension) -> list[Act]:
    """What may be done with a tube that holds cells."""
    if suspension.status is not SuspensionStatus.MADE:
        return []
    acts: list[Act] = []
    if performs() and suspension.batch.status is BatchStatus.OPEN:
        code = suspension.code
        if suspension.batch.course.status is CourseStatus.POSTPONED:
            instead = url_for("fills.start", code=code, kind=FillKind.VIALS.value)
            acts.append((_("Freeze everything instead"), instead, _("the course is postponed")))
        acts += _leaving(suspension)
        acts.append((_("Count again"), url_for("processings.count", code=code), _("needs a bench")))
    if current_user.may(Permission.DISCARD_MATERIAL):
        address = url_for("suspensions.discard", code=suspension.code)
        acts.append((_("Discard what is left"), address, _("two people sign")))
    return acts
