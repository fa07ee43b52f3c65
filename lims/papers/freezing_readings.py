"""What the page of a freezing tells beside its own columns: its vials, its times, its curve."""

from collections.abc import Iterator
from decimal import Decimal

from lims.errors import N_
from lims.models.freezing import Freezing
from lims.models.step import Step
from lims.papers.controls import Controls
from lims.papers.step_rows import StepRows
from lims.papers.wording import tidied
from lims.records.parts import Reading
from lims.workflows.freezing import LONGEST, minutes_in_cryoprotectant

SHOWN = Decimal("0.1")


def of(rows: StepRows, step: Step, controls: Controls) -> Iterator[Reading]:
    """Nothing for any other kind of step."""
    if not isinstance(step, Freezing):
        return
    say = controls.say
    minutes = minutes_in_cryoprotectant(step)
    if minutes is not None:
        words = say.word(N_("From the cryoprotectant to the start of the program"))
        shown = say.number(tidied(minutes.quantize(SHOWN)))
        yield controls.at_most(words, minutes, shown, LONGEST, say.word("min"))
    for member in rows.frozen[step.id]:
        cells = controls.named(member.vial.code, N_("viable cells frozen"))
        left = member.vial.left_cells(step.performed_at)
        yield Reading(cells, left, say.word(N_("cells")))
    if points := rows.curve[step.id]:
        first, last = points[0], points[-1]
        words = N_("%(number)s points, %(first)s °C to %(last)s °C in %(minutes)s min")
        told = say.say(
            words,
            number=len(points),
            first=say.number(tidied(first.temperature_c)),
            last=say.number(tidied(last.temperature_c)),
            minutes=say.number(tidied(last.minute - first.minute)),
        )
        yield Reading(say.word(N_("Freezing curve")), told)
