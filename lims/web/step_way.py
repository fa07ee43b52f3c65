"""A step as its check list: what is done, what is now, what comes later."""

from dataclasses import dataclass, replace

from flask_babel import gettext as _
from flask_babel import ngettext

from lims.models.fill import VialStatus
from lims.models.label import LabelStatus
from lims.models.step import StepStatus
from lims.web import filters
from lims.web.step_reading import StepRead
from lims.web.step_supplies import Supply
from lims.workflows.step_kinds import KINDS


@dataclass(frozen=True)
class Line:
    """One line: done, now or later; `code` and `tag` stand at its right."""

    state: str
    title: str
    note: str = ""
    code: str = ""
    tag: str = ""
    tone: str = ""


PRINTED = (LabelStatus.SENT, LabelStatus.APPLIED)


def way_of(read: StepRead) -> list[Line]:
    """The lines in their order; the first that is not done is the one that waits."""
    lines = [*_opening(read), *_supplies(read), *_labels(read), *_record(read)]
    lines += [*_closing(read), *_placing(read)]
    if read.step.status is StepStatus.VOID:
        return [line for line in lines if line.state == "done"] + [_given_up(read)]
    waiting = next((line for line in lines if line.state != "done"), None)
    return [replace(line, state="now") if line is waiting else line for line in lines]


def _state(done: bool) -> str:
    return "done" if done else "later"


def _opening(read: StepRead) -> list[Line]:
    if read.clearance is None:
        return []
    note = _(
        "%(place)s · checked by %(name)s, %(at)s",
        place=read.clearance.station.name,
        name=read.clearance.open_checked_by.full_name,
        at=filters.clock(read.clearance.opened_at),
    )
    return [Line("done", _("Line clearance"), note, tag=_("clear"), tone="ok")]


def _supplies(read: StepRead) -> list[Line]:
    """What was scanned, then what is still to be."""
    found, kind = [_supply(each) for each in read.supplies], KINDS[read.step.kind]
    if read.step.status is StepStatus.OPEN and kind.at_bench and not kind.supplied:
        return found or [Line("later", _("Lots and equipment"), _("scan what is used"))]
    if read.step.status not in (StepStatus.OPEN, StepStatus.RECORDED) or not kind.supplied:
        return found
    if all(each.quantity is None for each in read.supplies):
        found.append(Line("later", _("Lots"), _("scan what is used")))
    if all(each.quantity is not None for each in read.supplies):
        found.append(Line("later", _("Equipment"), _("scan what is used")))
    return found


def _supply(each: Supply) -> Line:
    said = [each.number]
    if each.expires_on is not None:
        said.append(_("good until %(day)s", day=filters.day(each.expires_on)))
    if each.quantity is not None:
        used = filters.quantity(each.quantity, each.unit) if each.quantity else _("not used")
        said.append(used)
    if each.override_by:
        said.append(f"{each.override_by}: {each.override_reason}")
    tag = _("let be used") if each.override_by else ""
    return Line("done", each.name, " · ".join(said), code=each.code, tag=tag, tone="warn")


def _labels(read: StepRead) -> list[Line]:
    total = len(read.containers)
    if not total:
        return []
    printed = sum(1 for each in read.containers if each.label is not None)
    applied = sum(1 for each in read.containers if each.status == LabelStatus.APPLIED)
    title = ngettext("%(num)s container planned", "%(num)s containers planned", total)
    note = _("%(printed)s of %(total)s printed", printed=printed, total=total)
    done = applied == total or read.step.status is not StepStatus.OPEN
    tag = _("%(applied)s of %(total)s applied", applied=applied, total=total)
    return [Line(_state(done), title, note, tag=tag, tone="ok" if applied == total else "warn")]


def _record(read: StepRead) -> list[Line]:
    step = read.step
    if step.performed_by is None:
        return [Line("later", _("Record what was done"))]
    at = filters.moment(step.performed_at)
    lines = [Line("done", _("Recorded"), f"{step.performed_by.full_name}, {at}")]
    if step.confirmed_at is None:
        note = _("%(name)s confirms what was typed", name=step.performed_by.full_name)
        lines.append(Line("later", _("Confirm"), note))
    return lines


def _placing(read: StepRead) -> list[Line]:
    """What is next of vials that were frozen: the keeper's, who was not at the freezer."""
    if not read.frozen or read.step.status not in (StepStatus.RECORDED, StepStatus.CLOSED):
        return []
    waiting = [each for each in read.frozen if each.vial.status is VialStatus.FREEZING]
    title = ngettext("%(num)s vial to be placed", "%(num)s vials to be placed", len(waiting))
    note = _("the keeper scans each and its box")
    return [Line("later", title, note)] if waiting else []


def _closing(read: StepRead) -> list[Line]:
    if not KINDS[read.step.kind].at_bench:
        return []
    lines = [
        Line(
            "later",
            _("Say where the rest goes"),
            _("it still holds %(rest)s", rest=filters.quantity(tube.remaining_ml, "mL")),
            code=tube.code,
        )
        for tube in read.left_over
    ]
    clearance = read.clearance
    if clearance is None or clearance.closed_at is None or clearance.close_checked_by is None:
        return [*lines, Line("later", _("Close the step"), _("line clearance by a second person"))]
    note = _(
        "checked by %(name)s, %(at)s",
        name=clearance.close_checked_by.full_name,
        at=filters.moment(clearance.closed_at),
    )
    return [*lines, Line("done", _("Line clearance"), note, tag=_("clear"), tone="ok")]


def _given_up(read: StepRead) -> Line:
    return Line("now", _("Given up"), read.step.comment or "", tag=_("void"), tone="stop")
