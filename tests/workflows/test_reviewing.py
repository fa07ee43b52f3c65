"""Review by exception: what is not as usual is found, and nothing else is."""

from datetime import timedelta
from decimal import Decimal

import pytest

from lims import clock
from lims.models.step import StepStatus
from lims.workflows import corrections, deciding, identity, labelling, reviewing, supplying, unusual
from lims.workflows.command import by_scanner
from lims.workflows.evidence import evidence_of
from lims.workflows.reviewing import LabelsOpen
from lims.workflows.unusual import (
    Corrected,
    DeviationWas,
    EnteredLate,
    NearLimit,
    NotReadYet,
    Overridden,
    ReadLate,
    RunsOn,
    StillRunning,
    TypedByHand,
    TypedOtherwise,
)
from tests.counting import reads
from tests.laboratory import working
from tests.laboratory.cells import NONE_SCANNED, counted
from tests.laboratory.desk import Desk
from tests.laboratory.quality import GOOD, days_later
from tests.papers import making


@pytest.fixture
def desk(session, qc_room):
    return Desk(session, qc_room)


def found(session, fill):
    return {type(each.what): each for each in unusual.exceptions(session, fill)}


def test_where_everything_is_as_usual_none_is_computed_and_signed(session, desk, course):
    fill = desk.supplied(desk.ready(course))

    assert unusual.exceptions(session, fill) == []
    assert deciding.exceptions_shown(session, fill) == "none"
    assert desk.release(fill).exceptions == "none"


def test_the_viability_counted_at_the_bench_stands_where_no_test_of_it_was_asked(
    session, desk, course
):
    fill = desk.supplied(desk.ready(course))
    tube = fill.withdrawal.suspension

    told = {each.line.code: each for each in evidence_of(session, fill).results}[
        "harvest_viability_pct"
    ]

    assert told.test is None
    assert told.counted.code == tube.code
    assert told.counted.pct == Decimal("97.7")
    assert not told.is_left_out


def test_a_step_in_which_nothing_was_scanned_is_found(session, desk, course):
    fill = desk.ready(course)

    told = [each for each in unusual.exceptions(session, fill) if each.where == fill.made_by.code]

    said = f"Said in the step: in good time; as they were filled; {NONE_SCANNED}"
    assert [each.what.english() for each in told] == [
        f"No {what} was scanned in {fill.made_by.code}: filling. {said}"
        for what in ("lot", "equipment")
    ]


def test_codes_that_no_scanner_read_are_found_where_they_were_typed(session, desk, course):
    fill = desk.ready(course)
    by_scanner(session, [])
    identity.note_scans(session, fill.made_by, [fill.code])

    told = found(session, fill)[TypedByHand]

    assert told.where == fill.made_by.code
    assert told.what.parameters["codes"] == [fill.code]


def test_codes_typed_for_another_fill_of_the_batch_are_not_found(session, treatment, course):
    dose = treatment.released(course)[0]
    other = treatment.room.fill(dose.fill.withdrawal.suspension)
    by_scanner(session, [])
    handed = treatment.hand_over(dose)
    identity.note_scans(session, dose.fill.made_by, [dose.fill.code])

    told = [each.where for each in unusual.exceptions(session, dose.fill)
            if isinstance(each.what, TypedByHand)]  # fmt: skip
    assert told == [dose.fill.made_by.code, handed.code]
    assert TypedByHand not in found(session, other)


def test_what_is_unusual_in_the_way_of_other_cells_is_not_found(session, desk, course):
    """Two vessels of one passage are harvested apart: each fill comes of one of them."""
    bench, room = desk.room.bench, desk.room
    mine, other = bench.first_passage(course)
    tubes = [
        bench.harvest([each], count=counted(85_000_000, 2_000_000), volume="5", close=True)
        for each in (mine, other)
    ]
    fills = [room.fill(tube) for tube in tubes]

    told = [{each.where for each in unusual.exceptions(session, fill)} for fill in fills]

    harvests = [tube.made_by.code for tube in tubes]
    assert [harvests[0] in told[0], harvests[1] in told[0]] == [True, False]
    assert [harvests[0] in told[1], harvests[1] in told[1]] == [False, True]
    assert told[0] & told[1] == {mine.withdrawal.step.code}


