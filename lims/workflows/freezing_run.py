"""A freezing run as it was noted, and what cannot be true of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, FieldError, LimsError
from lims.models.freezing import Freezing
from lims.workflows import culturing, specifications, steps
from lims.workflows.since import require_after, require_there
from lims.workflows.steps import Performed


class NotInThatOrder(FieldError):
    sentence = N_("This time is before the one above it. Look at both again.")


class NotYet(FieldError):
    sentence = N_("This time lies in the future.")


class LongerThanProgram(LimsError):
    sentence = N_("The curve goes on for %(curve)s min, the program for %(program)s min.")


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


def require_possible(session: Session, step: Freezing, run: Run, performed: Performed) -> None:
    """Raise at its field where a time or the curve cannot be of the vials scanned into `step`."""
    _require_order(run)
    _require_after_the_scans(session, step, run, performed)
    _require_curve_within(run)


def _require_order(run: Run) -> None:
    told = [(name, at) for name in TIMES if (at := getattr(run, name)) is not None]
    for name, at in told:
        if at > clock.now():
            raise NotYet(name)
    for (_earlier, before), (name, at) in zip(told, told[1:], strict=False):
        if at < before:
            raise NotInThatOrder(name)


def _require_after_the_scans(
    session: Session, step: Freezing, run: Run, performed: Performed
) -> None:
    """A program begins with the vials in the freezer; told long after, they are scanned then."""
    at, field = run.program_started_at, "program_started_at"
    if at is None:
        return
    version = specifications.of(culturing.batch_of(session, step))
    late_after = specifications.whole_limit(version, "late_entry_minutes")
    for member in step.frozen:
        require_there(at, member.vial, field=field)
        told_later = performed.at < member.scanned_at and steps.is_past(performed, late_after)
        if not told_later:
            require_after(at, member.vial.code, member.scanned_at, field=field)


def _require_curve_within(run: Run) -> None:
    if not run.points or run.program_started_at is None or run.program_ended_at is None:
        return
    program = Decimal((run.program_ended_at - run.program_started_at).total_seconds()) / 60
    curve = max(minute for minute, _temperature in run.points)
    if curve >= program + 1:  # both times were told to the minute
        problem = LongerThanProgram(curve=curve, program=round(program))
        raise FieldError(field="program_ended_at", problem=problem)
