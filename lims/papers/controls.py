"""In-process controls: a recorded value beside what the specification asks of it, unrounded."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from lims.errors import N_
from lims.models.specification import SpecificationVersion
from lims.models.step import Step
from lims.models.suspension import CellCount
from lims.models.vessel import Vessel
from lims.papers.columns import (
    AT_MOST,
    LIMITS,
    MUST_BE_YES,
    PEOPLE,
    WORDS,
    own_columns,
    unit_of,
)
from lims.papers.wording import spoken, tidied
from lims.records.parts import Reading, Verdict
from lims.records.wording import Wording
from lims.rounding import rounded
from lims.workflows import earlier_steps, judging, specifications, suspensions
from lims.workflows.criteria import criterion, written
from lims.workflows.densities import judged_density
from lims.workflows.intervals import Interval

SHARE_PLACES = 1
DENSITY_PLACES = 0
DOUBLINGS_PLACES = 2
"""What the eye needs; compared is the whole number."""
KEPT = Decimal("0.000001")
"""As finely as a paper keeps what was computed."""


def verdict_of(good: bool) -> Verdict:
    return Verdict.PASS if good else Verdict.FAIL


class Controls:
    """The readings of one version of the specification, in one language."""

    def __init__(self, version: SpecificationVersion, say: Wording) -> None:
        self.version, self.say = version, say

    def named(self, code: str, words: str) -> str:
        """What a reading is called that is of one of several alike."""
        return f"{code} · {self.say.word(words)}"

    def limit(self, name: str) -> Decimal | None:
        return next((each.value for each in self.version.limits if each.name == name), None)

    def bounded(
        self,
        name: str,
        value: Decimal | int | None,
        unit: str,
        limits: str,
        places: int | None = None,
    ) -> Reading:
        """`value` against the limits whose names `limits` makes with min and with max."""
        low, high = (self.limit(limits.format(end)) for end in ("min", "max"))
        exact = tidied(value.quantize(KEPT)) if isinstance(value, Decimal) else value
        if value is None or low is None or high is None:
            return Reading(name, exact, self.say.word(unit) if unit else "", places)
        shown = f"{self.say.number(tidied(low))}–{self.say.number(tidied(high))}"
        good = low <= value <= high
        unit = self.say.word(unit) if unit else ""
        limit = f"{shown} {unit}".rstrip()
        return Reading(name, exact, unit, places, limit, verdict_of(good))

    def at_most(
        self, name: str, value: Decimal | int | None, shown: str, limit: str, unit: str = ""
    ) -> Reading:
        """`value`, written as `shown`, against the one limit it must not pass."""
        most = self.limit(limit)
        if value is None or most is None:
            return Reading(name, shown, unit)
        asked = f"≤ {self.say.number(tidied(most))} {unit}".rstrip()
        return Reading(name, shown, unit, None, asked, verdict_of(value <= most))

    def own(self, step: Step) -> list[Reading]:
        """What the kind of step itself records, column by column; what was left out is left out."""
        found = []
        for name in own_columns(step):
            value = getattr(step, name)
            if name == "portion_ml" and earlier_steps.source_of(step) is not None:
                continue  # nobody planned it here: it is told with what was filled
            if value is not None and name not in PEOPLE and not name.endswith("_id"):
                found.append(self._column(step, name, value))
        return found

    def _column(self, step: Step, name: str, value: object) -> Reading:
        called = self.say.word(WORDS[name].name)
        unit = unit_of(type(step), name)
        if (step.kind, name) in LIMITS and isinstance(value, (Decimal, int)):
            return self.bounded(called, value, unit, LIMITS[step.kind, name])
        if (step.kind, name) in AT_MOST and isinstance(value, Decimal):
            shown = self.say.number(tidied(value))
            return self.at_most(called, value, shown, AT_MOST[step.kind, name], unit)
        if isinstance(value, datetime):
            return Reading(called, value)
        if isinstance(value, bool):
            if name not in MUST_BE_YES:
                return Reading(called, value)
            return Reading(called, value, "", None, self.say.word(N_("yes")), verdict_of(value))
        if isinstance(value, Decimal):
            return Reading(called, tidied(value), self.say.word(unit) if unit else "")
        if isinstance(value, int):
            return Reading(called, value, self.say.word(unit) if unit else "")
        shown = spoken(self.say, value) if isinstance(value, StrEnum) else str(value)
        return Reading(called, shown)

    def viability(self, name: str, count: CellCount) -> Reading:
        """Of a count, by the line that asks for it of cells of this origin and passage."""
        found, cells = suspensions.viability(count), count.suspension
        return self.judged(name, found, suspensions.viability_test(cells), cells.passage)

    def judged(self, name: str, found: Decimal, test: str, passage: int | None) -> Reading:
        """A share in percent, by the line `test`, where that is asked at this passage."""
        kept = found.quantize(KEPT)
        asked = specifications.asks_for(self.version, test)
        wanted = criterion(asked.limit) if asked else None
        if asked is None or not isinstance(wanted, Interval):
            return Reading(name, kept, "%", SHARE_PLACES)
        if not judging.applies(specifications.line_of(asked), passage):
            return Reading(name, kept, "%", SHARE_PLACES)
        good = Interval(found, found).within(wanted)
        limit = f"{written(asked.limit)} %"
        return Reading(name, kept, "%", SHARE_PLACES, limit, verdict_of(good))

    def seconds(self, name: str, found: Decimal | int, limit: str) -> Reading:
        """A time against the longest that is allowed, rounded to its own side of it."""
        most = self.limit(limit)
        shown = rounded(Decimal(found), 0, () if most is None else (most,))
        return self.at_most(name, found, self.say.number(tidied(shown)), limit, self.say.word("s"))

    def density(self, name: str, vessel: Vessel) -> Reading | None:
        found = judged_density(vessel)
        if found is None:
            return None
        limits = "seeding_density_{}_per_cm2"
        return self.bounded(name, found, N_("cells/cm²"), limits, DENSITY_PLACES)