def test_what_a_page_fills_in_was_not_typed_for_that(session, desk, course):
    fill = desk.ready(course)
    by_scanner(session, [fill.code])
    identity.note_scans(session, fill.made_by, [fill.code])

    by_scanner(session, [])  # the next page shows it already
    identity.note_scans(session, fill.made_by, [fill.code])

    assert TypedByHand not in found(session, fill)


def test_a_late_entry_is_found_with_its_reason(session, desk, at_the_bench, course):
    ago = clock.now() - timedelta(hours=3)
    vessels = at_the_bench.split(at_the_bench.isolate(course, at=ago), "2", "2", at=ago)
    fill = desk.room.fill(
        at_the_bench.harvest(vessels, count=counted(85_000_000), volume="5", close=True)
    )

    late = found(session, fill)[EnteredLate]

    assert "entered later" in late.what.english()
    assert late.where.startswith("ST")


def test_an_overridden_lot_and_its_deviation_are_found(
    session, desk, course, lot_of, technician, lead
):
    cells = desk.room.cells(course)
    step = desk.room.start(cells.batch, 1)
    supplying.use_lot(
        session, step, lot=lot_of("quarantined"), quantity=Decimal(1), by=technician,
        override=desk.proof(lead), reason="only one left",
    )  # fmt: skip

    told = found(session, desk.room.fill(cells))

    assert "only one left" in told[Overridden].what.english()
    assert told[DeviationWas].where.startswith("DV")


def test_a_result_near_its_limit_is_found(session, desk, course):
    cells = desk.room.cells(course)
    fill = desk.room.fill(cells)
    (aliquot,) = desk.room.sample(fill.batch, (cells, "0.2"))
    desk.room.settle_all(aliquot, {"viability_pct": "81.6"})

    assert "81.6 is near its limit ≥ 80" in found(session, fill)[NearLimit].what.english()


@pytest.mark.parametrize("text", ["81.61", GOOD["viability_pct"]])
def test_a_result_further_than_two_per_cent_from_its_limit_is_not(session, desk, course, text):
    cells = desk.room.cells(course)
    fill = desk.room.fill(cells)
    (aliquot,) = desk.room.sample(fill.batch, (cells, "0.2"))
    desk.room.settle_all(aliquot, {"viability_pct": text})

    assert NearLimit not in found(session, fill)


def test_a_share_typed_over_the_computed_one_is_kept_and_found(session, desk, course):
    fill = desk.room.fill(desk.room.cells(course))
    (test,) = desk.room.ask(fill, "dose_pct_of_prescribed")
    desk.room.settle(test, "104")

    told = found(session, fill)[TypedOtherwise]
    assert "104 was typed; the records give 102" in told.what.english()


def test_a_share_rounded_by_hand_is_no_other_figure(session, desk, course):
    fill = desk.room.fill(desk.room.cells(course), "3.1")
    (test,) = desk.room.ask(fill, "dose_pct_of_prescribed")
    desk.room.settle(test, "105.4")

    assert TypedOtherwise not in found(session, fill)


def test_a_test_that_still_runs_is_found(session, desk, course):
    fill = desk.judged(course)
    desk.cultured(fill)
    desk.supplied(fill)

    running = unusual.exceptions(session, fill)

    assert {type(each.what) for each in running} == {StillRunning}
    assert len(running) == 2


def test_a_culture_read_after_its_day_is_found(session, desk, course):
    fill = desk.judged(course)
    cultures = desk.cultured(fill)
    with days_later(9):
        desk.room.settle(cultures[0], "no growth", days_read=9)

    told = found(session, fill)[ReadLate]

    began = clock.day_of(cultures[0].started_at)
    assert told.where == cultures[0].code
    assert told.what.parameters["due"] == began + timedelta(days=7)
    assert told.what.parameters["read"] == began + timedelta(days=9)


def test_a_culture_that_should_have_been_read_is_found(session, desk, course):
    fill = desk.judged(course)
    desk.cultured(fill)

    with days_later(8):
        told = [type(each.what) for each in unusual.exceptions(session, fill)]

    assert told.count(NotReadYet) == 1
    assert told.count(StillRunning) == 1


