"""An earlier release taken over, and what it is for: vials of a list thawed for a new course."""

import pytest

from lims.errors import LimsError, WrongState
from lims.models.deviation import HoldKind
from lims.models.fill import Decision, FillStatus, Vial, VialStatus
from lims.models.order import OrderKind
from lims.models.suspension import SuspensionOrigin
from lims.workflows import (
    codes,
    deciding,
    earlier_release,
    earlier_vials,
    holds,
    rejecting,
    releasing,
    thaw_gate,
    unusual,
    vial_choice,
)
from lims.workflows.deciding import ReasonNeeded
from lims.workflows.earlier_release import ImportedIt, NotOfEarlierRecords
from lims.workflows.releasing import NotReleasable, TookPart
from lims.workflows.thaw_gate import OriginUnknown
from lims.workflows.vial_choice import NotTakenOver
from tests.imports.sheets import course as sheet_of
from tests.laboratory.cells import planned
from tests.laboratory.earlier import Earlier

PAPER = "Released by O. Jasen on 3 June 2019, certificate 17/19, folder B"


@pytest.fixture
def earlier(session, lead):
    return Earlier(session, lead)


@pytest.fixture
def fill(earlier, patient):
    """Two vials of `patient` from a list, of a passage that nobody knows."""
    rows = {"passage": "?"}, {"passage": "?", "vial": "К-17/2", "position": "A2"}
    (made,) = earlier.take_over_vials(patient.code, *rows)
    return made


@pytest.fixture
def take_over(session, qa_officer, proof_of):
    def taken(fill, by=qa_officer, reason=PAPER):
        return earlier_release.take_over_release(
            session, fill, reason=reason, proof=proof_of(by), by=by
        )

    return taken


def test_an_earlier_release_is_signed_with_what_is_not_known(session, fill, take_over):
    disposition = take_over(fill)

    assert fill.status is FillStatus.RELEASED
    assert (disposition.decision, disposition.reason) == (Decision.RELEASED, PAPER)
    assert "No result of it is in this program" in disposition.exceptions
    assert deciding.still_signed(session, disposition)


def test_what_is_missing_of_an_earlier_fill_is_told_once_and_not_by_its_parts(session, fill):
    told = [each.what for each in unusual.exceptions(session, fill)]

    assert [type(each) for each in told][:1] == [unusual.TakenOverUnnumbered]
    assert not any(isinstance(each, unusual.BottleNotScanned) for each in told)


def test_it_says_on_which_paper(fill, take_over):
    with pytest.raises(ReasonNeeded):
        take_over(fill, reason=" ")


def test_whoever_imported_it_does_not_take_its_release_over(
    session, qa_officer, patient, take_over
):
    (fill,) = Earlier(session, qa_officer).take_over_vials(patient.code, {})

    with pytest.raises(ImportedIt):
        take_over(fill)


def test_who_imported_vials_into_a_batch_of_another_import_does_not_either(
    session, earlier, qa_officer, patient, take_over
):
    earlier.take_over_vials(patient.code, {"batch": "S-9"})
    more = {"batch": "S-9", "vial": "2", "position": "A2"}
    (fill,) = Earlier(session, qa_officer).take_over_vials(patient.code, more)

    with pytest.raises((ImportedIt, TookPart)):
        take_over(fill)


def test_a_fill_made_here_is_released_by_its_results_alone(bank, course, take_over):
    with pytest.raises(NotOfEarlierRecords):
        take_over(bank.filled(course))


def test_an_earlier_fill_is_not_released_without_results(session, fill, qa_officer, proof_of):
    with pytest.raises(NotReleasable):
        releasing.release_fill(session, fill, proof=proof_of(qa_officer), by=qa_officer)


def test_a_hold_stands_in_its_way(session, fill, qa_officer, take_over):
    told = {"kind": HoldKind.HOLD, "reason": "labels doubtful", "by": qa_officer}
    holds.hold_material(session, fill.batch, **told)

    with pytest.raises(NotReleasable, match="labels doubtful"):
        take_over(fill)


def test_it_is_taken_over_once(fill, take_over):
    take_over(fill)

    with pytest.raises(WrongState):
        take_over(fill)


SHEET = "B-1"
OF_SHEET = {"batch": SHEET, "passage": "P1", "frozen_on": "20.05.2019", "viable_cells": ""}


