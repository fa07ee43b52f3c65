"""The kit, the collection and the courier."""

from datetime import timedelta

import pytest

from lims import clock
from lims.errors import WrongState
from lims.models.course import CourseStatus, Occasion
from lims.models.sample import SampleStatus
from lims.models.step import IdentityCheck, StepStatus
from lims.workflows import collecting, contraindication_checks, steps
from lims.workflows.codes import UnexpectedKind
from lims.workflows.collecting import OtherSample
from lims.workflows.contraindications import Contraindicated
from lims.workflows.identity import Mismatch


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


def test_nothing_is_collected_before_the_contraindications_were_asked(collect):
    with pytest.raises(Contraindicated):
        collect()


def test_tissue_is_not_collected_twice(asked, collect):
    collect()

    with pytest.raises(WrongState):
        collect()


def test_a_late_entry_says_why(asked, collect, at_the_bench):
    performed = steps.Performed(at=clock.now() - timedelta(hours=5))

    with pytest.raises(steps.LateReasonNeeded):
        collect(performed=performed)


def test_collected_tissue_is_handed_to_a_courier(
    session, asked, collect, kit, physician, at_the_bench
):
    collect()

    collecting.dispatch_sample(
        session, kit, courier="Courier 7", performed=at_the_bench.done(), by=physician
    )

    assert kit.status == SampleStatus.IN_TRANSIT
