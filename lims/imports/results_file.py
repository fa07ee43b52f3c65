"""`lims judge`: results in, verdicts by a specification out."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from lims.errors import N_, LimsError
from lims.imports.sheet import Report, Row, aligned, decoded, read_sheet
from lims.workflows.intervals import number
from lims.workflows.judging import Verdict, judge, read_result, worst
from lims.workflows.lines import Line, Reading
from lims.workflows.specification_file import read_specification
from lims.workflows.specification_text import NoSuchTest, SpecificationText

TEST, RESULT, DAYS_READ, METHOD = "test", "result", "days_read", "method"
SPIKE = "spike_recovery_pct"
"""An optional column: how much of the endotoxin added was found again."""
DAYS = re.compile(r"([0-9]{1,3})(?: ?d)?")


class NotDays(LimsError):
    sentence = N_("“%(text)s” is not a number of days. Write a whole number.")


class NoTestNamed(LimsError):
    sentence = N_("the code of the test is missing.")


@dataclass(frozen=True)
class Judged:
    test: str
    line: Line | None
    """None: the specification does not ask for it."""
    verdict: Verdict


def judging_report(specification: bytes, results: bytes, *, name: str) -> Report:
    """A verdict for each row, then for each group by its members, then what is missing.

    `name` stands for the code of a specification file that gives none.
    """
    asked = read_specification(decoded(specification), code=name)
    report = Report()
    rows = read_sheet(results, columns=(TEST, RESULT), errors=report.errors)
    judged = [each for each in (_judged(asked, row, report.errors) for row in rows) if each]
    told = [*judged, *_groups(judged), *_missing(asked, judged)]
    report.lines = aligned([(each.test, each.verdict.value) for each in told])
    return report


def _judged(specification: SpecificationText, row: Row, errors: list[LimsError]) -> Judged | None:
    test = row.read(TEST, _test, errors)
    if test is None:
        return None
    try:
        line = specification.test(test)
    except NoSuchTest:
        return Judged(test, None, Verdict.NOT_EVALUATED)
    before = len(errors)
    verdict = judge(line, _reading(line, row, errors))
    slipped = len(errors) > before
    return Judged(test, line, worst([verdict, Verdict.INCONCLUSIVE]) if slipped else verdict)


def _reading(line: Line, row: Row, errors: list[LimsError]) -> Reading:
    if row[RESULT]:
        row.read(RESULT, partial(read_result, line), errors)
    days = row.read(DAYS_READ, _days, errors)
    spike = row.read(SPIKE, _spike, errors)
    return Reading(row[RESULT], days, row[METHOD], spike)


def _test(text: str) -> str:
    if not text:
        raise NoTestNamed()
    return text.casefold()


def _days(text: str) -> int | None:
    if not text:
        return None
    found = DAYS.fullmatch(text)
    if not found:
        raise NotDays(text=text)
    return int(found[1])


def _spike(text: str) -> Decimal | None:
    return number(text) if text else None


def _groups(judged: list[Judged]) -> list[Judged]:
    """One verdict for a line whose members were given apart; an empty one was not measured."""
    groups: dict[str, tuple[Line, list[Verdict]]] = {}
    for each in judged:
        if each.line and each.test in each.line.members:
            _, verdicts = groups.setdefault(each.line.code, (each.line, []))
            verdicts.append(each.verdict)
    return [
        Judged(code, line, worst(each for each in verdicts if each is not Verdict.MISSING))
        for code, (line, verdicts) in groups.items()
    ]


def _missing(specification: SpecificationText, judged: list[Judged]) -> list[Judged]:
    given = {each.line.code for each in judged if each.line}
    absent = [line for line in specification.tests if line.required and line.code not in given]
    return [Judged(line.code, line, judge(line, None)) for line in absent]
