"""What a release rests on: the results of a fill's lineage, by the gates of the specification."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from lims.models.aliquot import QcTestStatus
from lims.models.deviation import Deviation, Grade
from lims.models.fill import Decision, FillStatus
from lims.models.step import Step
from lims.workflows import (
    containers,
    deciding,
    fill_lineage,
    fill_results,
    harvesting,
    in_time,
    judging,
    qc_deciding,
    releasing,
    reviewing,
)
from lims.workflows.fill_lineage import Filled
from lims.workflows.judging import Verdict
from lims.workflows.lines import FillKind
from lims.workflows.qc_readings import due_on, verdict_of
from tests.counting import reads
from tests.laboratory.cells import counted
from tests.laboratory.quality import GOOD, days_later
from tests.laboratory.standing import scene

GATES = json.loads((Path(__file__).parents[1] / "data" / "vectors.json").read_text())["gates"]
READ = [case for case in GATES["cases"] if case.get("result") or case.get("measured")]
SHIPPED_OTHERWISE = {"cd34_pct"}
"""Not judged in P0, of which the cells of these tests are."""


IN_PROCESS = "in_process_sterility"


@scene
def one_dose(room, course):
    """One patient's cells, harvested and filled into one dose; nothing is tested yet."""
    vessels = room.bench.first_passage(course)
    (medium,) = room.sample(vessels[0].batch, (vessels[0], "2"))
    cells = room.bench.harvest(
        vessels, count=counted(85_000_000, 2_000_000), volume="5", close=True
    )
    (of_cells,) = room.sample(cells.batch, (cells, "0.5"))
    fill = room.fill(cells)
    fill.expires_at += timedelta(days=30)  # it outlives the cultures
    (of_dose,) = room.sample(fill.batch, (fill.doses[0], "0.2"))
    return vessels, medium, cells, of_cells, fill, of_dose


@scene
def all_approved(room, fill, medium, of_cells, of_dose, **instead):
    """Every test good and approved, but for what is given; the cultures are running."""
    cultures = [
        room.start_test(room.ask(what, line)[0])
        for what, line in ((medium, IN_PROCESS), (of_dose, "sterility"))
    ]
    good = {line: text for line, text in GOOD.items() if line != "cd34_pct"}
    room.settle_all(of_cells, {**good, **instead})
    room.look_at(fill)
    return cultures


def running(test):
    return f"still running, to be read on {due_on(test)}."


class Made:
    """`one_dose`, and what becomes of it."""

    def __init__(self, room, course):
        self.room = room
        made = one_dose(room, course)
        self.vessels, self.medium, self.cells, self.of_cells, self.fill, self.of_dose = made

    def test_all(self, **instead):
        tested = self.medium, self.of_cells, self.of_dose
        self.in_process, self.sterility = all_approved(self.room, self.fill, *tested, **instead)

    def read_cultures(self, day):
        for test in (self.in_process, self.sterility):
            if test.status is QcTestStatus.RUNNING:
                self.room.settle(test, "no growth", days_read=day)

    def answers(self, line):
        found = fill_results.judged(self.room.session, self.fill)
        return [each for each in found if each.line.code == line]

    def verdict(self, line):
        (answer,) = self.answers(line)
        return answer.verdict

    def review(self):
        lead = self.room.bench.lead
        return releasing.review_production(
            self.room.session, self.fill, proof=self.room.proof(lead), reason="seen", by=lead
        )

    def release(self, command=releasing.release_fill):
        qa = self.room.qa
        proof = self.room.proof(qa)
        return command(self.room.session, self.fill, proof=proof, reason="looked at", by=qa)


@pytest.fixture
def made(qc_room, course):
    return Made(qc_room, course)


@pytest.fixture
def tested(made):
    """All good and approved; sterility read on the fourteenth day."""
    made.test_all()
    return made


@pytest.fixture
def at_the_end(tested):
    with days_later(14):
        tested.read_cultures(14)
        yield tested


