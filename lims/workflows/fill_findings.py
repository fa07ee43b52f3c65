"""What is outside the specification in a fill as it was filled: each finding is a deviation."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from lims.errors import N_, Amount, LimsError
from lims.models.fill import Fill, FillKind
from lims.models.filling import Filling
from lims.models.lot import ItemKind
from lims.models.suspension import Suspension
from lims.workflows import (
    breaches,
    fill_gate,
    freezing_density,
    mass_balance,
    specifications,
    supplying,
    tube_age,
)
from lims.workflows.deviation_rules import NOT_JUDGED, Finding
from lims.workflows.specifications import NotJudged

SUSPENDED_IN = {FillKind.DOSES: ItemKind.VEHICLE, FillKind.VIALS: ItemKind.CRYOPROTECTANT}

IMPROBABLE = ("aged", NOT_JUDGED, "dose", "supply", "balance")
"""The rules of what is a slip, as a rule, so that it is asked about: another volume or bottle, or
a tube of long ago, or one whose age cannot be judged, or cells that nothing was taken from."""


class MoreThanLeft(LimsError):
    sentence = N_(
        "%(code)s: %(held)s viable are recorded in its containers, %(left)s left %(tube)s for"
        " them; at most %(tolerance)s may be more."
    )


def outside(
    session: Session, step: Filling, fill: Fill, suspension: Suspension
) -> Iterator[Finding]:
    """Everything the specification did not want of this fill; nothing of it is refused."""
    if not (step.appearance_good and step.containers_intact):
        yield "not_good", breaches.NotGood(code=fill.code)
    for aged in tube_age.problems(session, suspension, fill.filled_at):
        yield NOT_JUDGED if isinstance(aged, NotJudged) else "aged", aged
    yield from _vehicle(fill)
    for problem in fill_gate.growth_problems(suspension, specifications.of(suspension.batch)):
        yield "passage", problem
    yield from _gained(fill, suspension)
    if fill.kind is FillKind.DOSES:
        yield from _volumes(fill, suspension)
    if fill.kind is FillKind.VIALS:
        yield from _concentration(fill, suspension)


def _vehicle(fill: Fill) -> Iterator[Finding]:
    """That the bottle scanned is of another kind than such a fill is suspended in."""
    if fill.vehicle_lot is not None:
        for other in supplying.of_another_kind(fill.vehicle_lot, SUSPENDED_IN[fill.kind]):
            yield "supply", other


def _volumes(fill: Fill, suspension: Suspension) -> Iterator[Finding]:
    version = specifications.of(suspension.batch)
    tolerance = specifications.limit(version, "fill_volume_tolerance_pct")
    for dose in fill.doses:
        planned = dose.planned and dose.planned.volume_ml
        if planned and abs(dose.volume_ml - planned) / planned * 100 > tolerance:
            yield "dose", breaches.volume(dose.code, dose.volume_ml, planned)


def _gained(fill: Fill, suspension: Suspension) -> Iterator[Finding]:
    """That the containers hold more than the tube gave: a count was corrected, and a list of the
    cryobank keeps what was counted in a vial."""
    version, left = specifications.of(suspension.batch), fill.withdrawal.viable_cells
    held = sum(each.viable_cells or 0 for each in fill.containers)
    if left is not None and mass_balance.is_gain(version, held, left):
        yield (
            "balance",
            MoreThanLeft(
                code=fill.code,
                held=Amount(held, "cells"),
                left=Amount(left, "cells"),
                tube=suspension.code,
                tolerance=Amount(mass_balance.tolerance_pct(version), "%"),
            ),
        )


def _concentration(fill: Fill, suspension: Suspension) -> Iterator[Finding]:
    per_ml, (low, high) = suspension.viable_per_ml, freezing_density.limits(suspension)
    if per_ml is not None and not low <= per_ml <= high:
        what, unit = N_("viable cells"), freezing_density.PER_ML
        yield "concentration", breaches.outside(fill.code, what, per_ml, (low, high), unit, 0)
