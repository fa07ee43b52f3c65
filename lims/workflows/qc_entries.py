"""What an analyst read of a test and typed, and whether it can be true and be read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from lims import clock
from lims.errors import N_, LimsError
from lims.models.aliquot import QcTest
from lims.workflows import judging
from lims.workflows.judging import UnknownMember
from lims.workflows.lines import Line, Reading
from lims.workflows.performing import InTheFuture
from lims.workflows.since import to_the_minute


class NothingEntered(LimsError):
    sentence = N_("%(test)s: enter the result.")


class SpikeNeeded(LimsError):
    sentence = N_("%(test)s: enter the recovery of the spike; without it the test is not valid.")


class DaysNeeded(LimsError):
    sentence = N_("%(test)s is read on day %(days)s: enter the day it was read on.")


class DayNotReached(LimsError):
    sentence = N_(
        "%(test)s began on %(began)s; on %(read)s it was day %(elapsed)s, not day %(days)s."
    )


class ReadBeforeBegun(LimsError):
    sentence = N_("%(test)s began at %(began)s; it cannot have been read before.")


@dataclass(frozen=True)
class Entry:
    """What an analyst read and typed."""

    texts: Mapping[str, str]
    """The result under the empty name; of a group, one under each member measured."""
    read_at: datetime
    method: str = ""
    """Empty: by the method of the specification."""
    days_read: int | None = None
    spike_recovery_pct: Decimal | None = None

    measured: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        given = {name: text.strip() for name, text in self.texts.items() if text.strip()}
        object.__setattr__(self, "measured", given)


def days_needed(line: Line, entry: Entry) -> int:
    return judging.days_needed(line, Reading(method=entry.method))


def check(line: Line, test: QcTest, entry: Entry) -> None:
    """Raise where the entry cannot be true, cannot be read, or lacks what its line needs."""
    if not entry.measured:
        raise NothingEntered(test=line.name)
    for member, text in entry.measured.items():
        if member not in (line.members or ("",)):
            members = ", ".join(line.members)
            raise UnknownMember(member=member, test=line.code, members=members)
        judging.read_result(line, text)
    bounded = line.spike_recovery_min_pct, line.spike_recovery_max_pct
    if bounded != (None, None) and entry.spike_recovery_pct is None:
        raise SpikeNeeded(test=line.name)
    _check_time(line, test, entry)


def _check_time(line: Line, test: QcTest, entry: Entry) -> None:
    if entry.read_at > clock.now():
        raise InTheFuture(at=entry.read_at)
    began = test.started_at
    if began is not None and entry.read_at < to_the_minute(began):
        raise ReadBeforeBegun(test=line.name, began=began)
    if entry.days_read is None:
        if needed := days_needed(line, entry):
            raise DaysNeeded(test=line.name, days=needed)
        return
    first, read = clock.day_of(began or entry.read_at), clock.day_of(entry.read_at)
    elapsed = (read - first).days
    if entry.days_read > elapsed:
        raise DayNotReached(
            test=line.name, began=first, read=read, elapsed=elapsed, days=entry.days_read
        )
