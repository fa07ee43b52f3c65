"""The kinds of step: where each is done, by whom, and whether it bars from releasing."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from lims.models.step import Step, StepKind
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
    supplied: bool = False
    """It takes reagents and devices: where none was scanned, that is not as usual."""
    asks_at_record: bool = False
    """What it takes is scanned by then: what was not is asked about there, and not at its end."""
    of_the_clinic: bool = False
    """Done at the clinic or between it and the laboratory: both read its papers."""


AT_BENCH = KindOfStep(Permission.PERFORM_STEP)
SUPPLIED = replace(AT_BENCH, supplied=True)
AWAY_FROM_BENCH = replace(AT_BENCH, at_bench=False)


def _outside(permission: Permission) -> KindOfStep:
    """Of the clinic, or on the way to it."""
    return replace(_of_the_bank(permission), of_the_clinic=True)


def _of_the_bank(permission: Permission) -> KindOfStep:
    """Containers are carried, and stay closed."""
    return KindOfStep(permission, at_bench=False, bars_from_release=False)


KINDS: dict[StepKind, KindOfStep] = {
    StepKind.COLLECTION: _outside(Permission.RECORD_COLLECTION),
    StepKind.DISPATCH: _outside(Permission.DISPATCH_SAMPLE),
    StepKind.RECEPTION: KindOfStep(Permission.RECEIVE_SAMPLE, at_bench=False),
    StepKind.ISOLATION: SUPPLIED,
    StepKind.SEEDING: SUPPLIED,
    StepKind.FEEDING: replace(SUPPLIED, asks_at_record=True),
    StepKind.MOVING: AWAY_FROM_BENCH,
    StepKind.OBSERVATION: AWAY_FROM_BENCH,
    StepKind.HARVEST: SUPPLIED,
    StepKind.PROCESSING: AT_BENCH,
    StepKind.COUNTING: AT_BENCH,
    StepKind.SAMPLING: KindOfStep(Permission.TAKE_ALIQUOT),
    StepKind.DISCARD: AWAY_FROM_BENCH,
    StepKind.FILLING: SUPPLIED,
    StepKind.FREEZING: replace(SUPPLIED, at_bench=False, asks_at_record=True),
    StepKind.RETRIEVAL: _of_the_bank(Permission.RETRIEVE_VIAL),
    StepKind.THAW: SUPPLIED,
    StepKind.TRANSFER: _of_the_bank(Permission.RETRIEVE_VIAL),
    StepKind.DESTRUCTION: _of_the_bank(Permission.RETRIEVE_VIAL),
    StepKind.HANDOVER: _outside(Permission.ISSUE_DOSE),
    StepKind.RECEIPT: _outside(Permission.RECEIVE_DOSE),
    StepKind.RETURN: _outside(Permission.RECEIVE_DOSE),
    StepKind.ADMINISTRATION: _outside(Permission.RECORD_ADMINISTRATION),
    StepKind.TAKEOVER: KindOfStep(Permission.IMPORT_RECORDS, at_bench=False),
}
TAUGHT = tuple(kind for kind in StepKind if kind is not StepKind.TAKEOVER)
"""What a procedure is written for and people are trained in."""
OF_THE_CLINIC = frozenset(kind for kind, each in KINDS.items() if each.of_the_clinic)


def makers(all_steps: Iterable[Step]) -> set[int]:
    """The ids of all who performed, typed or checked one of these steps."""
    barring = [step for step in all_steps if KINDS[step.kind].bars_from_release]
    people = {
        person
        for step in barring
        for person in (step.performed_by_id, step.recorded_by_id, step.verified_by_id)
    }
    people |= {step.clearance.open_checked_by_id for step in barring if step.clearance}
    return {person for person in people if person is not None}