@pytest.mark.parametrize("case", READ, ids=lambda case: f"{case['test']} {case.get('result')}")
def test_each_gate_judges_what_was_stored(qc_room, made, case):
    if case["test"] in SHIPPED_OTHERWISE:
        made.fill.passage = made.cells.passage = 2
    line, days = case["test"], case.get("days_read", 0)
    what = made.of_dose if line == "sterility" else made.of_cells
    test = qc_room.start_test(qc_room.ask(what, line)[0])

    with days_later(days):
        typed = case.get("result") or case["measured"]
        spike = str(case.get("spike_recovery_pct", "")) or None
        qc_room.enter(test, typed, spike=spike, days_read=days or None)

    assert verdict_of(test) == case["verdict"]
    assert made.verdict(line) == case["verdict"]


def test_what_was_never_tested_is_missing_and_blocks(made):
    assert made.verdict("mycoplasma") is Verdict.MISSING
    assert "Mycoplasma: missing." in open_points(made)


def open_points(made, missing=reviewing.missing_for_release):
    return [point.english() for point in missing(made.room.session, made.fill)]


def test_with_everything_read_nothing_is_open(at_the_end):
    assert open_points(at_the_end) == []
    at_the_end.release()
    assert at_the_end.fill.status is FillStatus.RELEASED


def test_while_sterility_runs_only_a_conditional_release_goes(tested):
    assert open_points(tested) == [
        f"Spent medium before the last harvest: sterility: {running(tested.in_process)}",
        f"Sterility: {running(tested.sterility)}",
    ]

    tested.release(releasing.release_conditionally)

    assert tested.fill.status is FillStatus.CONDITIONAL


def test_on_day_seven_still_only_conditionally(tested):
    with days_later(7):
        tested.read_cultures(7)

        assert open_points(tested) == [f"Sterility: {running(tested.sterility)}"]
        assert open_points(tested, reviewing.missing_for_conditional) == []


def test_a_gram_stain_alone_never_closes_sterility(tested):
    tested.room.enter(tested.sterility, "no growth", days_read=0, method="Gram stain")

    assert "Sterility: inconclusive." in open_points(tested, reviewing.missing_for_conditional)


def test_growth_stops_even_a_conditional_release(tested):
    with days_later(3):
        tested.room.enter(tested.sterility, "growth", days_read=3)

        assert "Sterility: fail." in open_points(tested, reviewing.missing_for_conditional)


def test_a_culture_that_was_not_started_is_not_running(made):
    made.room.ask(made.of_dose, "sterility")

    (answer,) = made.answers("sterility")
    assert not fill_results.may_follow(answer)


def test_a_mycoplasma_test_that_runs_does_not_let_a_release_go(made):
    made.room.start_test(made.room.ask(made.of_cells, "mycoplasma")[0])

    (answer,) = made.answers("mycoplasma")
    assert not fill_results.may_follow(answer)


def test_a_result_that_quality_has_not_approved_blocks(made):
    test = made.room.verify(made.room.enter(made.room.ask(made.of_cells, "cd73_pct")[0], "99"))

    (answer,) = made.answers("cd73_pct")
    assert (answer.verdict, answer.approver) == (Verdict.PASS, None)
    assert f"{test.line.name}: the result is not approved by quality yet." in open_points(made)


def test_an_answer_names_its_three_people(made):
    made.room.settle(made.room.ask(made.of_cells, "cd73_pct")[0], "99,1")

    (answer,) = made.answers("cd73_pct")
    assert (answer.analyst, answer.verifier) == ("Tatiana Lis", "Пётр Ўладыка")
    assert (answer.approver, answer.text) == ("Наталья Жук", "99,1")


def test_cells_of_another_lineage_answer_nothing(made, qc_room, course):
    other = qc_room.bench.isolate(course, count=counted(9_000_000), close=True)
    (aliquot,) = qc_room.sample(other.batch, (other, "1"))
    qc_room.settle(qc_room.ask(aliquot, "svf_viability_pct")[0], "60")

    assert made.verdict("svf_viability_pct") is Verdict.MISSING


