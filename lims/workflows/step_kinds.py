"""The kinds of step: where each is done, by whom, and whether it bars from releasing."""

from dataclasses import dataclass, replace

from lims.models.step import StepKind
from lims.permissions import Permission


@dataclass(frozen=True)
class KindOfStep:
    """What follows from the kind of a step, whatever is done in it."""

    performed_with: Permission
    """What a colleague who is named as its performer must be permitted."""
    at_bench: bool = True
    """Containers are opened: a processing bench, with a line clearance before and after."""
    bars_from_release: bool = True
    """Who performs or verifies it may not release what comes of it."""


AT_BENCH = KindOfStep(Permission.PERFORM_STEP)
AWAY_FROM_BENCH = replace(AT_BENCH, at_bench=False)


def _outside(permission: Permission) -> KindOfStep:
    """Of the clinic, or on the way to it."""
    return KindOfStep(permission, at_bench=False, bars_from_release=False)


KINDS: dict[StepKind, KindOfStep] = {
    StepKind.COLLECTION: _outside(Permission.RECORD_COLLECTION),
    StepKind.DISPATCH: _outside(Permission.DISPATCH_SAMPLE),
    StepKind.RECEPTION: KindOfStep(Permission.RECEIVE_SAMPLE, at_bench=False),
    StepKind.ISOLATION: AT_BENCH,
    StepKind.SEEDING: AT_BENCH,
    StepKind.FEEDING: AT_BENCH,
    StepKind.MOVING: AWAY_FROM_BENCH,
    StepKind.OBSERVATION: AWAY_FROM_BENCH,
    StepKind.HARVEST: AT_BENCH,
    StepKind.PROCESSING: AT_BENCH,
    StepKind.COUNTING: AT_BENCH,
    StepKind.SAMPLING: KindOfStep(Permission.TAKE_ALIQUOT),
    StepKind.DISCARD: AWAY_FROM_BENCH,
    StepKind.FILLING: AT_BENCH,
    StepKind.HANDOVER: _outside(Permission.ISSUE_DOSE),
    StepKind.RECEIPT: _outside(Permission.RECEIVE_DOSE),
    StepKind.RETURN: _outside(Permission.RECEIVE_DOSE),
    StepKind.ADMINISTRATION: _outside(Permission.RECORD_ADMINISTRATION),
}
