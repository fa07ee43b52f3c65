"""That reagents or devices were used in a step, as they always are, and none was scanned into it.

Asked about when it is recorded or, where they may be scanned until then, before it ends; told to
quality with what was said.
"""

from collections.abc import Iterator

from lims.errors import N_, LimsError
from lims.models.step import Step
from lims.workflows.step_kinds import KINDS


class NoLotScanned(LimsError):
    sentence = N_("No lot was scanned in %(step)s: %(kind)s.")


class NoEquipmentScanned(LimsError):
    sentence = N_("No equipment was scanned in %(step)s: %(kind)s.")


class Said(LimsError):
    sentence = N_("%(found)s Said in the step: %(comment)s")


def found(step: Step) -> Iterator[LimsError]:
    """What `step` should name and does not; nothing of a kind that needs neither."""
    if not KINDS[step.kind].supplied:
        return
    if not step.lots:
        yield NoLotScanned(step=step.code, kind=step.kind)
    if not step.equipment:
        yield NoEquipmentScanned(step=step.code, kind=step.kind)


def at_record(step: Step) -> Iterator[LimsError]:
    """What is asked about when `step` is recorded: its form has a place for each."""
    return found(step) if KINDS[step.kind].asks_at_record else iter(())


def at_close(step: Step) -> Iterator[LimsError]:
    """What is asked about before `step` ends, unless it was when it was recorded."""
    return iter(()) if KINDS[step.kind].asks_at_record else found(step)


def told(step: Step) -> Iterator[LimsError]:
    """The same with the reason, for who decides on what came of it."""
    for each in found(step):
        said = "; ".join((step.comment or "").splitlines())
        yield Said(found=each, comment=said) if said else each
