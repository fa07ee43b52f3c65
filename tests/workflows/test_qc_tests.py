"""What is asked of which aliquot; tests started here or sent outside."""

from datetime import timedelta
from decimal import Decimal

import pytest

from lims import clock
from lims.errors import FieldError, NotPermitted, WrongState
from lims.models.aliquot import AliquotUse, QcTestStatus
from lims.models.fill import FillKind
from lims.models.suspension import SuspensionOrigin
from lims.workflows import dose_share, qc_tests
from lims.workflows.performing import InTheFuture
from lims.workflows.qc_lines import lines_for, lines_for_fill
from lims.workflows.qc_tests import (
    KeptAside,
    LaboratoryNeeded,
    NotAskedOf,
    NothingAsked,
)
from tests.laboratory.cells import counted
from tests.laboratory.quality import days_later


@pytest.fixture
def cells(qc_room, course):
    return qc_room.cells(course)


@pytest.fixture
def of_cells(qc_room, cells):
    """An aliquot of harvested cells."""
    return qc_room.sample(cells.batch, (cells, "0.5"))[0]


@pytest.fixture
def test_of_cells(qc_room, of_cells):
    return qc_room.ask(of_cells, "mycoplasma")[0]


def asked(aliquot):
    return [line.code for line in lines_for(aliquot)]


def test_spent_medium_is_asked_what_is_in_process(qc_room, at_the_bench, course):
    vessel = at_the_bench.first_passage(course)[0]

    (aliquot,) = qc_room.sample(vessel.batch, (vessel, "2"))

    assert asked(aliquot) == ["in_process_sterility"]


def test_the_fraction_is_asked_what_isolation_asks(qc_room, at_the_bench, course):
    svf = at_the_bench.isolate(course, count=counted(8_000_000), close=True)

    (aliquot,) = qc_room.sample(svf.batch, (svf, "1"))

    assert asked(aliquot) == ["svf_viability_pct"]


def test_tissue_is_asked_what_reception_asks(qc_room, cells):
    (aliquot,) = qc_room.sample(cells.batch, (cells.batch.samples[0].sample, None))

    assert asked(aliquot) == ["tissue_appearance", "tissue_sterility"]


def test_harvested_cells_are_asked_for_identity_but_not_for_cd34_in_p0(of_cells):
    offered = asked(of_cells)

    assert {"harvest_viability_pct", "viability_pct", "cd105_pct", "mycoplasma"} <= set(offered)
    assert "cd34_pct" not in offered


@pytest.mark.parametrize("kind", FillKind)
def test_any_final_container_is_asked_for_sterility(qc_room, cells, kind):
    fill = qc_room.fill(cells, "3", kind=kind)

    (aliquot,) = qc_room.sample(cells.batch, ((fill.doses or fill.vials)[0], "0.5"))

    assert asked(aliquot) == ["sterility"]


def test_thawed_cells_are_asked_what_thaw_asks(session, of_cells):
    of_cells.withdrawal.suspension.origin = SuspensionOrigin.THAW

    with session.no_autoflush:
        assert {"post_thaw_viability_pct", "viability_pct"} <= set(asked(of_cells))


def test_a_fill_itself_is_asked_for_which_nothing_is_taken(session, qc_room, cells):
    fill = qc_room.fill(cells)

    offered = {line.code for line in lines_for_fill(session, fill)}

    assert {"appearance", "label_identity", "dose_pct_of_prescribed"} <= offered
    assert "tissue_appearance" not in offered


def test_vials_are_not_asked_for_a_dose(session, qc_room, cells):
    fill = qc_room.fill(cells, kind=FillKind.VIALS)

    assert "dose_pct_of_prescribed" not in {line.code for line in lines_for_fill(session, fill)}


def test_a_test_of_an_aliquot_is_sampled_at_once(test_of_cells):
    assert test_of_cells.status is QcTestStatus.SAMPLED
    assert test_of_cells.code.startswith("QT")


def test_a_test_of_a_dose_belongs_to_its_fill(qc_room, cells):
    fill = qc_room.fill(cells)
    (aliquot,) = qc_room.sample(cells.batch, (fill.doses[0], "0.5"))

    assert qc_room.ask(aliquot, "sterility")[0].fill is fill


