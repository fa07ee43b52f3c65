"""Tissue at the laboratory: weighed, judged, accepted or not."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from lims import clock
from lims.models.deviation import Deviation, DeviationStatus, DeviationSubject
from lims.models.patient import Marker, MarkerValue
from lims.models.sample import Sample, SampleStatus
from lims.models.step import StepEquipment
from lims.workflows import acceptance, corrections, markers, receiving, signing, states
from lims.workflows.codes import coded
from lims.workflows.identity import Mismatch
from lims.workflows.receiving import MarkersNotKnown, MarkersReactive, NotARunStation
from lims.workflows.signing import SamePerson

S = SampleStatus


@pytest.fixture
def sent(session, course):
    """Tissue on its way to the laboratory, collected two hours ago."""
    sample = Sample(patient_id=course.patient_id, course_id=course.id)
    session.add(coded(session, states.begin(sample)))
    session.flush()
    sample.collected_at = clock.now() - timedelta(hours=2)
    for status in (S.COLLECTED, S.IN_TRANSIT):
        states.move(session, sample, status)
    return sample


@pytest.fixture
def receive(session, sent, technician, at_the_bench):
    def received(**values):
        given = {
            "scanned_patient": sent.patient.code,
            "scanned_sample": sent.code,
            "mass_g": Decimal("7.5"),
            "temperature_min_c": Decimal(3),
            "temperature_max_c": Decimal(6),
            "container_intact": True,
            "performed": at_the_bench.done(),
            "by": technician,
        }
        return receiving.receive_sample(session, sent, **given | values)

    return received


def rules_about(session, sample):
    about = select(DeviationSubject.deviation_id).where(DeviationSubject.sample_id == sample.id)
    return set(session.scalars(select(Deviation.rule).where(Deviation.id.in_(about))))


def markers_say(session, patient, physician, value, **more):
    markers.record_markers(
        session,
        patient,
        sampled_on=clock.today(),
        values={Marker.HIV: value},
        by=physician,
        **more,
    )


def test_a_mass_put_right_is_put_right_on_the_tissue_and_judged_anew(session, receive, sent, lead):
    step = receive()

    values = {"field": "mass_g", "value": Decimal("4.5"), "reason": "misread", "by": lead}
    corrections.correct_step(session, step, version=step.version, **values)

    assert sent.mass_g == Decimal("4.5")
    assert rules_about(session, sent) == {"mass"}


def test_a_reception_as_it_should_be_opens_no_deviation(session, receive, sent):
    receive()

    assert sent.status == S.RECEIVED
    assert sent.mass_g == Decimal("7.5")
    assert rules_about(session, sent) == set()


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"mass_g": Decimal("4.9")}, "mass"),
        ({"mass_g": Decimal("10.001")}, "mass"),
        ({"temperature_max_c": Decimal("8.1")}, "transport"),
        ({"temperature_min_c": Decimal("1.9")}, "transport"),
        ({"temperature_min_c": None, "temperature_max_c": None}, "transport"),
        ({"container_intact": False}, "container"),
    ],
)
def test_what_is_outside_is_recorded_and_opens_a_deviation(session, receive, sent, values, rule):
    receive(**values)

    assert sent.status == S.RECEIVED
    assert rules_about(session, sent) == {rule}


def test_limits_themselves_are_within(session, receive, sent):
    receive(mass_g=Decimal(5), temperature_min_c=Decimal(2), temperature_max_c=Decimal(8))

    assert rules_about(session, sent) == set()


def test_a_way_too_long_is_a_deviation(session, receive, sent):
    sent.collected_at = clock.now() - timedelta(hours=25)

    receive()

    assert rules_about(session, sent) == {"transport"}


def test_a_paper_of_another_patient_stops_the_reception(receive, sent, other_patient):
    with pytest.raises(Mismatch):
        receive(scanned_patient=other_patient.code)

    assert sent.status == S.IN_TRANSIT


def test_a_bench_is_no_station_of_the_reception(receive, place_of):
    with pytest.raises(NotARunStation):
        receive(station=place_of("bench"))


def test_equipment_out_of_order_that_was_used_is_a_deviation(session, receive, sent, equipment_of):
    step = receive(equipment=[equipment_of("balance"), equipment_of("overdue")])

    used = session.scalars(select(StepEquipment).where(StepEquipment.step_id == step.id)).all()
    assert len(used) == 2
    assert rules_about(session, sent) == {"supply"}


def test_tissue_without_fault_is_accepted(session, receive, sent, lead):
    receive()

    receiving.accept_sample(session, sent, by=lead)

    assert sent.status == S.ACCEPTED


def test_with_an_open_deviation_it_is_accepted_at_risk(session, receive, sent, lead):
    receive(mass_g=Decimal(4))

    receiving.accept_sample(session, sent, by=lead)

    assert sent.status == S.ACCEPTED_AT_RISK


def test_a_pending_marker_puts_it_into_quarantine(session, receive, sent, lead, physician):
    markers_say(session, sent.patient, physician, MarkerValue.PENDING)
    receive()

    receiving.accept_sample(session, sent, by=lead)

    assert sent.status == S.QUARANTINED
    with pytest.raises(MarkersNotKnown):
        receiving.accept_sample(session, sent, by=lead)


def test_a_marker_that_comes_lifts_the_quarantine(session, receive, sent, lead, physician):
    markers_say(session, sent.patient, physician, MarkerValue.PENDING)
    receive()
    receiving.accept_sample(session, sent, by=lead)
    markers_say(session, sent.patient, physician, MarkerValue.NONREACTIVE)

    receiving.accept_sample(session, sent, by=lead)

    assert sent.status == S.ACCEPTED


def test_a_reactive_marker_leaves_only_the_rejection(session, receive, sent, lead, physician):
    markers_say(session, sent.patient, physician, MarkerValue.REACTIVE)
    receive()

    with pytest.raises(MarkersReactive):
        receiving.accept_sample(session, sent, by=lead)


def test_blood_taken_the_day_after_the_collection_counts_as_well(
    session, receive, sent, lead, physician
):
    sent.collected_at = clock.now() - timedelta(hours=24)
    markers_say(session, sent.patient, physician, MarkerValue.REACTIVE)
    receive()

    with pytest.raises(MarkersReactive):
        receiving.accept_sample(session, sent, by=lead)


def test_a_rejection_is_signed_for_exactly_what_was_shown(
    session, receive, sent, qa_officer, proof_of
):
    receive()

    receiving.reject_sample(
        session, sent, reason="leaked", proof=proof_of(qa_officer), by=qa_officer
    )

    signature = session.scalars(select(signing.Signature)).all()[-1]
    assert sent.status == S.REJECTED
    assert signing.still_valid(signature, receiving.shown_of(sent))


def test_two_people_discard_tissue(session, receive, sent, technician, lead, proof_of):
    receive()

    receiving.discard_sample(
        session, sent, reason="too little", proof=proof_of(technician), by=technician
    )
    assert sent.status == S.RECEIVED
    receiving.discard_sample(session, sent, reason="too little", proof=proof_of(lead), by=lead)

    assert sent.status == S.DISCARDED


def test_one_person_does_not_discard_alone(session, receive, sent, technician, proof_of):
    receive()
    values = {"reason": "too little", "by": technician}
    receiving.discard_sample(session, sent, proof=proof_of(technician), **values)

    with pytest.raises(SamePerson):
        receiving.discard_sample(session, sent, proof=proof_of(technician), **values)


def test_a_decided_deviation_no_longer_makes_it_a_risk(session, receive, sent):
    receive(mass_g=Decimal(4))
    [found] = acceptance.open_deviations(session, sent)

    states.move(session, found, DeviationStatus.DUPLICATE)

    assert acceptance.may_become(session, sent) == S.ACCEPTED
