"""What cannot be true is refused: nothing was done with material before it was there."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from lims import clock
from lims.errors import FieldError
from lims.models.fill import FillKind
from lims.workflows import (
    discarding,
    feeding,
    filling,
    isolating,
    observing,
    processing,
    qc_results,
    recounting,
    sampling,
    seeding,
)
from lims.workflows.isolating import MoreThanReceived
from lims.workflows.qc_entries import Entry
from lims.workflows.sampling import Drawn
from lims.workflows.since import BeforeItWas
from lims.workflows.suspensions import SuspensionOrigin
from tests.laboratory.cells import DIGESTION, counted, opened_before, planned

DAYS = timedelta(days=10)


@pytest.fixture
def earlier(at_the_bench):
    """Ten days ago, before anything of these tests was there."""
    return at_the_bench.done(clock.now() - DAYS)


@pytest.fixture
def vessels(at_the_bench, course):
    return at_the_bench.first_passage(course)


@pytest.fixture
def tube(qc_room, course):
    return qc_room.cells(course)


@pytest.fixture
def refused():
    """The refusal names the time at its field and says since when the material is there."""

    def check(act, field="performed_at", problem=BeforeItWas):
        with pytest.raises(FieldError) as found:
            act()
        assert found.value.field == field
        assert isinstance(found.value.parameters["problem"], problem)

    return check


def test_a_vessel_is_not_fed_before_it_was_seeded(
    session, at_the_bench, vessels, earlier, refused, technician
):
    step = feeding.start_feeding(session, vessels, **at_the_bench.opening())

    refused(
        lambda: feeding.record_feeding(
            session, step, vessels=vessels, medium_ml=Decimal(20), full_change=True,
            performed=earlier, by=technician, comment="no scanner",
        )
    )  # fmt: skip


def test_a_vessel_is_not_harvested_before_it_was_seeded(session, at_the_bench, vessels, refused):
    before = clock.now() - DAYS

    refused(lambda: at_the_bench.harvest(vessels, count=counted(1_000_000), at=before))


@pytest.mark.parametrize("act", ["move", "look", "end"])
def test_nothing_is_done_with_a_vessel_before_it_was_seeded(
    session, vessels, earlier, refused, technician, place_of, act
):
    given = {"performed": earlier, "by": technician}
    acts = {
        "move": lambda: feeding.move_vessels(session, vessels, shelf=place_of("shelf"), **given),
        "look": lambda: observing.observe_vessels(session, vessels, appearance="flat", **given),
        "end": lambda: discarding.terminate_vessel(session, vessels[0], told="nothing", **given),
    }

    refused(acts[act])


def test_a_tube_is_not_counted_before_it_was_made(
    session, at_the_bench, tube, earlier, refused, technician
):
    step = recounting.start_count(session, tube, **at_the_bench.opening())

    refused(
        lambda: recounting.record_count(
            session, step, suspension=tube, count=counted(1), performed=earlier, by=technician
        )
    )


def test_a_tube_is_not_poured_before_it_was_made(
    session, at_the_bench, tube, earlier, refused, technician
):
    step = processing.start_processing(session, [tube], **at_the_bench.opening())

    refused(
        lambda: processing.record_processing(
            session, step, sources=[tube], operation=SuspensionOrigin.WASH,
            suspension_code=planned(session, step, "SU")[0], volume_ml=Decimal(5), count=None,
            performed=earlier, by=technician,
        )
    )  # fmt: skip


def test_a_tube_is_not_sown_before_it_was_made(
    session, at_the_bench, tube, earlier, refused, technician
):
    step = seeding.start_seeding(session, tube, vessels=1, **at_the_bench.opening())

    refused(
        lambda: seeding.record_seeding(
            session, step, suspension=tube, sown=at_the_bench.sown(step, "1"),
            performed=earlier, by=technician,
        )
    )  # fmt: skip


def test_a_split_is_not_before_its_harvest(at_the_bench, course, refused):
    svf = at_the_bench.isolate(course, count=counted(8_000_000))

    refused(lambda: at_the_bench.split(svf, "2", at=clock.now() - DAYS), field="at")


def test_a_tube_is_not_filled_before_it_was_made(
    session, at_the_bench, tube, earlier, refused, technician
):
    step = filling.start_filling(
        session, tube, kind=FillKind.VIALS, number=1, **at_the_bench.opening()
    )
    [code] = planned(session, step, "VL")

    refused(
        lambda: filling.record_filling(
            session, step, suspension=tube, kind=FillKind.VIALS,
            portions=[filling.Portion(code, Decimal(1))], vehicle="NaCl", appearance_good=True,
            containers_intact=True, performed=earlier, by=technician,
        )
    )  # fmt: skip


def test_nothing_is_sampled_before_it_was_there(session, qc_room, tube, earlier, refused):
    step = qc_room.start(tube.batch, 1)
    drawn = [Drawn(tube, planned(session, step, "QC")[0], Decimal("0.2"))]

    refused(
        lambda: sampling.record_sampling(
            session, step, drawn=drawn, performed=earlier, by=qc_room.analyst
        )
    )


def test_an_aliquot_is_not_taken_in_a_step_before_its_source_was_there(
    session, at_the_bench, course, refused, technician
):
    step = isolating.start_isolation(
        session, at_the_bench.tissue(course), vessels=0, aliquots=1, **at_the_bench.opening()
    )
    tissue = session.get_one(isolating.Sample, step.sample_id)
    drawn = Drawn(tissue, planned(session, step, "QC")[0], Decimal("0.2"))

    refused(
        lambda: sampling.take_aliquot(
            session, step, drawn=drawn, at=clock.now() - DAYS, by=technician
        ),
        field="taken_at",
    )


def test_a_result_is_not_read_before_its_aliquot_was_taken(session, qc_room, tube, refused):
    (aliquot,) = qc_room.sample(tube.batch, (tube, "0.2"))
    (test,) = qc_room.ask(aliquot, "viability_pct")
    entry = Entry(texts={"": "96"}, read_at=clock.now() - DAYS)

    refused(
        lambda: qc_results.enter_result(session, test, entry=entry, by=qc_room.analyst),
        field="read_at",
    )


@pytest.fixture
def isolate(session, at_the_bench, course, technician):
    step = isolating.start_isolation(
        session, at_the_bench.tissue(course), vessels=0, **at_the_bench.opening()
    )

    def record(performed=None, grams="7.5"):
        return isolating.record_isolation(
            session, opened_before(step), tissue=session.get_one(isolating.Sample, step.sample_id),
            suspension_code=planned(session, step, "SU")[0],
            digestion=replace(DIGESTION, tissue_used_g=Decimal(grams)), volume_ml=Decimal(10),
            count=None, performed=performed or at_the_bench.done(), by=technician,
        )  # fmt: skip

    return record


def test_tissue_is_not_digested_before_it_was_received(isolate, earlier, refused):
    refused(lambda: isolate(earlier))


def test_no_more_tissue_is_digested_than_was_weighed(isolate, refused):
    refused(lambda: isolate(grams="7.501"), field="tissue_used_g", problem=MoreThanReceived)

    assert isolate(grams="7.5").origin == SuspensionOrigin.ISOLATION


def test_a_dose_is_not_handed_over_before_it_was_filled(treatment, course, earlier, refused):
    [dose] = treatment.released(course)

    refused(lambda: treatment.hand_over(dose, performed=earlier))


def test_what_was_done_in_the_same_minute_was_not_done_before(session, vessels, technician):
    at = vessels[0].seeded_at.replace(second=0, microsecond=0)

    step = observing.observe_vessels(
        session, vessels, appearance="flat", performed=observing.Performed(at), by=technician
    )

    assert step.performed_at == at
