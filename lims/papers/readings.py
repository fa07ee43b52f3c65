"""The values of one step as its page tells them: its own, and those of all it touched or made."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from lims.errors import N_
from lims.models.administration import OF_A_DOSE
from lims.models.fill import Dose, Fill, Vial
from lims.models.step import Step
from lims.models.suspension import CellCount, Purpose, Suspension
from lims.models.vessel import Vessel
from lims.papers import freezing_readings, retrieval_readings, thaw_readings
from lims.papers.controls import DOUBLINGS_PLACES, Controls
from lims.papers.step_rows import StepRows
from lims.papers.wording import passage, sentence, spoken, tidied
from lims.records.parts import Reading
from lims.workflows import earlier_steps

NOT_TOLD = N_("not told")
"""How cells were counted that an earlier record only gives the number of."""


def readings(rows: StepRows, step: Step, controls: Controls) -> tuple[Reading, ...]:
    """Every value of `step`, those with a limit judged; nothing is of earlier records."""
    found = tuple(_readings(rows, step, controls))
    if earlier_steps.source_of(step) is None:
        return found
    return tuple(replace(each, limit="", verdict=None) for each in found)


def _readings(rows: StepRows, step: Step, controls: Controls) -> Iterable[Reading]:
    return (
        *_dose(rows, step, controls),
        *controls.own(step),
        *_looked_at(rows, step, controls),
        *_made(rows, step, controls),
        *_counted(rows, step, controls),
        *_left(rows, step, controls),
        *_seeded(rows, step, controls),
        *_placed(rows, step, controls),
        *_aliquots(rows, step, controls),
        *freezing_readings.of(rows, step, controls),
        *thaw_readings.of(rows, step, controls),
        *retrieval_readings.of(rows, step, controls),
        *(each for fill in rows.fills[step.id] for each in _filled(fill, step, controls)),
    )


def _dose(rows: StepRows, step: Step, controls: Controls) -> Iterator[Reading]:
    if isinstance(step, OF_A_DOSE):
        yield Reading(controls.say.word(N_("Dose")), step.dose.code)
    for told in rows.on_word.get(step.id, ()):
        words = controls.say.word(N_("Contraindications"))
        yield Reading(words, sentence(controls.say, told))


def _looked_at(rows: StepRows, step: Step, controls: Controls) -> Iterator[Reading]:
    for row in rows.looked_at[step.id]:
        code, say = row.vessel.code, controls.say
        yield Reading(controls.named(code, N_("passage")), passage(row.vessel.passage))
        if row.medium_ml is not None:
            words = controls.named(code, N_("fresh medium"))
            yield Reading(words, tidied(row.medium_ml), say.word("mL"))
        if row.confluence_pct is not None:
            yield Reading(controls.named(code, N_("confluence")), tidied(row.confluence_pct), "%")
        if row.appearance:
            yield Reading(controls.named(code, N_("appearance")), row.appearance)
        if row.contamination_seen:
            yield Reading(controls.named(code, N_("contamination seen")), True)


def _made(rows: StepRows, step: Step, controls: Controls) -> Iterator[Reading]:
    for suspension in rows.made[step.id]:
        code = suspension.code
        origin = f"{spoken(controls.say, suspension.origin)}, {passage(suspension.passage)}"
        yield Reading(controls.named(code, N_("suspension")), origin)
        volume = controls.named(code, N_("volume"))
        yield Reading(volume, tidied(suspension.volume_ml), controls.say.word("mL"))
        if suspension.cumulative_doublings is not None:
            yield _doublings(suspension, controls)


def _doublings(suspension: Suspension, controls: Controls) -> Reading:
    found = suspension.cumulative_doublings
    words = controls.named(suspension.code, N_("cumulative doublings"))
    if suspension.passage is not None and suspension.passage <= 0 and not found:
        return Reading(words, controls.say.word(N_("counted from P1 on")))
    shown = controls.say.value(found, DOUBLINGS_PLACES)
    return controls.at_most(words, found, shown, "cumulative_doublings_max")


def _counted(rows: StepRows, step: Step, controls: Controls) -> Iterator[Reading]:
    """Live, dead and viability of each count; one that another replaced says so."""
    cells = controls.say.word(N_("cells"))
    for count in rows.counts[step.id]:
        code = _count_name(count, controls)
        yield Reading(controls.named(code, N_("live cells")), count.live, cells)
        if count.told_viability_pct is None:
            yield Reading(controls.named(code, N_("dead cells")), count.dead, cells)
        method = spoken(controls.say, count.method or NOT_TOLD)
        yield Reading(controls.named(code, N_("counted by")), method)
        words = controls.named(code, N_("viability"))
        yield controls.viability(words, count)
    for suspension in rows.made[step.id]:
        if not rows.counts[step.id]:
            words = controls.named(suspension.code, N_("live cells"))
            yield Reading(words, controls.say.word(N_("not counted")))


def _count_name(count: CellCount, controls: Controls) -> str:
    if count.superseded_at is None:
        return count.suspension.code
    here = [each for each in count.suspension.counts if each.step_id == count.step_id]
    why = N_("counted again later") if count is here[-1] else N_("mistyped, then corrected")
    return f"{count.suspension.code} ({controls.say.word(why)})"


PURPOSES = {
    Purpose.PROCESSING: N_("poured"),
    Purpose.FILLING: N_("taken for filling"),
    Purpose.SAMPLING: N_("taken for tests"),
    Purpose.RETENTION: N_("kept back"),
    Purpose.WASTE: N_("waste"),
}


def _left(rows: StepRows, step: Step, controls: Controls) -> Iterator[Reading]:
    """What left a suspension in this step; what was seeded is told by its vessel."""
    for taken in rows.withdrawn[step.id]:
        if taken.purpose is Purpose.SEEDING:
            continue
        into = f" → {taken.into.code}" if taken.into else ""
        words = f"{controls.named(taken.suspension.code, PURPOSES[taken.purpose])}{into}"
        yield Reading(words, tidied(taken.volume_ml), controls.say.word("mL"))
        if taken.viable_cells is not None:
            cells = controls.say.word(N_("viable cells"))
            yield Reading(words, taken.viable_cells, cells)


def _seeded(rows: StepRows, step: Step, controls: Controls) -> Iterator[Reading]:
    for vessel in rows.seeded[step.id]:
        yield Reading(controls.named(vessel.code, N_("seeded")), _vessel(vessel, controls))
        cells = controls.say.word(N_("viable cells"))
        counted: int | str | None = vessel.seeded_cells
        if counted is None:
            counted, cells = controls.say.word(N_("not counted")), ""
        yield Reading(controls.named(vessel.code, N_("seeded with")), counted, cells)
        if density := controls.density(controls.named(vessel.code, N_("density")), vessel):
            yield density


def _vessel(vessel: Vessel, controls: Controls) -> str:
    area = controls.say.number(tidied(vessel.growth_area_cm2))
    return f"{passage(vessel.passage)}, {vessel.vessel_type}, {area} {controls.say.word('cm²')}"


def _placed(rows: StepRows, step: Step, controls: Controls) -> Iterator[Reading]:
    for standing in rows.standings[step.id]:
        place = rows.places[standing.place_id]
        words = controls.named(standing.vessel.code, N_("stands on"))
        yield Reading(words, f"{place.code}, {place.name}")


def _aliquots(rows: StepRows, step: Step, controls: Controls) -> Iterator[Reading]:
    for aliquot in rows.aliquots[step.id]:
        words = (
            f"{controls.named(aliquot.code, N_('aliquot'))}, {spoken(controls.say, aliquot.use)}"
        )
        if aliquot.volume_ml is None:
            yield Reading(words, controls.say.word(N_("taken")))
        else:
            yield Reading(words, tidied(aliquot.volume_ml), controls.say.word("mL"))


def _filled(fill: Fill, step: Step, controls: Controls) -> Iterator[Reading]:
    say = controls.say
    if portions := earlier_steps.portions_of(step, fill.withdrawal):
        yield Reading(controls.named(fill.code, N_("filled")), sentence(say, portions))
    yield controls.at_most(
        controls.named(fill.code, N_("passage filled")),
        fill.passage,
        passage(fill.passage),
        "passage_max_for_filling",
    )
    yield Reading(controls.named(fill.code, N_("suspended in")), fill.suspended_in)
    containers: list[Dose | Vial] = [*fill.doses, *fill.vials]
    for container in containers:
        code = container.on_the_tube if isinstance(container, Vial) else container.code
        volume = controls.named(code, N_("volume"))
        yield Reading(volume, tidied(container.volume_ml), say.word("mL"))
        cells = controls.named(code, N_("viable cells"))
        yield Reading(cells, container.viable_cells, say.word(N_("cells")))
    if fill.expires_at is not None:
        yield Reading(controls.named(fill.code, N_("expires")), fill.expires_at)
