"""What is not as usual about a fill: told before a release, and signed with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.fill import Fill
from lims.models.step import Step, StepEquipment, StepLot, StepStatus
from lims.workflows import (
    as_prescribed,
    batch_state,
    computed_results,
    dose_gate,
    fill_results,
    judging,
    qc_readings,
    since,
    specifications,
    unscanned,
)
from lims.workflows.criteria import written
from lims.workflows.evidence import Evidence, evidence_of
from lims.workflows.fill_results import JudgedLine
from lims.workflows.qc_readings import GONE

RULE_SET = "1"
"""Version of the questions below; printed with the release."""


@dataclass(frozen=True)
class Unusual:
    """One thing that is not as usual, where it is, and how it stands."""

    what: LimsError
    where: str

    @property
    def asks_why(self) -> bool:
        """Whether who decides says why it may go on: not of a culture that simply runs, which
        the decision names by itself."""
        return type(self.what) is not StillRunning


class EnteredLate(LimsError):
    sentence = N_("%(step)s was performed at %(at)s and entered late: %(reason)s")


class Overridden(LimsError):
    sentence = N_("%(code)s was used although it was not in order: %(reason)s")


class NearLimit(LimsError):
    sentence = N_("%(test)s: %(result)s is near its limit %(limit)s")


class ReadLate(LimsError):
    sentence = N_("%(test)s was to be read on %(due)s and was read on %(read)s.")


class NotReadYet(LimsError):
    sentence = N_("%(test)s was to be read on %(due)s and is not read yet.")


class TypedOtherwise(LimsError):
    sentence = N_("%(test)s: %(result)s was typed; the records give %(computed)s.")


class StillRunning(LimsError):
    sentence = N_("%(test)s is still running.")


class RunsOn(StillRunning):
    sentence = N_("%(test)s is still running; by the specification a release does not wait for it.")


class Repeated(LimsError):
    sentence = N_("%(test)s: %(code)s (%(result)s) is %(status)s and was done again: %(reason)s")


class Recomputed(LimsError):
    sentence = N_(
        "%(test)s: %(code)s (%(result)s) stands no more: what it was computed from was corrected."
    )


class DeviationWas(LimsError):
    sentence = N_("Deviation %(code)s: %(title)s is %(status)s")


class BottleNotScanned(LimsError):
    sentence = N_("%(code)s is suspended in %(vehicle)s, as it was written: no bottle was scanned.")


class TypedByHand(LimsError):
    sentence = N_("%(codes)s: typed by hand, no scanner read the label.")


class Corrected(LimsError):
    sentence = N_("%(count)s values were changed after they were first recorded.")


class TakenOver(LimsError):
    sentence = N_(
        "Made before this program kept the record: number %(number)s of the earlier records, import"
        " %(code)s, %(sheet)s, row %(row)s. No result of it is in this program."
    )


class TakenOverUnnumbered(LimsError):
    sentence = N_(
        "Made before this program kept the record, in a batch whose number nobody told: import"
        " %(code)s, %(sheet)s, row %(row)s. No result of it is in this program."
    )


def exceptions(session: Session, fill: Fill, evidence: Evidence | None = None) -> list[Unusual]:
    """What is not as usual about a fill; an empty list is computed, shown and signed too."""
    rests_on = evidence or evidence_of(session, fill)
    made = _of_earlier(fill, rests_on) if rests_on.taken_over else _of_making(fill, rests_on)
    return [*made, *_of_fill(fill, rests_on)]


def _of_earlier(fill: Fill, rests_on: Evidence) -> Iterator[Unusual]:
    """That nothing is known here of how it was made: what is missing is not told one by one."""
    mark = rests_on.taken_over
    assert mark is not None
    place = {"code": mark.origin.code, "sheet": mark.sheet, "row": mark.row_number}
    numbered = TakenOver(number=mark.number, **place)
    yield Unusual(numbered if mark.number else TakenOverUnnumbered(**place), fill.batch.code)


def _of_making(fill: Fill, rests_on: Evidence) -> list[Unusual]:
    version = specifications.of(fill.batch)
    late_after = specifications.whole_limit(version, "late_entry_minutes")
    found = [
        Unusual(
            EnteredLate(step=step.kind, at=step.performed_at, reason=step.late_reason or "-"),
            step.code,
        )
        for step in rests_on.upstream
        if since.is_late(step, late_after)
    ]
    found += list(_overridden(rests_on.upstream))
    found += [
        Unusual(TypedByHand(codes=rests_on.typed[step.id]), step.code)
        for step in rests_on.upstream
        if step.id in rests_on.typed
    ]
    done = [step for step in rests_on.upstream if step.status is not StepStatus.VOID]
    found += [Unusual(each, step.code) for step in done for each in unscanned.told(step)]
    if fill.vehicle_lot_id is None:
        found.append(Unusual(BottleNotScanned(code=fill.code, vehicle=fill.vehicle), fill.code))
    return found + [Unusual(each, fill.batch.code) for each in rests_on.untended]


def _of_fill(fill: Fill, rests_on: Evidence) -> list[Unusual]:
    found = [*_of_results(fill, rests_on.results), *_repeated(rests_on)]
    found += [Unusual(each, fill.patient.code) for each in rests_on.markers_unknown]
    found += [
        Unusual(DeviationWas(code=one.code, title=one.title, status=one.status), one.code)
        for one in rests_on.deviations
    ]
    found += [
        Unusual(told, dose.code)
        for dose, told in as_prescribed.of_doses(fill.batch.course, fill.doses)
    ]
    found += [Unusual(each, fill.code) for each in batch_state.ended(fill)]
    found += [Unusual(each, fill.code) for each in dose_gate.no_longer_full(fill.doses)]
    if rests_on.corrections:
        found.append(Unusual(Corrected(count=rests_on.corrections), fill.batch.code))
    return found


def _overridden(behind: Sequence[Step]) -> Iterator[Unusual]:
    for step in behind:
        supplies: list[StepLot | StepEquipment] = [*step.lots, *step.equipment]
        for used in supplies:
            if used.override_reason:
                thing = used.lot if isinstance(used, StepLot) else used.equipment
                yield Unusual(Overridden(code=thing.code, reason=used.override_reason), step.code)


def _of_results(fill: Fill, results: Sequence[JudgedLine]) -> Iterator[Unusual]:
    within = specifications.limit(specifications.of(fill.batch), "near_limit_pct")
    for judged in results:
        where = judged.test.code if judged.test else fill.code
        if judged.computed is not None:
            computed = computed_results.shown(judged.line, judged.computed)
            told = TypedOtherwise(test=judged.line.name, result=judged.text, computed=computed)
            yield Unusual(told, where)
        if judged.reading is not None and judging.near_limit(judged.line, judged.reading, within):
            yield Unusual(
                NearLimit(
                    test=judged.line.name, result=judged.text, limit=written(judged.line.limit)
                ),
                where,
            )
        if (late := _late(judged)) is not None:
            yield Unusual(late, where)
        elif fill_results.is_running(judged):
            bars = judging.blocks(judged.line, judged.verdict)
            yield Unusual((StillRunning if bars else RunsOn)(test=judged.line.name), where)


def _late(judged: JudgedLine) -> LimsError | None:
    """That its last reading came, or has still to come, after its day."""
    if judged.test is None or not judged.line.days_to_read:
        return None
    due = qc_readings.due_on(judged.test)
    running = fill_results.is_running(judged)
    read = clock.today() if running or not judged.read_on else clock.day_of(judged.read_on)
    if due is None or read <= due:
        return None
    name = judged.line.name
    return NotReadYet(test=name, due=due) if running else ReadLate(test=name, due=due, read=read)


def _repeated(evidence: Evidence) -> Iterator[Unusual]:
    """The tests that are gone; one of which nothing was read only where it was repeated."""
    again = {test.repeats_id for test in evidence.tests}
    for test in evidence.tests:
        if test.status in GONE and (test.results or test.id in again):
            rows = qc_readings.rows_of_record(test)
            was = qc_readings.text_of(test, rows) or "-"
            told = {"test": test.line.name, "code": test.code, "result": was}
            if (signed := test.taken_back) is not None:
                why = {"status": test.status, "reason": signed.reason or "-"}
                yield Unusual(Repeated(**told, **why), test.code)
            else:
                yield Unusual(Recomputed(**told), test.code)
