"""Tissue becomes the first suspension of a batch."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from lims import clock
from lims.errors import FieldError
from lims.models.batch import BatchStatus
from lims.models.course import CourseStatus
from lims.models.deviation import Deviation
from lims.models.patient import Consent, ConsentKind, Marker, MarkerValue
from lims.models.sample import SampleStatus
from lims.models.suspension import SuspensionOrigin
from lims.workflows import (
    containers,
    course_progress,
    identity,
    isolating,
    markers,
    receiving,
    states,
    steps,
    stopping,
)
from lims.workflows.clearance import (
    BenchTaken,
    CheckerNeeded,
    CheckerNotAllowed,
    NotABench,
)
from lims.workflows.codes import UnexpectedKind, next_code
from lims.workflows.consents import ConsentMissing
from lims.workflows.containers import NotPlanned
from lims.workflows.identity import Mismatch
from lims.workflows.isolating import OtherCourse, OtherTissue
from lims.workflows.receiving import MarkersReactive, UnderWay
from lims.workflows.signing import SamePerson
from tests.laboratory.cells import DIGESTION, counted, opened_before, planned


@pytest.fixture
def tissue(at_the_bench, course):
    return at_the_bench.tissue(course)


@pytest.fixture
def start(session, tissue, at_the_bench):
    def started(sample=None, **values):
        given = {"vessels": 2, "aliquots": 1, **at_the_bench.opening()}
        return isolating.start_isolation(session, sample or tissue, **given | values)

    return started


@pytest.fixture
def record(session, at_the_bench, technician):
    def recorded(step, minutes_open=120, **values):
        given = {
            "tissue": session.get_one(isolating.Sample, step.sample_id),
            "suspension_code": planned(session, step, "SU")[0],
            "digestion": DIGESTION,
            "volume_ml": Decimal(10),
            "count": counted(8_000_000, 500_000),
            "performed": at_the_bench.done(),
            "by": technician,
        }
        return isolating.record_isolation(
            session, opened_before(step, minutes=minutes_open), **given | values
        )

    return recorded


def rules(session):
    return list(session.scalars(select(Deviation.rule)))


def test_a_start_opens_a_batch_under_the_specification_in_force(session, start, tissue, course):
    batch = session.get(isolating.Batch, start().batch_id)

    assert batch.status == BatchStatus.OPEN
    assert batch.specification_version.number == 1
    assert [used.sample_id for used in batch.samples] == [tissue.id]
    assert course.status == CourseStatus.MANUFACTURING


def test_a_start_gives_out_the_codes_of_its_containers(session, start):
    step = start()

    kinds = [each.kind for each in containers.planned_for(session, step)]
    assert kinds == ["SU", "VE", "VE", "QC"]


def test_a_bench_open_for_another_patient_is_refused(start, at_the_bench, other_course):
    at_the_bench.isolate(other_course)

    with pytest.raises(BenchTaken) as refused:
        start()

    assert refused.value.recorded


def test_another_bench_is_free_meanwhile(start, at_the_bench, other_course, place_of):
    at_the_bench.isolate(other_course)

    assert start(station=place_of("second_bench")).code


@pytest.mark.parametrize("name", ["reception", "shelf", "clean_room"])
def test_a_station_of_another_kind_is_refused(start, place_of, name):
    with pytest.raises(NotABench):
        start(station=place_of(name))


def test_whoever_opens_the_step_does_not_check_it(start, technician, proof_of):
    with pytest.raises(SamePerson):
        start(checker=proof_of(technician))


def test_nobody_checking_is_refused(start):
    with pytest.raises(CheckerNeeded):
        start(checker=None)


def test_a_physician_does_not_check_a_bench(start, physician, proof_of):
    with pytest.raises(CheckerNotAllowed):
        start(checker=proof_of(physician))


def test_without_consent_to_production_nothing_is_isolated(session, start, tissue):
    given = select(Consent).where(
        Consent.patient_id == tissue.patient_id, Consent.kind == ConsentKind.PRODUCTION
    )
    for consent in session.scalars(given):
        consent.withdrawn_on = clock.today()

    with pytest.raises(ConsentMissing):
        start()


@pytest.mark.parametrize("end", [course_progress.withdraw_course, course_progress.exclude_course])
def test_tissue_of_an_ended_course_is_not_isolated(session, start, course, tissue, physician, end):
    end(session, course, reason="no longer", by=physician)

    with pytest.raises(stopping.CourseEnded):
        start()


def test_tissue_of_a_postponed_course_is_not_isolated(session, start, course, tissue, physician):
    course_progress.postpone_course(session, course, reason="fever", by=physician)

    with pytest.raises(stopping.CoursePostponed):
        start()


def test_tissue_joins_a_batch_only_with_the_consent(session, start, at_the_bench, course):
    batch = at_the_bench.isolate(course, close=True).batch
    again = at_the_bench.tissue(course)
    for consent in session.scalars(select(Consent).where(Consent.patient_id == again.patient_id)):
        consent.withdrawn_on = clock.today()

    with pytest.raises(ConsentMissing):
        start(again, batch=batch)


def test_tissue_whose_marker_became_reactive_is_rejected_and_not_isolated(
    session, start, tissue, analyst, qa_officer, proof_of
):
    markers.record_markers(
        session, tissue.patient, sampled_on=clock.today(),
        values={Marker.HIV: MarkerValue.REACTIVE}, by=analyst,
    )  # fmt: skip

    with pytest.raises(MarkersReactive):
        start()
    receiving.reject_sample(
        session, tissue, reason="HIV", proof=proof_of(qa_officer), by=qa_officer
    )

    assert tissue.status is SampleStatus.REJECTED


def test_tissue_is_not_rejected_while_it_is_isolated(session, start, tissue, lead, proof_of):
    start()

    with pytest.raises(UnderWay):
        receiving.reject_sample(session, tissue, reason="late", proof=proof_of(lead), by=lead)


def test_tissue_is_isolated_once(start, place_of):
    start()

    with pytest.raises(UnderWay):
        start(station=place_of("second_bench"))


def test_after_a_step_was_given_up_the_next_goes_on_in_its_batch(
    session, start, lead, technician, proof_of
):
    first = start()
    steps.void_step(
        session, first, reason="the power failed", checker=proof_of(lead), by=technician
    )

    assert start().batch_id == first.batch_id


def test_tissue_of_another_course_does_not_join_a_batch(
    session, start, at_the_bench, course, other_course
):
    batch = at_the_bench.isolate(course, close=True).batch
    foreign = at_the_bench.tissue(other_course)

    with pytest.raises(OtherCourse):
        start(foreign, batch=batch)


def test_a_second_sample_of_the_course_joins_its_batch(session, start, at_the_bench, course):
    batch = at_the_bench.isolate(course, close=True).batch
    again = at_the_bench.tissue(course)

    start(again, batch=batch)

    assert {used.sample_id for used in batch.samples} >= {again.id}


def test_the_tissue_is_consumed_and_the_fraction_made(start, record, tissue):
    made = record(start())

    assert made.origin == SuspensionOrigin.ISOLATION
    assert (made.passage, made.cumulative_doublings) == (-1, 0)
    assert made.count.live == 8_000_000
    assert tissue.status == SampleStatus.CONSUMED


def test_the_fraction_may_be_left_uncounted(start, record):
    assert record(start(), count=None).count is None


def test_a_tube_of_another_patients_step_stops_everything(
    session, start, record, at_the_bench, other_course, place_of
):
    foreign = isolating.start_isolation(
        session,
        at_the_bench.tissue(other_course),
        vessels=1,
        **at_the_bench.opening("second_bench"),
    )

    with pytest.raises(Mismatch):
        record(start(), suspension_code=planned(session, foreign, "SU")[0])


def test_a_tube_that_no_step_gave_out_is_refused(session, start, record):
    with pytest.raises(NotPlanned):
        record(start(), suspension_code=next_code(session, "SU"))


def test_a_vessel_scanned_for_the_tube_is_refused(session, start, record):
    step = start()

    with pytest.raises(UnexpectedKind):
        record(step, suspension_code=planned(session, step, "VE")[0])


@pytest.mark.parametrize(
    "outside",
    [
        {"enzyme_pct": Decimal("0.201")},
        {"digestion_min": 29},
        {"digestion_c": Decimal("38.1")},
    ],
)
def test_a_digestion_outside_is_asked_about_and_then_a_deviation(session, start, record, outside):
    step, digestion = start(), replace(DIGESTION, **outside)
    with pytest.raises(FieldError, match="Look at it again"), session.begin_nested():
        record(step, digestion=digestion)

    record(step, digestion=digestion, comment="the bath was too warm")

    assert rules(session) == ["fact"]


def test_tissue_that_waited_too_long_is_a_deviation(session, start, record, tissue):
    step = start()
    tissue.collected_at = clock.now() - timedelta(hours=25)

    record(step)

    assert rules(session) == ["transport"]


def test_the_tissue_and_the_tube_are_kept_as_scanned(session, start, record, tissue):
    made = record(start())

    scanned = identity.scanned_in(session, made.made_by, "")
    assert scanned == [made.made_by.station.code, tissue.code, made.code]


def test_another_tissue_of_the_course_is_refused(start, record, at_the_bench, course):
    step = start()

    with pytest.raises(OtherTissue):
        record(step, tissue=at_the_bench.tissue(course))


def test_another_patients_tissue_stops_everything(start, record, at_the_bench, other_course):
    step = start()

    with pytest.raises(Mismatch):
        record(step, tissue=at_the_bench.tissue(other_course))


def test_a_rejected_sample_is_not_isolated(session, start, tissue):
    states.move(session, tissue, SampleStatus.DISCARDED)

    with pytest.raises(states.WrongState):
        start()


def test_why_it_was_digested_for_longer_than_its_step_was_open_is_asked(start, record):
    with pytest.raises(FieldError) as refusal:
        record(start(), minutes_open=58)

    assert refusal.value.field == "comment"


def test_a_digestion_longer_than_its_step_was_open_is_kept_and_marked(session, start, record):
    known = rules(session)

    record(start(), minutes_open=58, comment="no hand was free to open it")

    assert [rule for rule in rules(session) if rule not in known] == ["times"]


def test_a_digestion_as_long_as_its_step_was_open_is_not_asked_about(session, start, record):
    known = rules(session)

    record(start(), minutes_open=60)

    assert rules(session) == known


def test_of_an_isolation_told_late_the_reason_is_given_already(start, record, at_the_bench, course):
    at = clock.now() - timedelta(hours=3)
    step = start(at_the_bench.tissue(course, at))

    assert record(step, minutes_open=20, performed=at_the_bench.done(at, "no network"))
