"""`lims growth`: passages of cultures in, their doublings and doubling times out."""

import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from operator import attrgetter

from lims.errors import N_, LimsError
from lims.imports.sheet import BadRow, Report, Row, aligned, read_sheet
from lims.workflows.growth import Growth, GrowthRow, growth_of
from lims.workflows.intervals import number

RUN, PASSAGE, DAYS = "run", "passage", "days"
SEEDED, HARVESTED = "seeded_viable_cells", "harvested_viable_cells"
COLUMNS = (RUN, PASSAGE, SEEDED, HARVESTED, DAYS)
PASSAGE_WRITTEN = re.compile(r"[PpРр]? ?([0-9]{1,2})")
HEADER = ("run", "passage", "PD", "cPD", "doubling_time_h")
UNDEFINED = "n/a"


class NotAPassage(LimsError):
    sentence = N_("“%(text)s” is not a passage. Write P0, P1, P2 and so on.")


class NotAboveZero(LimsError):
    sentence = N_("%(text)s is not above zero.")


class RunMissing(LimsError):
    sentence = N_("the name of the run is missing.")


class PassageTwice(LimsError):
    sentence = N_("P%(passage)s of %(run)s stands above already. Name each culture's run apart.")


@dataclass(frozen=True)
class CountedPassage:
    line: int
    run: str
    counts: GrowthRow

    @property
    def place(self) -> tuple[str, int]:
        return self.run, self.counts.passage


def growth_report(raw: bytes) -> Report:
    """A line for each passage, in the order of the file; a wrong one goes to the errors."""
    report = Report()
    rows = read_sheet(raw, columns=COLUMNS, errors=report.errors)
    counted = [row for row in (_counted(row, report.errors) for row in rows) if row]
    course = _course(counted, report.errors)
    table = [(row, course[row.line]) for row in counted if row.line in course]
    report.lines = aligned([HEADER, *(_written(row, growth) for row, growth in table)])
    return report


def _counted(row: Row, errors: list[LimsError]) -> CountedPassage | None:
    before = len(errors)
    passage = row.read(PASSAGE, _passage, errors)
    seeded = row.read(SEEDED, _above_zero, errors)
    harvested = row.read(HARVESTED, _above_zero, errors)
    days = row.read(DAYS, _above_zero, errors)
    run = row.read(RUN, _run, errors)
    if len(errors) > before or run is None or passage is None:
        return None
    hours = None if days is None else days * 24
    return CountedPassage(row.line, run, GrowthRow(passage, seeded, harvested, hours))


def _run(text: str) -> str:
    if not text:
        raise RunMissing()
    return text


def _passage(text: str) -> int:
    found = PASSAGE_WRITTEN.fullmatch(text)
    if not found:
        raise NotAPassage(text=text)
    return int(found[1])


def _above_zero(text: str) -> Decimal | None:
    """None where the cell is empty: not counted, which is no error."""
    if not text:
        return None
    value = number(text)
    if value <= 0:
        raise NotAboveZero(text=text)
    return value


def _course(counted: list[CountedPassage], errors: list[LimsError]) -> dict[int, Growth]:
    """What each line's passage did; the lines of a run may stand in any order."""
    course: dict[int, Growth] = {}
    in_order = sorted(counted, key=attrgetter("place"))
    for run, members in groupby(in_order, key=attrgetter("run")):
        passages: dict[int, CountedPassage] = {}
        for row in members:
            if row.counts.passage in passages:
                problem = PassageTwice(passage=row.counts.passage, run=run)
                errors.append(BadRow(line=row.line, column=PASSAGE, problem=problem))
            else:
                passages[row.counts.passage] = row
        grown = growth_of([row.counts for row in passages.values()])
        course.update(zip((row.line for row in passages.values()), grown, strict=True))
    return course


def _written(row: CountedPassage, growth: Growth) -> tuple[str, ...]:
    values = (growth.doublings, growth.cumulative, growth.doubling_time_hours)
    return (row.run, f"P{growth.passage}", *map(four_places, values))


def four_places(value: float | None) -> str:
    """`n/a` where undefined; a loss too small to print is no minus zero."""
    if value is None:
        return UNDEFINED
    text = f"{value:.4f}"
    return text.removeprefix("-") if float(text) == 0 else text
