"""What the page of a retrieval tells beside its own columns: each vial, when it was out and back."""

from collections.abc import Iterator

from lims.errors import N_
from lims.models.retrieval import Retrieval
from lims.models.step import Step
from lims.papers.controls import Controls
from lims.papers.step_rows import StepRows
from lims.records.parts import Reading
from lims.workflows.retrieving import seconds_out

LIMIT = "seconds_out_max"


def of(rows: StepRows, step: Step, controls: Controls) -> Iterator[Reading]:
    """Nothing for any other kind of step."""
    if not isinstance(step, Retrieval):
        return
    for taken in rows.retrieved[step.id]:
        code, say = taken.vial.code, controls.say
        out = say.moment(taken.out_at)
        two = f"{rows.people[taken.taken_by_id]}, {rows.people[taken.witnessed_by_id]}"
        yield Reading(controls.named(code, N_("out of the cold")), f"{out} · {two}")
        if taken.back_at is not None:
            seconds = seconds_out(taken, taken.back_at)
            words = controls.named(code, N_("back after"))
            yield controls.at_most(words, seconds, str(seconds), LIMIT, say.word("s"))