def test_nothing_is_asked_twice(session, test_of_cells, of_cells, analyst):
    with pytest.raises(NotAskedOf):
        qc_tests.request_tests(session, of_cells, lines=["mycoplasma"], by=analyst)


def test_what_the_source_does_not_answer_is_not_asked(session, of_cells, analyst):
    with pytest.raises(NotAskedOf, match="tissue_sterility"):
        qc_tests.request_tests(session, of_cells, lines=["tissue_sterility"], by=analyst)


def test_at_least_one_is_chosen(session, of_cells, analyst):
    with pytest.raises(NothingAsked):
        qc_tests.request_tests(session, of_cells, lines=[], by=analyst)


def test_a_retention_sample_is_kept(session, qc_room, cells, analyst):
    (aliquot,) = qc_room.sample(cells.batch, (cells, "0.5"), use=AliquotUse.RETENTION)

    with pytest.raises(KeptAside):
        qc_tests.request_tests(session, aliquot, lines=["mycoplasma"], by=analyst)


def test_a_started_test_is_running(qc_room, test_of_cells):
    qc_room.start_test(test_of_cells)

    assert test_of_cells.status is QcTestStatus.RUNNING


def test_a_test_may_be_sent_outside(session, test_of_cells, analyst):
    sent = {"laboratory": " City laboratory 3 ", "started_at": clock.now(), "by": analyst}

    qc_tests.send_test(session, test_of_cells, **sent)

    assert test_of_cells.status is QcTestStatus.SENT
    assert test_of_cells.laboratory == "City laboratory 3"


def test_the_outside_laboratory_is_named(session, test_of_cells, analyst):
    with pytest.raises(LaboratoryNeeded):
        qc_tests.send_test(
            session, test_of_cells, laboratory=" ", started_at=clock.now(), by=analyst
        )


def test_no_test_begins_before_its_aliquot_was_taken(session, test_of_cells, analyst):
    before = clock.now() - timedelta(hours=1)

    with pytest.raises(FieldError, match="is there since"):
        qc_tests.start_test(session, test_of_cells, started_at=before, by=analyst)


def test_no_test_begins_in_the_future(session, test_of_cells, analyst):
    later = clock.now() + timedelta(hours=1)

    with pytest.raises(InTheFuture):
        qc_tests.start_test(session, test_of_cells, started_at=later, by=analyst)


def test_a_test_is_started_once(qc_room, test_of_cells):
    qc_room.start_test(test_of_cells)

    with pytest.raises(WrongState):
        qc_room.start_test(test_of_cells)


def test_who_enters_no_results_starts_no_test(session, test_of_cells, technician):
    with pytest.raises(NotPermitted):
        qc_tests.start_test(session, test_of_cells, started_at=clock.now(), by=technician)


def test_a_fortnight_must_pass_before_a_culture_is_due(session, qc_room, cells):
    fill = qc_room.fill(cells)
    (aliquot,) = qc_room.sample(cells.batch, (fill.doses[0], "0.5"))
    sterility = qc_room.start_test(qc_room.ask(aliquot, "sterility")[0])

    assert qc_tests.due(session) == []
    with days_later(14):
        assert qc_tests.due(session) == [sterility.id]


def test_the_share_of_the_prescribed_cells_is_of_the_dose_farthest_from_its_plan(
    session, qc_room, cells
):
    fill = qc_room.fill(cells, "3", "1.5")

    shares = [dose_share.of_dose(dose) for dose in fill.doses]
    assert shares == [Decimal(102), Decimal(51)]
    assert dose_share.proposed(fill) == Decimal(51)


def test_of_a_dose_that_was_sampled_counts_what_is_left(session, qc_room, cells):
    fill = qc_room.fill(cells, "3")
    qc_room.sample(cells.batch, (fill.doses[0], "1"))

    assert dose_share.proposed(fill) == Decimal(68)


def test_a_container_filled_to_be_tested_is_no_share_of_the_prescription(session, qc_room, cells):
    fill = qc_room.fill(cells, "3", "0.5")
    qc_room.sample(cells.batch, (fill.doses[1], "0.5"))

    assert dose_share.proposed(fill) == Decimal(102)
