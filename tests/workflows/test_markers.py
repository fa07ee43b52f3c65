"""Infection markers: what is known on a day, and what a reactive one reaches."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from lims import clock
from lims.errors import FieldError
from lims.models.batch import Batch, BatchSample
from lims.models.deviation import Deviation, DeviationSubject, Grade, HoldKind
from lims.models.patient import Marker, MarkerValue, Sex
from lims.models.processing import Processing
from lims.models.sample import Sample, SampleStatus
from lims.models.suspension import Suspension, SuspensionOrigin
from lims.workflows import holds, markers, patients, specifications, states
from lims.workflows.codes import coded
from lims.workflows.markers import Standing

HIV = Marker.HIV


def today(ahead=0):
    return clock.today() + timedelta(days=ahead)


@pytest.fixture
def newcomer(session, physician):
    return patients.register_patient(
        session,
        full_name="Новикова Анна",
        other_name=None,
        birth_date=today().replace(year=1970, day=1),
        sex=Sex.FEMALE,
        by=physician,
    )


@pytest.fixture
def record(session, newcomer, analyst):
    def recording(value, *, sampled=0, patient=newcomer, **values):
        return markers.record_markers(
            session,
            patient,
            sampled_on=today(sampled),
            values={HIV: value},
            by=analyst,
            **values,
        )

    return recording


@pytest.fixture
def standing(session, newcomer):
    return lambda ahead=0: markers.standing(session, newcomer, today(ahead))[HIV]


def test_every_marker_of_the_specification_is_missing_at_first(session, newcomer):
    known = markers.standing(session, newcomer, today())

    assert known == dict.fromkeys(Marker, Standing.MISSING)


def test_a_result_is_valid_as_long_as_the_specification_says(record, standing):
    record(MarkerValue.NONREACTIVE)

    assert standing(30) == Standing.NONREACTIVE
    assert standing(31) == Standing.OUTDATED


def test_a_laboratory_may_say_until_when(record, standing):
    record(MarkerValue.NONREACTIVE, valid_until=today(90), reason="the laboratory's own rule")

    assert standing(90) == Standing.NONREACTIVE


def test_a_validity_longer_than_the_specification_has_it_needs_a_reason(record):
    record(MarkerValue.NONREACTIVE, valid_until=today(30))

    with pytest.raises(FieldError) as refusal:
        record(MarkerValue.NONREACTIVE, valid_until=today(31))

    assert refusal.value.field == "valid_until"
    assert isinstance(refusal.value.parameters["problem"], markers.ValidTooLong)


def test_blood_not_yet_taken_on_a_day_says_nothing_of_it(record, standing):
    record(MarkerValue.NONREACTIVE)

    assert standing(-5) == Standing.MISSING


def test_a_pending_result_is_pending_until_its_blood_is_read(record, standing):
    record(MarkerValue.PENDING, sampled=-2)
    assert standing() == Standing.PENDING

    record(MarkerValue.NONREACTIVE, sampled=-2)

    assert standing() == Standing.NONREACTIVE


def test_newer_blood_that_is_pending_counts(record, standing):
    record(MarkerValue.NONREACTIVE, sampled=-5)
    record(MarkerValue.PENDING)

    assert standing() == Standing.PENDING


def test_a_reactive_result_stands_against_later_ones(record, standing):
    record(MarkerValue.REACTIVE, sampled=-5)
    record(MarkerValue.NONREACTIVE)

    assert standing(500) == Standing.REACTIVE


def test_a_reactive_result_falls_only_to_one_that_names_it(record, standing):
    record(MarkerValue.REACTIVE, sampled=-5)
    record(MarkerValue.NONREACTIVE, replaces_reactive=True, reason="confirmed negative by NAT")

    assert standing() == Standing.NONREACTIVE


def test_where_nothing_is_reactive_nothing_is_replaced(record):
    with pytest.raises(markers.NothingToReplace):
        record(MarkerValue.NONREACTIVE, replaces_reactive=True, reason="?")


def test_impossible_days_are_refused_beside_their_field(record):
    with pytest.raises(FieldError) as refusal:
        record(MarkerValue.NONREACTIVE, sampled=3)
    assert refusal.value.field == "sampled_on"

    with pytest.raises(FieldError) as refusal:
        record(MarkerValue.NONREACTIVE, valid_until=today(-1))
    assert refusal.value.field == "valid_until"


def test_a_form_without_any_result_is_refused(session, newcomer, analyst):
    with pytest.raises(markers.NothingEntered):
        markers.record_markers(session, newcomer, sampled_on=today(), values={}, by=analyst)


def test_labels_say_what_is_pending_and_which_disease_is_reactive(session, newcomer, record):
    record(MarkerValue.REACTIVE)

    assert markers.for_labels(session, newcomer, today()) == (True, ("HIV",))


def test_pending_markers_do_not_refuse_and_missing_ones_do(session, newcomer, record):
    record(MarkerValue.PENDING)

    named = {point.parameters["marker"] for point in markers.missing(session, newcomer, today())}

    assert named == set(Marker) - {HIV}


@pytest.fixture
def used(session, course, technician):
    """A suspension made of tissue that is used up."""
    common = {"patient_id": course.patient_id}
    sample = coded(session, states.begin(Sample(**common, course_id=course.id)))
    batch = coded(
        session,
        states.begin(
            Batch(
                **common,
                course_id=course.id,
                specification_version_id=specifications.current(session).id,
            )
        ),
    )
    session.add_all([sample, batch])
    session.flush()
    for status in ("collected", "in_transit", "received", "accepted", "consumed"):
        states.move(session, sample, SampleStatus(status))
    session.add(BatchSample(**common, batch_id=batch.id, sample_id=sample.id))
    step = Processing(**common, batch_id=batch.id, started_by_id=technician.id)
    session.add(coded(session, states.begin(step)))
    session.flush()
    suspension = Suspension(
        **common,
        batch_id=batch.id,
        made_by_id=step.id,
        origin=SuspensionOrigin.ISOLATION,
        passage=-1,
        volume_ml=Decimal(10),
    )
    session.add(coded(session, states.begin(suspension)))
    session.flush()
    return suspension


def test_a_reactive_result_after_the_tissue_was_used_quarantines_what_was_made(
    session, patient, used, record
):
    record(MarkerValue.REACTIVE, patient=patient)

    held = holds.open_holds(session, used)
    assert [hold.kind for hold in held] == [HoldKind.QUARANTINE]
    assert held[0].deviation.grade == Grade.CRITICAL
    about = session.scalars(
        select(DeviationSubject.suspension_id).where(
            DeviationSubject.deviation_id == held[0].deviation_id
        )
    )
    assert used.id in set(about)


def test_before_the_tissue_is_used_a_reactive_result_opens_no_deviation(session, record):
    record(MarkerValue.REACTIVE)

    assert session.scalars(select(Deviation)).all() == []


def test_before_it_is_used_a_reactive_result_of_a_course_under_way_waits_for_quality(
    session, at_the_bench, course, record
):
    tissue = at_the_bench.tissue(course)

    record(MarkerValue.REACTIVE, patient=tissue.patient)

    (deviation,) = session.scalars(select(Deviation)).all()
    named = {(each.course_id, each.sample_id) for each in deviation.subjects}
    assert named == {(course.id, None), (None, tissue.id)}
