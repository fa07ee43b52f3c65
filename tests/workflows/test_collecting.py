"""The kit, the collection and the courier."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select

from lims import clock
from lims.errors import FieldError, WrongState
from lims.models.contraindication import Occasion
from lims.models.course import CourseStatus
from lims.models.deviation import Deviation, DeviationSubject
from lims.models.label import LabelStatus
from lims.models.sample import SampleStatus
from lims.models.step import IdentityCheck, StepStatus
from lims.workflows import (
    collecting,
    contraindication_checks,
    isolating,
    journey,
    labelling,
    performing,
    receiving,
    steps,
)
from lims.workflows.codes import UnexpectedKind
from lims.workflows.collecting import OtherSample
from lims.workflows.command import by_scanner
from lims.workflows.contraindication_checks import Found
from lims.workflows.contraindications import NotChecked
from lims.workflows.identity import Mismatch
from lims.workflows.steps import Performed
from tests.walks.walker import Walk


@pytest.fixture
def kit(session, course, physician):
    return collecting.order_kit(session, course, by=physician)


@pytest.fixture
def asked(session, course, physician):
    """The contraindications asked on the day of the collection."""
    contraindication_checks.record_check(
        session, course, occasion=Occasion.COLLECTION, found=[], by=physician
    )


@pytest.fixture
def collect(session, kit, patient, physician, at_the_bench):
    def collected(**values):
        given = {
            "scanned_patient": patient.code,
            "scanned_sample": kit.code,
            "body_site": "abdomen",
            "surgeon": "Dr. Orlov",
            "performed": at_the_bench.done(),
            "by": physician,
        }
        return collecting.record_collection(session, kit, **given | values)

    return collected


def send(session, sample, by, performed):
    collecting.dispatch_sample(session, sample, courier="Courier 7", performed=performed, by=by)


def told_about(session, sample):
    """What the deviations about the tissue say, in their order."""
    about = select(DeviationSubject.deviation_id).where(DeviationSubject.sample_id == sample.id)
    found = select(Deviation).where(Deviation.id.in_(about)).order_by(Deviation.id)
    return [deviation.description for deviation in session.scalars(found)]


def test_ordering_a_kit_moves_the_course_to_collecting(kit, course):
    assert kit.status == SampleStatus.ORDERED
    assert course.status == CourseStatus.COLLECTING


def test_a_second_kit_may_be_ordered_where_the_first_did_not_grow(
    session, at_the_bench, course, physician
):
    at_the_bench.isolate(course, close=True)

    second = collecting.order_kit(session, course, by=physician)

    assert second.status == SampleStatus.ORDERED
    assert course.status == CourseStatus.COLLECTING


def test_a_collection_is_recorded_with_both_scans(session, asked, collect, kit, patient):
    step = collect()

    checks = session.query(IdentityCheck).filter_by(step_id=step.id).all()
    assert {each.scanned for each in checks} == {patient.code, kit.code}
    assert kit.status == SampleStatus.COLLECTED
    assert kit.collected_at == step.performed_at
    assert step.status == StepStatus.CLOSED


@pytest.mark.parametrize(
    ("read", "status"), [(True, LabelStatus.APPLIED), (False, LabelStatus.SENT)]
)
def test_the_label_of_a_kit_is_read_back_by_the_scan_of_its_collection(
    session, asked, collect, kit, physician, read, status
):
    (label,) = labelling.record_printed(
        session, patient_id=kit.patient_id, codes=[kit.code], layout="kit",
        content_sha256="0" * 64, by=physician,
    )  # fmt: skip
    by_scanner(session, [kit.code] if read else [])

    collect()

    assert label.status is status


def test_the_card_of_another_patient_stops_the_collection(asked, collect, other_patient):
    with pytest.raises(Mismatch) as stopped:
        collect(scanned_patient=other_patient.code)

    assert "Schmidt" in stopped.value.english()


def test_the_kit_of_another_patient_stops_the_collection(
    session, asked, collect, other_course, physician
):
    foreign = collecting.order_kit(session, other_course, by=physician)

    with pytest.raises(Mismatch):
        collect(scanned_sample=foreign.code)


def test_another_kit_of_the_same_patient_is_refused(session, asked, collect, course, physician):
    other = collecting.order_kit(session, course, by=physician)

    with pytest.raises(OtherSample):
        collect(scanned_sample=other.code)


def test_a_bench_scanned_for_a_patient_is_refused(asked, collect, place_of):
    with pytest.raises(UnexpectedKind):
        collect(scanned_patient=place_of("bench").code)


def test_before_the_act_the_page_says_what_speaks_against_it(session, kit):
    [problem] = collecting.problems_before(session, kit, clock.today())

    assert isinstance(problem, NotChecked)


def test_tissue_taken_without_asking_is_recorded_and_is_a_deviation(session, collect, kit):
    collect()

    assert kit.status == SampleStatus.COLLECTED
    assert told_about(session, kit) == [
        "The contraindications were not checked for this: collection."
    ]


@pytest.fixture
def entered_slowly(database):
    """A patient, a course and a kit, two hours apart; how to collect it, and what is told."""
    with time_machine.travel(clock.now(), tick=False) as traveller:
        begun, walk = clock.now(), Walk(database, traveller, "Slow")
        traveller.shift(timedelta(hours=2))
        walk.begin()
        traveller.shift(timedelta(hours=2))
        kit = walk.kit()
        traveller.shift(timedelta(hours=2))

        def collected(hours):
            at = Performed(begun + timedelta(hours=hours), late_reason="no network")
            walk.act(
                "physician", collecting.record_collection, sample=walk.of(kit), performed=at,
                scanned_patient=walk.patient, body_site="abdomen", surgeon="Dr. Orlov",
            )  # fmt: skip
            with database.reading() as session:
                told = told_about(session, walk.of(kit)(session))
            return [each for each in told if "before:" in each]

        yield collected


@pytest.mark.parametrize(
    ("hours", "first"),
    [
        (-1, ["the patient was registered"]),
        (1, ["the course was ordered"]),
        (3, ["the kit was ordered"]),
        (5, []),
    ],
)
def test_tissue_taken_before_what_precedes_it_is_a_deviation(entered_slowly, hours, first):
    told = entered_slowly(hours)

    assert len(told) == len(first)
    assert all(what in each for what, each in zip(first, told, strict=True))


def test_tissue_taken_in_spite_of_a_contraindication_is_a_deviation(
    session, course, physician, collect, kit
):
    contraindication_checks.record_check(
        session, course, occasion=Occasion.COLLECTION, found=[Found(1)], by=physician
    )

    collect()

    assert "Contraindication 1, passing" in told_about(session, kit)[0]


def test_a_collection_of_yesterday_is_recorded_this_morning(session, collect, kit, at_the_bench):
    yesterday = clock.now() - timedelta(days=1)

    collect(performed=at_the_bench.done(yesterday, late="operated until night"))

    assert kit.collected_at == yesterday


def test_a_collection_in_order_opens_no_deviation(session, asked, collect, kit):
    collect()

    assert told_about(session, kit) == []


@pytest.fixture
def received(session, kit, patient, technician, at_the_bench):
    """Tissue that came before the clinic entered anything about it."""
    receiving.receive_sample(
        session, kit, scanned_patient=patient.code, mass_g=Decimal("7.5"), container_intact=True,
        temperature_max_c=Decimal(5), performed=at_the_bench.done(), by=technician,
    )  # fmt: skip
    return kit


def test_tissue_at_the_door_is_received_before_its_collection_is_entered(session, received):
    assert received.status == SampleStatus.RECEIVED
    assert told_about(session, received) == [
        f"{received.code} was received; nobody recorded that it was collected."
    ]


def test_tissue_at_the_door_is_received_before_its_courier_is_entered(
    session, asked, collect, kit, request
):
    collect()

    received = request.getfixturevalue("received")

    assert told_about(session, received) == [
        f"{kit.code} was received; nobody recorded that it was handed to a courier."
    ]


@pytest.mark.parametrize("collected", [False, True])
def test_the_deviation_is_titled_by_what_was_not_recorded(
    session, asked, collect, request, collected
):
    if collected:
        collect()

    request.getfixturevalue("received")

    (title,) = session.scalars(select(Deviation.title)).all()
    assert ("courier" in title, "collection" in title) == (collected, not collected)


def test_the_collection_and_the_courier_are_entered_after_the_reception(
    session, asked, received, collect, physician, at_the_bench
):
    hour = clock.now() - timedelta(hours=1)

    collect(performed=at_the_bench.done(hour, late="no network"))
    send(session, received, physician, at_the_bench.done(hour, late="no network"))

    assert received.status == SampleStatus.RECEIVED
    assert received.collected_at == hour
    assert not collecting.awaits_collection(received)
    assert not collecting.awaits_dispatch(session, received)


def test_a_way_too_long_is_judged_as_soon_as_it_is_known(
    session, asked, received, collect, at_the_bench
):
    collect(performed=at_the_bench.done(clock.now() - timedelta(hours=30), late="no network"))

    assert any("time on the way" in each for each in told_about(session, received))


def test_a_wait_too_long_is_judged_as_soon_as_it_is_known(session, received, at_the_bench, lead):
    receiving.accept_sample(session, received, by=lead)
    isolated = isolating.start_isolation(session, received, vessels=0, **at_the_bench.opening())
    isolated.performed_at = clock.now()
    received.collected_at = clock.now() - timedelta(hours=100)
    session.flush()

    told = [each.english() for each in journey.known_since(session, received)]

    assert any("time from collection to isolation" in each for each in told)


def test_tissue_is_not_collected_after_it_was_received(asked, received, collect, at_the_bench):
    received.received_at = clock.now() - timedelta(minutes=10)

    with pytest.raises(FieldError, match="was received at"):
        collect(performed=at_the_bench.done())


def test_tissue_is_not_sent_before_it_was_collected(
    session, asked, collect, kit, physician, at_the_bench
):
    collect()

    with pytest.raises(FieldError, match="is there since"):
        send(session, kit, physician, at_the_bench.done(clock.now() - timedelta(hours=1)))


def test_tissue_is_not_received_before_it_was_collected(
    session, asked, collect, kit, patient, technician, at_the_bench
):
    collect()

    with pytest.raises(FieldError, match="is there since"):
        receiving.receive_sample(
            session, kit, scanned_patient=patient.code, mass_g=Decimal(7), container_intact=True,
            performed=at_the_bench.done(clock.now() - timedelta(days=2)), by=technician,
        )  # fmt: skip


def test_tissue_received_before_it_was_sent_is_a_deviation(
    session, asked, collect, kit, physician, technician, patient, at_the_bench
):
    hours = clock.now() - timedelta(hours=2)
    collect(performed=at_the_bench.done(hours))
    send(session, kit, physician, at_the_bench.done())

    receiving.receive_sample(
        session, kit, scanned_patient=patient.code, mass_g=Decimal(7), container_intact=True,
        temperature_max_c=Decimal(5), by=technician,
        performed=at_the_bench.done(clock.now() - timedelta(hours=1, minutes=5)),
    )  # fmt: skip

    assert "before it was sent" in told_about(session, kit)[-1]


def test_tissue_is_not_collected_twice(asked, collect):
    collect()

    with pytest.raises(WrongState):
        collect()


def test_a_late_entry_says_why(asked, collect, at_the_bench):
    performed = steps.Performed(at=clock.now() - timedelta(hours=5))

    with pytest.raises(performing.LateReasonNeeded):
        collect(performed=performed)


def test_collected_tissue_is_handed_to_a_courier(
    session, asked, collect, kit, physician, at_the_bench
):
    collect()

    send(session, kit, physician, at_the_bench.done())

    assert kit.status == SampleStatus.IN_TRANSIT
