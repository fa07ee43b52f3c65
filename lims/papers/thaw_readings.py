"""What the page of a thaw tells beside its own columns: its vials, what was got back of them."""

from collections.abc import Iterator
from decimal import Decimal

from lims.errors import N_
from lims.models.retrieval import Thaw
from lims.models.step import Step
from lims.papers.controls import Controls
from lims.papers.step_rows import StepRows
from lims.records.parts import Reading
from lims.workflows.thaw_findings import LONGEST_IN_BATH, LONGEST_OUT, RECOVERY


def of(rows: StepRows, step: Step, controls: Controls) -> Iterator[Reading]:
    """Nothing for any other kind of step."""
    if not isinstance(step, Thaw):
        return
    for each in rows.thawed[step.id]:
        code = each.vial.code
        yield Reading(controls.named(code, N_("into the bath")), each.thawed_at)
        yield from _seconds(
            controls, code, N_("time out of the cold"), rows.out.get(each.id), LONGEST_OUT
        )
        yield from _seconds(
            controls, code, N_("time in the bath"), each.seconds_warming, LONGEST_IN_BATH
        )
        words = controls.named(code, N_("viable cells frozen"))
        yield Reading(words, each.vial.left_cells(), controls.say.word(N_("cells")))
    if (found := rows.recovered.get(step.id)) is not None:
        words = controls.say.word(N_("Viable cells got back of those frozen"))
        yield controls.judged(words, found, RECOVERY, None)


def _seconds(
    controls: Controls, code: str, words: str, found: Decimal | int | None, limit: str
) -> Iterator[Reading]:
    if found is not None:
        yield controls.seconds(controls.named(code, words), found, limit)
