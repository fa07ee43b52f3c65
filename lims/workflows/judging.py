"""The one judge: a result against its line of the specification, unrounded."""

import re
from collections.abc import Iterable
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from lims.errors import N_, LimsError
from lims.workflows.criteria import Words, criterion, word
from lims.workflows.intervals import Interval, bounded, ranged, tidy
from lims.workflows.lines import Line, Reading

DAYS_IN_METHOD = re.compile(r"\b(\d{1,3}) ?(?:d|days?|сут|дн|дней)\b", re.IGNORECASE)


class Verdict(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    MISSING = "missing"
    RUNNING = "still_running"
    """Never judged: how a test under way stands, whatever was read of it by now."""
    INVALID = "invalid"
    NOT_EVALUATED = "not_evaluated"


WORST_FIRST = (
    Verdict.FAIL,
    Verdict.INVALID,
    Verdict.INCONCLUSIVE,
    Verdict.RUNNING,
    Verdict.MISSING,
    Verdict.PASS,
    Verdict.NOT_EVALUATED,
)


class UnreadableResult(LimsError):
    sentence = N_("%(test)s: “%(text)s” cannot be judged. Write %(allowed)s.")


class ImpossibleResult(LimsError):
    sentence = N_("%(test)s: %(text)s cannot be; it lies outside %(possible)s.")


class UnknownMember(LimsError):
    sentence = N_("%(member)s does not belong to %(test)s, which takes %(members)s.")


def judge(line: Line, reading: Reading | None, passage: int | None = None) -> Verdict:
    """The verdict on `reading`; with an unknown `passage` a line bound to passages is judged.

    A result that says nothing is inconclusive; a limit that says nothing raises BadLimit.
    """
    criterion(line.limit)
    if not applies(line, passage):
        return Verdict.NOT_EVALUATED
    if reading is None:
        return Verdict.MISSING
    if line.members:
        return _of_group(line, reading)
    return _of_one(line, reading)


def applies(line: Line, passage: int | None) -> bool:
    if passage is None:
        return True
    after = line.from_passage is None or passage >= line.from_passage
    return after and (line.to_passage is None or passage <= line.to_passage)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The one that decides; of nothing, missing."""
    return min(verdicts, key=WORST_FIRST.index, default=Verdict.MISSING)


def blocks(line: Line, verdict: Verdict) -> bool:
    """Whether `verdict` stands in the way of a final release."""
    return line.required and verdict not in (Verdict.PASS, Verdict.NOT_EVALUATED)


def may_follow(line: Line, reading: Reading | None) -> bool:
    """Whether a conditional release may go before this result: nothing read yet, or good so far.

    That the test is running at all is for the caller to know.
    """
    return line.conditional_allowed and good_so_far(line, reading)


def good_so_far(line: Line, reading: Reading | None) -> bool:
    """Whether nothing but its days keeps `reading` from passing; so does nothing read yet."""
    days = None if reading is None else replace(reading, days_read=days_needed(line, reading))
    return judge(line, days) in (Verdict.MISSING, Verdict.PASS)


def near_limit(line: Line, reading: Reading, within_pct: Decimal) -> bool:
    """Whether a passing number lies within `within_pct` per cent of a bound it must keep."""
    asked = criterion(line.limit)
    texts = [text for text in (reading.text, *reading.measured.values()) if text]
    if isinstance(asked, Words) or judge(line, reading) is not Verdict.PASS:
        return False
    values = [_interval(line, text).exact for text in texts]
    bounds = [bound for bound in (asked.low, asked.high) if bound]
    return any(
        abs(value - bound) * 100 <= abs(bound) * within_pct
        for value in values
        if value is not None
        for bound in bounds
    )


def read_result(line: Line, text: str) -> Interval | Verdict:
    """What `text` says: a number's interval or a word's verdict; raises where it says nothing.

    For forms and files, so that a slip of the pen is mended before it is judged.
    """
    asked = criterion(line.limit)
    if isinstance(asked, Interval):
        return _interval(line, text)
    if word(text) in asked.accepted:
        return Verdict.PASS
    if any(re.match(rf"{re.escape(adverse)}\b", word(text)) for adverse in asked.adverse):
        return Verdict.FAIL
    allowed = ", ".join(sorted(asked.accepted | asked.adverse))
    raise UnreadableResult(test=line.name or line.code, text=text.strip(), allowed=allowed)


def shown(value: Decimal, places: int) -> str:
    """`value` rounded for the eye; never compare what this returns."""
    return str(value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP))


def days_needed(line: Line, reading: Reading) -> int:
    """The later of what the line and the method read by say: `compendial 14 d` is open on day 7."""
    if isinstance(criterion(line.limit), Interval):
        return line.days_to_read or 0
    return max(line.days_to_read or 0, days_in(reading.method))


def days_in(method: str) -> int:
    """The days that the name of a method tells, 0 where it tells none."""
    return max([0, *map(int, DAYS_IN_METHOD.findall(tidy(method)))])


def _of_group(line: Line, reading: Reading) -> Verdict:
    for member in reading.measured:
        if member not in line.members:
            raise UnknownMember(member=member, test=line.code, members=", ".join(line.members))
    texts = [text for text in (reading.text, *reading.measured.values()) if text and text.strip()]
    return worst(_of_one(line, replace(reading, text=text, measured={})) for text in texts)


def _of_one(line: Line, reading: Reading) -> Verdict:
    if not reading.text or not reading.text.strip():
        return Verdict.MISSING
    if _spike_outside(line, reading.spike_recovery_pct):
        return Verdict.INVALID
    try:
        said = read_result(line, reading.text)
    except LimsError:
        return Verdict.INCONCLUSIVE
    verdict = said if isinstance(said, Verdict) else _of_number(line, said)
    if verdict is Verdict.PASS and not _closed(line, reading):
        return Verdict.INCONCLUSIVE
    return verdict


def _of_number(line: Line, value: Interval) -> Verdict:
    """A censored result passes or fails only where all it may stand for does."""
    asked = criterion(line.limit)
    assert isinstance(asked, Interval)
    if value.within(asked):
        return Verdict.PASS
    return Verdict.FAIL if value.common(asked).empty else Verdict.INCONCLUSIVE


def _closed(line: Line, reading: Reading) -> bool:
    method = reading.method.casefold()
    if any(name.casefold() in method for name in line.not_by):
        return False
    needed = days_needed(line, reading)
    return needed == 0 or (reading.days_read is not None and reading.days_read >= needed)


def _spike_outside(line: Line, recovery: Decimal | None) -> bool:
    if recovery is None:
        return False
    allowed = Interval(line.spike_recovery_min_pct, line.spike_recovery_max_pct)
    return not Interval(recovery, recovery).within(allowed)


def _interval(line: Line, text: str) -> Interval:
    """What a numeric result may stand for, its unit taken off, no wider than is possible."""
    plain = tidy(text)
    if line.unit and plain.casefold().endswith(line.unit.casefold()):
        plain = plain[: -len(line.unit)]
    value = bounded(plain)
    if not line.possible:
        return value
    true = value.common(ranged(line.possible))
    if true.empty:
        raise ImpossibleResult(
            test=line.name or line.code, text=text.strip(), possible=line.possible
        )
    return true