@pytest.fixture
def taken_over_fill(earlier, patient, take_over):
    """One of the three vials that a batch sheet tells of; quality took their release over."""
    earlier.take_over_sheet(sheet_of(SHEET, patient.code, 2019))
    (fill,) = earlier.take_over_vials(patient.code, OF_SHEET)
    take_over(fill)
    return fill


def test_a_vial_found_later_never_joins_what_was_signed(session, earlier, taken_over_fill):
    late = OF_SHEET | {"vial": "2", "position": "A2"}
    (item,) = earlier.vials(taken_over_fill.patient.code, late)

    (fault,) = (each.english() for each in earlier_vials.check(session, [item]))

    assert "row 2, cell J2 (batch): quality decided on the fill FL" in fault
    with pytest.raises(LimsError, match="become a fill of their own"):
        earlier.store_vials(item)


@pytest.mark.parametrize("batch", ["", "B-1 late"])
def test_it_becomes_a_fill_of_its_own_and_the_signature_holds(
    session, earlier, taken_over_fill, batch
):
    late = OF_SHEET | {"vial": "2", "position": "A2", "batch": batch}

    (fill,) = earlier.take_over_vials(taken_over_fill.patient.code, late)

    assert (fill.status, len(taken_over_fill.vials)) == (FillStatus.FILLED, 1)
    assert deciding.still_signed(session, taken_over_fill.dispositions[0])


def test_vials_found_later_join_a_batch_of_a_list_without_touching_what_was_signed(
    session, earlier, fill, take_over
):
    (first,) = earlier.take_over_vials(
        fill.patient.code, {"batch": "S-9", "vial": "1", "position": "B1"}
    )
    disposition = take_over(first)

    more = {"batch": "S-9", "vial": "2", "position": "B2"}
    (second,) = earlier.take_over_vials(fill.patient.code, more)

    assert second.id != first.id
    assert deciding.still_signed(session, disposition)


def test_a_vial_that_joins_while_its_fill_waits_leaves_other_signatures_valid(
    session, earlier, patient, take_over
):
    rows = sheet_of(SHEET, patient.code, 2019)
    earlier.take_over_sheet([*rows, rows[-1] | {"date": "21.05.2019", "number": 1}])
    (one,) = earlier.take_over_vials(patient.code, OF_SHEET)
    disposition = take_over(one)

    other = OF_SHEET | {"vial": "2", "position": "A2", "frozen_on": "21.05.2019"}
    (waiting,) = earlier.take_over_vials(patient.code, other)

    assert waiting.batch_id == one.batch_id
    assert deciding.still_signed(session, disposition)


def test_it_may_be_rejected_instead(session, fill, qa_officer, proof_of):
    rejecting.reject_fill(
        session, fill, reason="no paper found", proof=proof_of(qa_officer), by=qa_officer
    )

    assert fill.status is FillStatus.REJECTED


def test_before_it_no_order_takes_the_vials(session, fill):
    choices = vial_choice.in_store(session, fill.patient_id, OrderKind.THAW, expand=True)

    assert [type(each.problems[0]) for each in choices] == [NotTakenOver] * 2


def test_vials_of_a_list_are_thawed_for_a_new_course(
    session, earlier, fill, take_over, orders, thaws, course, patient, keeper, qa_officer, proof_of
):
    take_over(fill)
    earlier.agree(patient, keeper)
    order = orders.scheduled(orders.thaw(course, None, vials=2, expand=True))
    with pytest.raises(OriginUnknown):
        thaws.start(order)
    thaw_gate.allow_thaw(
        session, order, reason="grown little, Jasen", proof=proof_of(qa_officer), by=qa_officer
    )

    thaw = thaws.start(order)
    step = orders.start(order)
    for number in ("К-17/1", "К-17/2"):  # as it is read on the tube
        orders.take(step, codes.load(session, number, Vial))
    orders.record(step)
    thaws.warm(thaw, *(codes.load(session, n, Vial) for n in ("К-17/1", "К-17/2")))
    tube = thaws.record(thaw)

    assert {vial.status for vial in fill.vials} == {VialStatus.USED}
    assert (tube.origin, tube.passage) == (SuspensionOrigin.THAW, None)
    assert tube.cumulative_doublings is None
    assert tube.batch_id != fill.batch_id
    assert tube.batch.course_id == course.id
    assert planned(session, thaw, "SU") == [tube.code]
