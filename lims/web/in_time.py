"""Said at the bench while it can still be mended: what a release will ask for and nobody took."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from flask import flash
from flask_babel import gettext as _

from lims.models.batch import Batch
from lims.models.step import Step
from lims.models.suspension import Suspension
from lims.web.current import reading_session
from lims.web.doors import Act, door
from lims.web.records import find
from lims.workflows import in_time
from lims.workflows.lines import FillKind, Line
from lims.workflows.qc_lines import FINAL


@dataclass(frozen=True)
class Hint:
    """What is still to be taken, and the button to where it is taken."""

    lines: Sequence[Line]
    acts: Sequence[Act] = ()
    kind: FillKind = FillKind.DOSES

    @property
    def of_containers(self) -> list[Line]:
        """Of `lines`, those for which there is nothing to take before a container is filled."""
        return [line for line in self.lines if line.taken_from in FINAL]

    @property
    def at_once(self) -> list[Line]:
        return [line for line in self.lines if line.taken_from not in FINAL]

    @property
    def aliquots(self) -> int:
        """One of each kind of source serves all its tests."""
        return len({line.taken_from for line in self.lines})


def at_harvest(batch: Batch) -> Hint:
    return Hint(in_time.at_harvest(reading_session(), batch))


def at_fill(suspension: Suspension, filled_as: StrEnum) -> Hint:
    kind = FillKind(filled_as.value)
    return Hint(in_time.at_fill(reading_session(), suspension, kind), kind=kind)


def of_step(step: Step, vials: bool = False) -> Hint:
    lines = in_time.of_step(reading_session(), step)
    acts = door(_("Take an aliquot"), "aliquots.take", code=step.code)
    return Hint(lines, acts, FillKind.VIALS if vials else FillKind.DOSES)


def warn_of(code: str) -> None:
    """Say, on the next page, what is not taken yet in the step with this code."""
    if lines := in_time.of_step(reading_session(), find(Step, code)):
        named = "; ".join(_(line.name) for line in lines)
        flash(_("Not taken yet, and a release will ask for it: %(tests)s.", tests=named), "warn")