def test_an_earlier_harvest_does_not_answer_for_the_final_container(qc_room, course):
    first = qc_room.bench.first_passage(course)
    p0 = qc_room.bench.harvest(first, count=counted(5_000_000), next_vessels=2)
    (aliquot,) = qc_room.sample(p0.batch, (p0, "1"))
    qc_room.settle(qc_room.ask(aliquot, "mycoplasma")[0], "negative")
    p1 = qc_room.bench.split(p0, "2", "2")
    cells = qc_room.bench.harvest(p1, count=counted(85_000_000), volume="5", close=True)

    answers = fill_results.judged(qc_room.session, qc_room.fill(cells))

    assert [each.verdict for each in answers if each.line.code == "mycoplasma"] == [Verdict.MISSING]


def test_the_fraction_the_cells_grew_from_answers_for_the_isolation(qc_room, course):
    svf = qc_room.bench.isolate(course, count=counted(8_000_000, 1_000_000))
    (aliquot,) = qc_room.sample(svf.batch, (svf, "1"))
    viability = qc_room.settle(qc_room.ask(aliquot, "svf_viability_pct")[0], "88")
    vessels = qc_room.bench.split(svf, "2", "2")
    cells = qc_room.bench.harvest(vessels, count=counted(85_000_000), volume="5", close=True)

    answers = fill_results.judged(qc_room.session, qc_room.fill(cells))

    assert [each.test for each in answers if each.line.code == "svf_viability_pct"] == [viability]


def test_an_earlier_passage_counts_and_does_not_stand_for_the_last(qc_room, course):
    first = qc_room.bench.first_passage(course)
    (aliquot,) = qc_room.sample(first[0].batch, (first[0], "2"))
    qc_room.start_test(qc_room.ask(aliquot, "in_process_sterility")[0])
    p0 = qc_room.bench.harvest(first, count=counted(5_000_000), next_vessels=2)
    p1 = qc_room.bench.split(p0, "2", "2")
    cells = qc_room.bench.harvest(p1, count=counted(85_000_000), volume="5", close=True)

    found = fill_results.judged(qc_room.session, qc_room.fill(cells))

    of = [each.test is None for each in found if each.line.code == "in_process_sterility"]
    assert of == [False, True]


def test_spent_medium_is_asked_for_before_a_harvest_until_it_is_taken(session, qc_room, course):
    vessels = qc_room.bench.first_passage(course)
    batch = vessels[0].batch
    assert [line.code for line in in_time.at_harvest(session, batch)] == [IN_PROCESS]

    qc_room.sample(batch, (vessels[0], "2"))

    assert in_time.at_harvest(session, batch) == []


@pytest.mark.parametrize("told", [None, 2])
def test_a_harvest_gives_a_label_for_the_medium_that_a_release_asks_for(
    session, qc_room, course, told
):
    vessels = qc_room.bench.first_passage(course)

    step = harvesting.start_harvest(session, vessels, aliquots=told, **qc_room.bench.opening())

    labels = [each for each in containers.planned_for(session, step) if each.kind == "QC"]
    assert [each.description for each in labels] == ["spent medium", None][: told or 1]


def test_medium_of_the_passage_before_does_not_serve_the_next_harvest(session, qc_room, course):
    first = qc_room.bench.first_passage(course)
    qc_room.sample(first[0].batch, (first[0], "2"))
    p0 = qc_room.bench.harvest(first, count=counted(5_000_000), next_vessels=2)
    qc_room.bench.split(p0, "2", "2")

    assert [line.code for line in in_time.at_harvest(session, p0.batch)] == [IN_PROCESS]


def test_what_is_said_at_a_fill_is_what_the_release_would_miss(session, qc_room, course):
    cells = qc_room.cells(course)
    said = [line.code for line in in_time.at_fill(session, cells, FillKind.DOSES)]

    answers = fill_results.judged(session, qc_room.fill(cells))

    open_lines = [each.line for each in answers if judging.blocks(each.line, each.verdict)]
    assert said == [line.code for line in open_lines if line.taken_from]
    assert {IN_PROCESS, "sterility", "mycoplasma"} < set(said)


