"""Sampling: five sources, two scans an aliquot, no more than there is."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from lims.errors import NotPermitted
from lims.models.aliquot import Aliquot, AliquotUse
from lims.models.culture import DiscardReason
from lims.models.fill import FillKind
from lims.models.step import IdentityCheck, StepStatus
from lims.models.suspension import Purpose, SuspensionStatus
from lims.workflows import discarding, feeding, isolating, sampling, sources, steps
from lims.workflows.codes import UnexpectedKind
from lims.workflows.containers import AlreadyUsed, NotPlanned
from lims.workflows.culturing import NothingScanned
from lims.workflows.identity import Mismatch
from lims.workflows.qc_readings import source_of
from lims.workflows.sampling import Drawn, NotSampledHere
from lims.workflows.sources import MoreThanInIt, NothingInIt, NotOfThisBatch, VolumeNeeded
from lims.workflows.suspensions import MoreThanThereIs
from tests.laboratory.cells import counted, planned


@pytest.fixture
def cells(qc_room, course):
    """5 mL of P0, harvested."""
    return qc_room.cells(course)


@pytest.fixture
def draw(session, qc_room, at_the_bench, technician):
    """`draw(batch, source, volume)`: one aliquot in a sampling step that stays open."""

    def drawing(batch, source, volume=None, container=None):
        step = qc_room.start(batch, 1)
        drawn = Drawn(source, container or planned(session, step, "QC")[0], volume)
        done = {"drawn": [drawn], "performed": at_the_bench.done(), "by": technician}
        return sampling.record_sampling(session, step, **done)

    return drawing


def test_an_aliquot_of_each_kind_of_source_names_its_source(session, qc_room, at_the_bench, course):
    vessels = at_the_bench.first_passage(course)
    cells = at_the_bench.harvest(vessels, count=counted(90_000_000), volume="9", close=True)
    tissue = cells.batch.samples[0].sample
    doses, vials = qc_room.fill(cells, "3"), qc_room.fill(cells, "3", kind=FillKind.VIALS)
    taken_from = [tissue, vessels[0], cells, doses.doses[0], vials.vials[0]]

    taken = qc_room.sample(cells.batch, *((source, "0.5") for source in taken_from))

    assert [source_of(aliquot).code for aliquot in taken] == [source.code for source in taken_from]
    assert {aliquot.patient_id for aliquot in taken} == {course.patient_id}


def test_what_is_sampled_leaves_the_suspension(qc_room, cells):
    qc_room.sample(cells.batch, (cells, "0.5"))

    assert cells.remaining_ml == Decimal("4.5")
    assert cells.withdrawals[-1].purpose is Purpose.SAMPLING


def test_what_is_kept_aside_leaves_it_as_retention(qc_room, cells):
    (aliquot,) = qc_room.sample(cells.batch, (cells, "0.5"), use=AliquotUse.RETENTION)

    assert aliquot.withdrawal.purpose is Purpose.RETENTION


def test_the_last_volume_empties_the_tube(qc_room, cells):
    qc_room.sample(cells.batch, (cells, "5"))

    assert cells.status is SuspensionStatus.EMPTIED


def test_no_more_is_sampled_than_there_is(draw, cells):
    with pytest.raises(MoreThanThereIs):
        draw(cells.batch, cells, Decimal("5.001"))


def test_of_a_suspension_the_volume_is_asked(draw, cells):
    with pytest.raises(VolumeNeeded):
        draw(cells.batch, cells)


def test_a_dose_gives_no_more_than_was_filled(draw, qc_room, cells):
    dose = qc_room.fill(cells, "3").doses[0]

    with pytest.raises(MoreThanInIt):
        draw(cells.batch, dose, Decimal("3.1"))


def test_of_a_dose_the_volume_is_asked(draw, qc_room, cells):
    dose = qc_room.fill(cells, "3").doses[0]

    with pytest.raises(VolumeNeeded):
        draw(cells.batch, dose)


def test_both_scans_are_kept(session, draw, cells):
    step = draw(cells.batch, cells, Decimal(1))

    kept = session.scalars(select(IdentityCheck).where(IdentityCheck.step_id == step.id)).all()
    aliquot = session.scalars(select(Aliquot).where(Aliquot.step_id == step.id)).one()
    assert step.station is not None
    assert [each.scanned for each in kept] == [step.station.code, cells.code, aliquot.code]


def test_material_of_another_patient_stops_everything(draw, qc_room, cells, other_course):
    foreign = qc_room.cells(other_course)

    with pytest.raises(Mismatch, match="STOP"):
        draw(cells.batch, foreign, Decimal(1))


def test_a_container_planned_for_another_patient_stops_everything(
    session, draw, at_the_bench, cells, other_course
):
    foreign = at_the_bench.isolate(other_course)
    container = planned(session, foreign.made_by, "VE")[0]

    with pytest.raises(Mismatch, match="STOP"):
        draw(cells.batch, cells, Decimal(1), container=container)


def test_material_of_another_batch_of_the_patient_is_refused(draw, at_the_bench, cells, course):
    other = at_the_bench.isolate(course, close=True)

    with pytest.raises(NotOfThisBatch):
        draw(cells.batch, other, Decimal(1))


def test_only_a_container_of_the_plan_is_used(draw, qc_room, cells):
    (earlier,) = qc_room.sample(cells.batch, (cells, "1"))

    with pytest.raises(NotPlanned):
        draw(cells.batch, cells, Decimal(1), container=earlier.code)


def test_only_a_container_for_an_aliquot_is_used(draw, cells):
    with pytest.raises(UnexpectedKind):
        draw(cells.batch, cells, Decimal(1), container=cells.code)


def test_a_container_is_used_once(session, qc_room, at_the_bench, technician, cells):
    step = qc_room.start(cells.batch, 1)
    drawn = [Drawn(cells, planned(session, step, "QC")[0], Decimal(1))] * 2

    with pytest.raises(AlreadyUsed):
        sampling.record_sampling(
            session, step, drawn=drawn, performed=at_the_bench.done(), by=technician
        )


def test_a_patient_is_no_source(session, patient):
    with pytest.raises(UnexpectedKind, match="sample; vessel; suspension; dose; vial"):
        sources.find_source(session, patient.code)


def test_an_aliquot_is_taken_while_the_isolation_is_open(session, at_the_bench, technician, course):
    tissue = at_the_bench.tissue(course)
    step = isolating.start_isolation(
        session, tissue, vessels=1, aliquots=1, **at_the_bench.opening()
    )

    aliquot = sampling.take_aliquot(
        session, step, drawn=Drawn(tissue, planned(session, step, "QC")[0]), by=technician
    )

    assert (aliquot.sample, aliquot.step) == (tissue, step)


def test_in_a_closed_step_no_aliquot_is_taken(session, cells, technician):
    step = cells.made_by

    with pytest.raises(steps.StepNotOpen):
        sampling.take_aliquot(
            session, step, drawn=Drawn(cells, cells.code, Decimal(1)), by=technician
        )


def test_a_step_that_plans_no_aliquots_gives_none(session, at_the_bench, technician, course):
    vessel = at_the_bench.first_passage(course)[0]
    step = feeding.start_feeding(session, [vessel], **at_the_bench.opening())

    with pytest.raises(NotSampledHere):
        sampling.take_aliquot(session, step, drawn=Drawn(vessel, vessel.code), by=technician)


def test_a_discarded_vessel_gives_nothing(session, draw, qc_room, course):
    kept, gone = qc_room.bench.first_passage(course)
    discarding.discard_vessels(
        session, [gone], why=DiscardReason.DAMAGE, reason="spilt",
        proof=qc_room.proof(qc_room.keeper), second=qc_room.proof(qc_room.qa), by=qc_room.keeper,
    )  # fmt: skip

    with pytest.raises(NothingInIt):
        draw(kept.batch, gone)


def test_who_takes_no_aliquots_may_not(session, qc_room, cells, physician):
    opening = {**qc_room.bench.opening(), "by": physician}

    with pytest.raises(NotPermitted):
        sampling.start_sampling(session, cells.batch, number=1, **opening)


def test_what_was_taken_one_by_one_is_recorded_without_another(
    session, qc_room, at_the_bench, technician, cells
):
    step = qc_room.start(cells.batch, 1)
    [code] = planned(session, step, "QC")
    sampling.take_aliquot(session, step, drawn=Drawn(cells, code, Decimal("0.1")), by=technician)

    sampling.record_sampling(session, step, drawn=[], performed=at_the_bench.done(), by=technician)

    assert step.status is StepStatus.RECORDED


def test_the_step_closes_like_any_at_the_bench(qc_room, cells):
    (aliquot,) = qc_room.sample(cells.batch, (cells, "1"))

    assert aliquot.step.status is StepStatus.CLOSED
    assert aliquot.step.verified_by_id == qc_room.bench.lead.id


def test_nothing_taken_is_nothing_to_record(session, qc_room, at_the_bench, technician, cells):
    step = qc_room.start(cells.batch, 1)

    with pytest.raises(NothingScanned):
        sampling.record_sampling(
            session, step, drawn=[], performed=at_the_bench.done(), by=technician
        )