@pytest.fixture
def beside(desk, course):
    """A fill in order, and a test begun that its specification does not wait for."""
    fill = desk.ready(course)
    (medium,) = desk.room.sample(fill.batch, (fill.batch.samples[0].sample, "1"))
    desk.room.start_test(desk.room.ask(medium, "tissue_sterility")[0])
    return fill


def test_a_test_that_a_release_does_not_wait_for_is_told_and_bars_nothing(session, beside):
    told = found(session, beside)

    assert RunsOn in told
    assert "a release does not wait for it" in told[RunsOn].what.english()
    assert reviewing.missing_for_release(session, beside) == []


def test_a_result_read_for_good_is_approved_whether_or_not_it_is_waited_for(session, desk, beside):
    (test,) = [each for each in evidence_of(session, beside).tests if each.status == "running"]

    with days_later(14):
        desk.room.enter(test, "no growth", days_read=14)

    assert [type(each) for each in reviewing.missing_for_release(session, beside)] == [
        reviewing.NotApproved
    ]


def test_one_word_says_how_a_running_test_stands(session, desk, course):
    fill = desk.judged(course)
    desk.cultured(fill)

    open_yet = [each.english() for each in reviewing.missing_for_release(session, fill)]

    assert [
        said for said in open_yet if "terility: still running, to be read on" in said
    ] == open_yet
    assert len(open_yet) == 2


def test_a_deviation_is_found_also_when_it_is_decided(session, desk, course):
    fill = desk.ready(course)
    deviation = desk.report(fill)
    desk.decide(deviation)

    assert "is approved" in found(session, fill)[DeviationWas].what.english()


def test_a_corrected_value_is_counted(database):
    """In two transactions: the trail is what is asked, and it is written at the commit."""
    with working(database) as session:
        room = making.room(session)
        fill = room.fill(room.cells(making.clinic.course(session, "ivanova")))
        code, step = fill.code, fill.made_by.code
    with database.reading() as session:
        lead = making.person(session, "lead")

    def arguments(session):
        found = session.scalars(making.select(making.Step).where(making.Step.code == step)).one()
        return {"step": found, "field": "comment", "value": "left out", "reason": "forgotten",
                "version": found.version}  # fmt: skip

    database.run(corrections.correct_step, lead.id, key="correct", arguments=arguments)

    with database.reading() as session:
        query = making.select(making.Fill).where(making.Fill.code == code)
        told = found(session, session.scalars(query).one())
        assert told[Corrected].what.parameters == {"count": 1}


def test_a_correction_that_much_follows_from_is_one(database, tmp_path):
    made = making.settle(database, tmp_path)
    made.recount(80_000_000)
    made.recount(82_000_000)

    with database.reading() as session:
        query = making.select(making.Fill).where(making.Fill.code == made.fill)
        told = found(session, session.scalars(query).one())
        assert told[Corrected].what.parameters == {"count": 2}


def test_a_label_printed_again_from_elsewhere_is_still_of_the_batch(session, desk, course, lead):
    fill = desk.ready(course)
    code = fill.withdrawal.suspension.code
    labelling.record_printed(
        session, patient_id=fill.patient_id, codes=[code], layout="tube",
        content_sha256="0" * 64, by=lead, reason="torn",
    )  # fmt: skip

    assert {type(each) for each in reviewing.missing_for_review(session, fill)} == {LabelsOpen}


def test_a_recorded_step_that_is_not_closed_is_missing(session, desk, course):
    fill = desk.ready(course)
    step = fill.made_by
    assert step.status is StepStatus.CLOSED

    opened = desk.room.start(fill.batch, 1)

    assert [each.parameters for each in reviewing.missing_for_review(session, fill)] == [
        {"code": opened.code}
    ]


def test_the_lineage_of_a_fill_is_walked_once_for_all_questions(session, desk, course):
    fill = desk.ready(course)

    with reads(session.get_bind()) as asked:
        unusual.exceptions(session, fill, evidence_of(session, fill))

    assert len([each for each in asked if "RECURSIVE lineage" in each]) == 1
