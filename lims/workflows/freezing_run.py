"""A freezing run as it was noted: what cannot be true of it, and what does not fit together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, FieldError, LimsError, Word
from lims.models.fill import Vial
from lims.models.freezing import Freezing
from lims.workflows import culturing, specifications
from lims.workflows.since import is_late, require_there, to_the_minute


class NotInThatOrder(FieldError):
    sentence = N_("This time is before the one above it. Look at both again.")


class NotYet(FieldError):
    sentence = N_("This time lies in the future.")


class NotNoted(LimsError):
    sentence = N_("%(code)s: nobody noted the %(what)s.")


class BeganBefore(LimsError):
    sentence = N_(
        "%(code)s: the program began at %(at)s, before these were scanned into the freezer:"
        " %(vials)s."
    )


class OverAtOnce(LimsError):
    sentence = N_("%(code)s: the program ended in the minute in which it began.")


class LongerThanProgram(LimsError):
    sentence = N_("%(code)s: the curve goes on for %(curve)s min, the program for %(program)s min.")


@dataclass(frozen=True)
class Run:
    """How the vials were cooled, as it was noted; what nobody noted is None.

    `points` are minutes since the program began and degrees Celsius.
    """

    cryoprotectant: str | None = None
    cryoprotectant_pct: Decimal | None = None
    cryoprotectant_added_at: datetime | None = None
    program: str | None = None
    program_started_at: datetime | None = None
    program_ended_at: datetime | None = None
    end_temperature_c: Decimal | None = None
    as_programmed: bool | None = None
    points: Sequence[tuple[Decimal, Decimal]] = ()


NOTED = tuple(name for name in Run.__annotations__ if name != "points")
TIMES = ("cryoprotectant_added_at", "program_started_at", "program_ended_at")
"""In the order in which they happen."""

NEEDED = {
    "cryoprotectant_added_at": N_("time of the cryoprotectant"),
    "program": N_("freezing program"),
    "program_started_at": N_("start of the program"),
}
"""Without these nobody can say later how the cells were frozen; by column."""


def require_possible(step: Freezing, run: Run) -> None:
    """Raise at its field where a time cannot be of the vials scanned into `step`."""
    told = [(name, at) for name in TIMES if (at := getattr(run, name)) is not None]
    for name, at in told:
        if at > clock.now():
            raise NotYet(name)
    for (_earlier, before), (name, at) in zip(told, told[1:], strict=False):
        if at < before:
            raise NotInThatOrder(name)
    if run.program_started_at is not None:
        vials = [member.vial for member in step.frozen]
        require_there(run.program_started_at, *vials, field="program_started_at")


def not_noted(step: Freezing) -> Iterator[LimsError]:
    """What the time in the cryoprotectant and the cooling are judged by, and is missing."""
    if missing := [Word(name) for column, name in NEEDED.items() if getattr(step, column) is None]:
        yield NotNoted(code=step.code, what=missing)


def odd(session: Session, step: Freezing) -> Iterator[LimsError]:
    """What was told of a recorded run and does not fit together; it is kept as it was told."""
    began, ended = step.program_started_at, step.program_ended_at
    if began is None:
        return
    if late := [vial.code for vial in _scanned_after(session, step, began)]:
        yield BeganBefore(code=step.code, at=began, vials=late)
    if ended is None:
        return
    program = Decimal((ended - began).total_seconds()) / 60
    curve = max((point.minute for point in step.points), default=Decimal(0))
    if to_the_minute(ended) == to_the_minute(began):
        yield OverAtOnce(code=step.code)
    elif curve >= program + 1:  # both times were told to the minute
        yield LongerThanProgram(code=step.code, curve=curve, program=round(program))


def _scanned_after(session: Session, step: Freezing, began: datetime) -> Iterator[Vial]:
    """Vials that were not in the freezer yet; of a run told long after, the scans say nothing."""
    version = specifications.of(culturing.batch_of(session, step))
    told_late = is_late(step, specifications.whole_limit(version, "late_entry_minutes"))
    for member in step.frozen:
        over_before = step.performed_at is not None and step.performed_at < member.scanned_at
        if began < to_the_minute(member.scanned_at) and not (told_late and over_before):
            yield member.vial
