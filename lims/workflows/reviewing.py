"""What stands in the way of a release.

One function answers each question and has two readers: the gate that refuses and the page that
shows beforehand what is still open.
"""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.fill import Fill
from lims.models.step import StepStatus
from lims.workflows import (
    batch_state,
    deviations,
    fill_results,
    judging,
)
from lims.workflows.evidence import Evidence, evidence_of
from lims.workflows.fill_results import JudgedLine


class StepsOpen(LimsError):
    sentence = N_("Step %(code)s is not closed.")


class LabelsOpen(LimsError):
    sentence = N_(
        "Copy %(copy)s of the label %(code)s is printed and neither applied nor destroyed."
    )


class NotFrozen(LimsError):
    sentence = N_("Vial %(code)s is filled and not frozen: freeze it, or discard it.")


class DeviationOpen(LimsError):
    sentence = N_("Deviation %(code)s is not decided.")


class HoldOpen(LimsError):
    sentence = N_("A hold is in force: %(reason)s.")


class ResultOpen(LimsError):
    sentence = N_("%(test)s: %(verdict)s.")


class ReadLater(ResultOpen):
    sentence = N_("%(test)s: %(verdict)s, to be read on %(day)s.")


class NotApproved(LimsError):
    sentence = N_("%(test)s: the result is not approved by quality yet.")


def missing_for_review(
    session: Session, fill: Fill, evidence: Evidence | None = None
) -> list[LimsError]:
    """What production must finish before it is reviewed: steps, labels, the performers' word."""
    return list(_production(evidence or evidence_of(session, fill)))


def _production(evidence: Evidence) -> Iterator[LimsError]:
    for step in evidence.steps:
        if step.status in (StepStatus.OPEN, StepStatus.RECORDED):
            yield StepsOpen(code=step.code)
    for label in evidence.labels_open:
        yield LabelsOpen(code=label.code, copy=label.copy)
    for code in evidence.unfrozen:
        yield NotFrozen(code=code)
    yield from evidence.labels_wrong


def missing_for_release(
    session: Session, fill: Fill, evidence: Evidence | None = None
) -> list[LimsError]:
    """Everything that stands in the way of a final release; empty when nothing does."""
    rests_on = evidence or evidence_of(session, fill)
    return [*_common(fill, rests_on), *_results(rests_on, conditional=False)]


def missing_for_conditional(
    session: Session, fill: Fill, evidence: Evidence | None = None
) -> list[LimsError]:
    """Everything that stands in the way of a conditional release."""
    rests_on = evidence or evidence_of(session, fill)
    return [*_common(fill, rests_on), *_results(rests_on, conditional=True)]


def _common(fill: Fill, evidence: Evidence) -> Iterator[LimsError]:
    yield from _production(evidence)
    yield from batch_state.ended(fill)
    yield from standing_against(evidence)


def standing_against(evidence: Evidence) -> Iterator[LimsError]:
    """Deviations that are not decided, and holds in force."""
    for deviation in deviations.blocking(evidence.deviations):
        yield DeviationOpen(code=deviation.code)
    for hold in evidence.holds:
        yield HoldOpen(reason=hold.reason)


def _results(evidence: Evidence, *, conditional: bool) -> Iterator[LimsError]:
    for judged in evidence.results:
        if conditional and fill_results.may_follow(judged):
            continue
        if judging.blocks(judged.line, judged.verdict):
            told = {"test": judged.line.name, "verdict": judged.stands}
            day = judged.due_on
            yield ReadLater(**told, day=day) if day else ResultOpen(**told)
        elif _unapproved(judged):
            yield NotApproved(test=judged.line.name)


def _unapproved(judged: JudgedLine) -> bool:
    """Whether something was read for good that quality has not approved."""
    read = judged.reading is not None and not fill_results.is_running(judged)
    return read and judged.approver is None
