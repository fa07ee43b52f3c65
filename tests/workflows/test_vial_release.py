"""A fill of vials is released by the same rules as one of doses, once its vials are frozen."""

import pytest
from sqlalchemy import select

from lims.models.course import CourseStatus
from lims.models.deviation import HoldKind
from lims.models.fill import FillStatus, VialStatus
from lims.models.vessel import Vessel
from lims.workflows import fill_results, holds, unusual
from lims.workflows.releasing import FrozenCellsWait, NotReleasable
from tests.laboratory.desk import Desk


@pytest.fixture
def desk(session, qc_room):
    return Desk(session, qc_room)


@pytest.fixture
def fill(session, bank, qc_room, desk, course):
    """Three vials of which everything is in place, but they are not frozen yet."""
    filled = bank.filled(course, "1", "1", "1")
    cells = filled.withdrawal.suspension
    (aliquot,) = qc_room.sample(filled.batch, (cells, "0.2"))
    qc_room.settle_all(aliquot)
    for test in qc_room.ask(filled, "appearance", "label_identity"):
        qc_room.settle(test, "conforms")
    vessel = session.scalars(select(Vessel).where(Vessel.batch_id == filled.batch_id)).first()
    (spent,) = qc_room.sample(filled.batch, (vessel, "1"))
    (vial,) = qc_room.sample(filled.batch, (filled.vials[0], "0.1"))
    cultures = [*qc_room.ask(spent, "in_process_sterility"), *qc_room.ask(vial, "sterility")]
    desk.read([qc_room.start_test(test) for test in cultures])
    return filled


def test_vials_frozen_with_everything_in_place_are_released(session, bank, desk, fill):
    bank.freeze(fill)

    desk.release(fill)

    assert (fill.status, fill.expires_at) == (FillStatus.RELEASED, None)
    assert {vial.status for vial in fill.vials} == {VialStatus.FREEZING}


def test_vials_wait_for_their_last_result_and_are_not_released_conditionally(bank, desk, fill):
    bank.freeze(fill)

    with pytest.raises(FrozenCellsWait):
        desk.release_conditionally(fill)


def test_before_they_are_frozen_they_are_not(desk, fill):
    with pytest.raises(NotReleasable, match="not frozen"):
        desk.release(fill)


def test_a_line_for_doses_is_not_asked_of_vials(session, fill):
    asked = {judged.line.code for judged in fill_results.judged(session, fill)}

    assert "sterility" in asked
    assert "dose_pct_of_prescribed" not in asked


def test_released_vials_make_no_dose_ready(bank, desk, fill, course):
    bank.freeze(fill)

    desk.release(fill)

    assert course.status is not CourseStatus.DOSE_READY


def test_vials_of_held_cells_stay_in_quarantine(session, bank, desk, fill, lead):
    bank.freeze(fill)
    cells = fill.withdrawal.suspension
    holds.put_on_hold(session, cells, kind=HoldKind.QUARANTINE, reason="turbid sibling", by=lead)

    with pytest.raises(NotReleasable, match="turbid sibling"):
        desk.release(fill)


def test_a_run_that_went_otherwise_is_told_to_who_releases(session, bank, fill):
    bank.freeze(fill, as_programmed=False)

    told = [each.what.english() for each in unusual.exceptions(session, fill)]
    assert any("Freezing outside the specification" in each for each in told)
