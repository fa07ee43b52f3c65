"""The next legal acts on a step, by its kind and its status: nothing that will be refused."""

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user

from lims.errors import N_
from lims.models.step import LineClearance, Step, StepKind, StepStatus
from lims.permissions import Permission
from lims.web import culture_acts
from lims.web.doors import Act, door
from lims.web.errors import sentence_of
from lims.web.records import find
from lims.web.step_reading import StepRead
from lims.workflows import corrections, left_benches
from lims.workflows.step_kinds import KINDS
from lims.workflows.steps import NotConfirmed

RECORD_PAGES: dict[StepKind, str] = {
    StepKind.ISOLATION: "isolations.record",
    StepKind.SAMPLING: "aliquots.record",
    StepKind.FILLING: "fills.record",
    StepKind.FREEZING: "freezings.run",
    StepKind.RETRIEVAL: "retrievals.run",
    StepKind.THAW: "thaws.run",
    **culture_acts.RECORDED_AT,
}
"""On which page an open step of each kind is recorded: an endpoint that takes its `code`."""

WHILE_UNDER_WAY: dict[StepKind, tuple[tuple[str, str], ...]] = {
    StepKind.ISOLATION: ((N_("Take an aliquot"), "aliquots.take"),),
    StepKind.HARVEST: ((N_("Take an aliquot"), "aliquots.take"),),
    StepKind.FILLING: ((N_("Take an aliquot"), "aliquots.take"),),
    StepKind.THAW: ((N_("Take an aliquot"), "aliquots.take"),),
}
"""What else may be done in a step that is open or recorded."""

AFTERWARDS: dict[StepKind, tuple[tuple[str, str], ...]] = {
    StepKind.FREEZING: ((N_("Place the vials"), "vials.to_place"),),
}
"""Where the work goes on once a step is recorded."""


def acts(read: StepRead) -> list[Act]:
    done = read.frozen or read.thawed or read.left
    given_up = [] if done else _to_give_up(read.step)
    return [*_forward(read), *_beside(read), *given_up, *_afterwards(read)]


def of_bench(clearance: LineClearance) -> list[Act]:
    """What ends the step that a bench is open for, or frees the bench of it."""
    step = clearance.step
    return [*_to_record(step), *_to_give_up(step), *_to_clear(step, clearance)]


def next_of(code: str) -> str:
    """What is told once a step at a bench is recorded: who confirms it, else that it is closed."""
    step = find(Step, code)
    if step.confirmed_at is None and step.performed_by is not None:
        return sentence_of(NotConfirmed(name=step.performed_by.full_name))
    return str(_("Close the step."))


def _to_record(step: Step) -> list[Act]:
    if step.status is not StepStatus.OPEN or step.kind not in RECORD_PAGES:
        return []
    note = _("scan what was used")
    return door(_("Record what was done"), RECORD_PAGES[step.kind], note, code=step.code)


def _to_give_up(step: Step) -> list[Act]:
    if step.status is not StepStatus.OPEN:
        return []
    note = _("nothing was done in it")
    return door(_("Give the step up"), "step_ends.void", note, code=step.code)


def _to_clear(step: Step, clearance: LineClearance | None) -> list[Act]:
    if not left_benches.is_left(step, clearance):
        return []
    note = _("the step goes on waiting for its performer")
    return door(_("Clear the bench"), "step_ends.clear", note, code=step.code)


def _forward(read: StepRead) -> list[Act]:
    step = read.step
    if to_record := _to_record(step):
        return to_record
    if step.status is not StepStatus.RECORDED:
        return []
    found = list(culture_acts.of_step(step, read.tubes))
    ready = step.confirmed_at is not None and not read.left_over
    if ready and current_user.may(Permission.KEEP_STEP) and KINDS[step.kind].at_bench:
        address = url_for("step_ends.close", code=step.code)
        found.append((_("Close the step"), address, _("line clearance by a second person")))
    return found if read.left_over else [*found, *_to_clear(step, read.clearance)]


def _beside(read: StepRead) -> list[Act]:
    step = read.step
    if step.status not in (StepStatus.OPEN, StepStatus.RECORDED):
        return []
    return [
        act
        for text, endpoint in WHILE_UNDER_WAY.get(step.kind, ())
        for act in door(_(text), endpoint, code=step.code)
    ]


def _afterwards(read: StepRead) -> list[Act]:
    if read.step.status not in (StepStatus.RECORDED, StepStatus.CLOSED):
        return []
    laboratory = current_user.may(Permission.SEE_PRODUCTION)
    if not laboratory and not corrections.may_correct(read.step, current_user):
        return []
    note = _("a new value with a reason; the old one stays visible")
    following = AFTERWARDS.get(read.step.kind, ())
    found = [act for text, endpoint in following for act in door(_(text), endpoint)]
    return found + door(_("Correct a value"), "corrections.correct", note, code=read.step.code)


def may_confirm(read: StepRead) -> bool:
    """Whether the person signed in performed it, and a colleague typed it."""
    step = read.step
    waits = step.status is StepStatus.RECORDED and step.confirmed_at is None
    mine = step.performed_by_id == current_user.id
    return bool(waits and mine and current_user.may(Permission.CONFIRM_STEP))


def may_scan(read: StepRead) -> bool:
    """Whether lots and equipment are still entered in it."""
    under_way = read.step.status in (StepStatus.OPEN, StepStatus.RECORDED)
    return bool(under_way and current_user.may(Permission.KEEP_STEP))