def test_one_aliquot_of_the_cells_serves_all_that_is_tested_on_cells(session, qc_room, course):
    cells = qc_room.cells(course)
    qc_room.sample(cells.batch, (cells, "1"))

    said = in_time.at_fill(session, cells, FillKind.DOSES)

    assert [line.code for line in said] == [IN_PROCESS, "sterility"]


def test_a_filling_closed_without_them_still_names_them(session, made):
    step = session.get_one(Step, made.fill.made_by_id)
    assert in_time.of_step(session, step) == []

    fill = made.room.fill(made.cells, "0.5")

    of_next = session.get_one(Step, fill.made_by_id)
    assert [line.code for line in in_time.of_step(session, of_next)] == ["sterility"]


def test_cd34_is_not_evaluated_in_p0(made):
    assert made.verdict("cd34_pct") is Verdict.NOT_EVALUATED


def test_thaw_is_not_asked_of_what_was_never_frozen(made):
    assert made.answers("post_thaw_viability_pct") == []


def test_who_analysed_or_verified_is_named_and_quality_is_not(made):
    made.room.settle(made.room.ask(made.of_cells, "cd73_pct")[0], "99")

    room = made.room
    tests = fill_lineage.tests(room.session, Filled.as_made(made.fill))
    assert fill_results.analysts(tests) == {room.analyst.id, room.keeper.id}


def superseded(made, test):
    room = made.room
    return qc_deciding.supersede_result(
        room.session, test, reason="wrong aliquot", seen=room.seen(test),
        proof=room.proof(room.qa), by=room.qa,
    )  # fmt: skip


def approved(made, line):
    return made.answers(line)[0].test


def test_a_superseded_result_takes_a_reviewed_fill_back_to_quarantine(at_the_end):
    at_the_end.review()

    superseded(at_the_end, approved(at_the_end, "cd73_pct"))

    assert at_the_end.fill.status is FillStatus.QUARANTINED
    assert at_the_end.fill.dispositions[-1].decision is Decision.CHANGE_ASKED
    assert at_the_end.verdict("cd73_pct") is Verdict.MISSING


def test_the_review_of_what_is_superseded_is_void(at_the_end):
    review = at_the_end.review()
    session = at_the_end.room.session
    assert deciding.still_signed(session, review)

    superseded(at_the_end, approved(at_the_end, "cd73_pct"))

    assert not deciding.still_signed(session, review)


def test_a_released_fill_stays_released_and_a_critical_deviation_opens(at_the_end):
    at_the_end.release()

    superseded(at_the_end, approved(at_the_end, "cd73_pct"))

    (deviation,) = at_the_end.room.session.scalars(select(Deviation)).all()
    assert at_the_end.fill.status is FillStatus.RELEASED
    assert (deviation.rule, deviation.grade) == ("superseded", Grade.CRITICAL)


def test_a_fill_that_rests_on_nothing_of_it_is_left_alone(at_the_end, qc_room, course):
    at_the_end.release()
    other = qc_room.bench.isolate(course, count=counted(9_000_000), close=True)
    (aliquot,) = qc_room.sample(other.batch, (other, "1"))
    test = qc_room.settle(qc_room.ask(aliquot, "svf_viability_pct")[0], "90")

    superseded(at_the_end, test)

    assert qc_room.session.scalars(select(Deviation)).all() == []


def queries_of(made):
    """How many queries it takes to judge the fill when only the lines are loaded."""
    session = made.room.session
    session.expire_all()
    assert made.fill.batch.specification_version.tests

    with reads(session.get_bind()) as asked:
        fill_results.judged(session, made.fill)
    return len(asked)


@pytest.mark.alike
def test_the_queries_do_not_grow_with_the_tests(made):
    def test_again():
        (aliquot,) = made.room.sample(made.cells.batch, (made.cells, "0.05"))
        made.room.settle_all(aliquot, {"cd73_pct": "99", "cd90_pct": "99"})

    test_again()
    once = queries_of(made)
    for _ in range(9):
        test_again()

    assert queries_of(made) == once
