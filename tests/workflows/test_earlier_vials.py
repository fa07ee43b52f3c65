"""Vials of earlier lists: where they stand, of which fill they are, what cannot be true."""

from datetime import date

import pytest
from sqlalchemy import func, select

from lims import clock
from lims.errors import FieldError, NotFound
from lims.models.batch import Batch, BatchStatus
from lims.models.course import CourseStatus
from lims.models.deviation import Deviation
from lims.models.earlier import EarlierBatch, Takeover
from lims.models.fill import FillStatus, Vial, VialStatus
from lims.models.step import StepStatus
from lims.models.storage import StorageCell, Zone
from lims.models.suspension import SuspensionOrigin, SuspensionStatus
from lims.models.vessel import Vessel
from lims.workflows import codes, earlier_vials, made_values, specifications, vial_places
from lims.workflows.codes import MalformedCode, UnexpectedKind
from lims.workflows.earlier_sheet_fills import OtherDay, OtherPassage, WhichFill
from tests.counting import reads
from tests.imports.sheets import course as sheet_of
from tests.laboratory import cryobank
from tests.laboratory.earlier import Earlier


@pytest.fixture
def earlier(session, lead):
    return Earlier(session, lead)


@pytest.fixture
def faults(session, earlier, patient):
    """What speaks against vials of `patient`, as sentences."""

    def of(*rows):
        items = earlier.vials(patient.code, *rows)
        return [each.english() for each in earlier_vials.check(session, items)]

    return of


# what is stored


def test_vials_of_a_list_stand_where_it_says(session, earlier, patient):
    (fill,) = earlier.take_over_vials(patient.code, {}, {"vial": "2", "position": "B9"})

    placed = [vial_places.where(session, vial) for vial in fill.vials]
    assert [vial.status for vial in fill.vials] == [VialStatus.STORED] * 2
    assert [vial_places.address_of(each.allocation.position) for each in placed] == [
        "TK-1 · A · 1 · A1", "TK-1 · A · 1 · B9",
    ]  # fmt: skip
    assert {each.allocation.cell.patient_id for each in placed} == {patient.id}


def test_a_fill_of_a_list_is_undecided_and_its_batch_closed_on_its_day(session, earlier, patient):
    (fill,) = earlier.take_over_vials(patient.code, {"batch": "S-9"})

    assert (fill.status, fill.passage) == (FillStatus.FILLED, 2)
    assert fill.batch.status is BatchStatus.CLOSED
    assert fill.batch.opened_at == fill.batch.closed_at == fill.filled_at
    assert clock.day_of(fill.filled_at) == date(2019, 5, 31)
    assert fill.batch.course.status is CourseStatus.EARLIER
    assert session.scalars(select(EarlierBatch.number)).all() == ["S-9"]


def test_what_is_not_known_stays_unknown(session, earlier, patient, lead):
    (fill,) = earlier.take_over_vials(patient.code, {"passage": "неизв.", "viable_cells": ""})

    tube = fill.withdrawal.suspension
    assert (fill.passage, tube.passage, tube.cumulative_doublings, tube.count) == (None,) * 4
    assert (tube.origin, tube.status) == (SuspensionOrigin.TAKEOVER, SuspensionStatus.EMPTIED)
    assert fill.vials[0].viable_cells is None
    assert isinstance(fill.made_by, Takeover)
    assert (fill.made_by.status, fill.made_by.performed_by_id) == (StepStatus.CLOSED, lead.id)


def test_a_volume_that_the_list_does_not_give_is_the_specifications(session, earlier, patient):
    (fill,) = earlier.take_over_vials(patient.code, {"volume_ml": ""})

    version = specifications.current(session)
    assert fill.vials[0].volume_ml == specifications.limit(version, "vial_volume_ml")
    assert fill.vials[0].earlier.volume_assumed
    assert fill.made_by.comment is None


def test_a_cell_is_called_as_its_patient_was(session, earlier):
    (patient,) = earlier.take_over_people({})

    earlier.take_over_vials("A-1", {})

    assert session.scalars(
        select(StorageCell.name).where(StorageCell.patient_id == patient.id)
    ).all() == ["A-1"]


def test_a_position_that_is_the_patients_already_is_used(session, earlier, bank, patient):
    (position,) = bank.reserve(patient, 1)

    (fill,) = earlier.take_over_vials(patient.code, {"position": position.name})

    standing = vial_places.where(session, fill.vials[0])
    assert standing.allocation.position_id == position.id


def test_the_zone_of_a_box_keeps_no_fact_out(session, earlier, patient):
    box = cryobank.box(session, "reactive_box")
    assert box.zone is Zone.REACTIVE

    (fill,) = earlier.take_over_vials(
        patient.code, {"box": box.code, "tank": "", "tower": "", "level": ""}
    )

    assert vial_places.where(session, fill.vials[0]).allocation.position.box_id == box.id


def test_another_passage_of_the_same_batch_is_a_fill_of_its_own(session, earlier, patient):
    fills = earlier.take_over_vials(
        patient.code, {"batch": "S-9"},
        {"batch": "S-9", "vial": "2", "passage": 3, "position": "A2"},
    )  # fmt: skip

    assert [fill.passage for fill in fills] == [2, 3]
    assert len({fill.batch_id for fill in fills}) == 1


# the fill of the batch's own sheet


@pytest.fixture
def sheet(earlier, patient):
    """A batch whose sheet tells of three vials of P1 filled on 20 May 2019."""
    return earlier.take_over_sheet(sheet_of("B-1", patient.code, 2019))


OF_SHEET = {"batch": "B-1", "passage": "P1", "frozen_on": "20.05.2019"}
AS_FILLED = {"viable_cells": "", "volume_ml": ""}
"""Neither is in the list: they are the batch sheet's."""


def test_vials_join_the_fill_that_their_batch_sheet_tells_of(session, earlier, patient, sheet):
    (fill,) = earlier.take_over_vials(patient.code, OF_SHEET | AS_FILLED)

    (vial,) = fill.vials
    assert fill.batch_id == sheet.id
    assert session.scalar(select(func.count(Batch.id)).where(Batch.patient_id == patient.id)) == 1
    assert (vial.volume_ml, vial.viable_cells) == (1, 400_000)


def halved(session, fill, by, comment=None):
    """The count of the tube that `fill` was filled from, corrected to the half."""
    session.expire(fill, ["vials"])
    step, count = fill.withdrawal.suspension.made_by, fill.withdrawal.suspension.count
    made = made_values.find(session, step, "cell_count", count.id, "live")
    made_values.correct_made(
        session, step, made=made, value=count.live // 2, seen=str(made.value), reason="misread",
        by=by, comment=comment,
    )  # fmt: skip


LISTED = {"viable_cells": "350 000", "volume_ml": ""}
AS_IT_HAPPENS = {"viable_cells": "400 000", "volume_ml": ""}


def test_what_the_list_says_a_vial_holds_stands_when_the_count_is_corrected(
    session, earlier, patient, sheet, lead
):
    second, third = {"vial": "2", "position": "A2"}, {"vial": "3", "position": "A3"}
    (one,) = earlier.take_over_vials(patient.code, OF_SHEET | LISTED)
    (other,) = earlier.take_over_vials(patient.code, OF_SHEET | AS_FILLED | second)
    earlier.take_over_vials(patient.code, OF_SHEET | AS_IT_HAPPENS | third)

    halved(session, other, lead, "The list was counted anew.")

    cells = {each.earlier.number: each.viable_cells for each in {*one.vials, *other.vials}}
    assert cells == {"К-17/1": 350_000, "2": 200_000, "3": 400_000}


def test_a_correction_that_leaves_more_in_the_vials_than_left_the_tube_is_asked_about(
    session, earlier, patient, sheet, lead
):
    second = {"vial": "2", "position": "A2"}
    earlier.take_over_vials(patient.code, OF_SHEET | LISTED)
    (fill,) = earlier.take_over_vials(patient.code, OF_SHEET | AS_IT_HAPPENS | second)

    with pytest.raises(FieldError, match="750000 cells viable are recorded in its containers"):
        halved(session, fill, lead)


def test_what_the_vials_hold_more_than_left_the_tube_is_a_deviation(
    session, earlier, patient, sheet, lead
):
    second = {"vial": "2", "position": "A2"}
    earlier.take_over_vials(patient.code, OF_SHEET | LISTED)
    (fill,) = earlier.take_over_vials(patient.code, OF_SHEET | AS_IT_HAPPENS | second)

    halved(session, fill, lead, "The list was counted anew.")

    assert session.scalars(select(Deviation.rule)).all() == ["balance"]


def test_more_vials_than_were_filled_cannot_be(faults, sheet):
    four = [OF_SHEET | {"vial": f"{n}", "position": f"A{n}"} for n in range(1, 5)]

    (fault,) = faults(*[each | AS_FILLED for each in four])

    assert "row 5" in fault
    assert "tells of: 3; here: 4" in fault


def test_vials_of_earlier_lists_count_among_those_filled(earlier, patient, sheet, faults):
    three = [OF_SHEET | AS_FILLED | {"vial": f"{n}", "position": f"A{n}"} for n in (1, 2, 3)]
    earlier.take_over_vials(patient.code, *three)

    (fault,) = faults(OF_SHEET | AS_FILLED | {"vial": "4", "position": "A4"})

    assert "tells of: 3; here: 4" in fault


def test_more_than_left_the_tube_is_not_in_its_vials(faults, sheet):
    (fault,) = faults(OF_SHEET | {"volume_ml": "10", "viable_cells": ""})

    assert "cell K2 (volume_ml): by the sheet of the batch B-1 3 mL left the tube" in fault


def test_more_cells_than_left_the_tube_are_not_in_its_vials(faults, sheet):
    two = [OF_SHEET | {"vial": f"{n}", "position": f"A{n}"} for n in (1, 2)]

    (fault,) = faults(*[each | {"viable_cells": "800 000"} for each in two])

    assert "row 3, cell L3 (viable_cells): by the sheet of the batch B-1 1200000 cells" in fault


def test_one_slip_in_the_cells_of_a_vial_makes_no_other_row_look_wrong(faults, sheet):
    three = [OF_SHEET | {"vial": f"{n}", "position": f"A{n}"} for n in (1, 2, 3)]
    cells = ["8 000 000", "400 000", "400 000"]

    (fault,) = faults(*[row | {"viable_cells": n} for row, n in zip(three, cells, strict=True)])

    assert "row 2, cell L2" in fault
    assert "these vials hold 8000000 cells" in fault


def test_a_count_of_its_own_may_differ_as_two_counts_do(faults, sheet):
    three = [OF_SHEET | {"vial": f"{n}", "position": f"A{n}"} for n in (1, 2, 3)]

    assert not faults(*[each | {"viable_cells": "420 000"} for each in three])


def test_more_cells_than_fit_into_a_vial_are_told(faults):
    (fault,) = faults({"viable_cells": "99 999 999 999"})

    assert "99999999999 cells do not fit into 1 mL" in fault


def test_vials_frozen_on_a_day_on_which_none_were_filled_are_told(earlier, patient, sheet):
    (fault,) = _problems(earlier, patient, OF_SHEET | AS_FILLED | {"frozen_on": "20.05.2020"})

    assert isinstance(fault, OtherDay)


def test_a_passage_other_than_the_sheets_cannot_be(earlier, patient, sheet):
    (fault,) = _problems(earlier, patient, OF_SHEET | AS_FILLED | {"passage": "P4"})

    assert isinstance(fault, OtherPassage)


def test_which_of_two_fills_is_meant_is_told_by_the_day(earlier, patient):
    rows = sheet_of("B-1", patient.code, 2019)
    again = rows[-1] | {"date": "21.05.2019", "number": 1}
    earlier.take_over_sheet([*rows, again])

    (fault,) = _problems(earlier, patient, OF_SHEET | AS_FILLED | {"frozen_on": "22.05.2019"})

    assert isinstance(fault, WhichFill)


def _problems(earlier, patient, *rows):
    """What is wrong with the cells of rows, without their places."""
    found = earlier_vials.check(earlier.session, earlier.vials(patient.code, *rows))
    return [each.parameters["problem"] for each in found]


# what cannot be true


@pytest.mark.parametrize(
    ("wrong", "cell", "told"),
    [
        ({"tank": "TK-9"}, "C2 (tank)", "no tank is called TK-9"),
        ({"level": 7}, "E2 (level)", "no box stands in TK-1, tower A, level 7"),
        ({"position": "Z9"}, "G2 (position)", "it goes from A1 to I9"),
        ({"frozen_on": "01.01.1950"}, "I2 (frozen_on)", "before the patient's birth"),
        ({"box": "BX260000007"}, "F2 (box)", "there is no box"),
    ],
)
def test_what_the_bank_does_not_have_is_told_by_its_cell(faults, wrong, cell, told):
    (fault,) = faults(wrong)

    assert f"list.csv, row 2, cell {cell}" in fault
    assert told in fault


def test_a_patient_whom_nobody_knows_is_told_in_every_row(session, earlier):
    items = earlier.vials("A-99", {}, {"vial": "2", "position": "A2"})

    first, second = (each.english() for each in earlier_vials.check(session, items))

    assert "row 2, cell A2 (patient): nobody is known as “A-99”" in first
    assert "row 3, cell A3" in second


def test_a_misread_code_of_a_patient_is_told_as_that(session, earlier, patient):
    wrong = patient.code[:-2] + ("1" if patient.code[-2] != "1" else "2") + patient.code[-1]

    (item,) = earlier.vials(wrong, {})
    (fault,) = (each.english() for each in earlier_vials.check(session, [item]))

    assert f"“{wrong}” is a patient’s code with a mistake in it" in fault


def test_a_patient_whose_number_only_looks_like_a_known_one_is_told_with_that_one(session, earlier):
    earlier.take_over_people({})

    (item,) = earlier.vials("А-1", {})
    (fault,) = (each.english() for each in earlier_vials.check(session, [item]))

    assert "“А-1” looks like “A-1”, which the import UP" in fault


def test_a_box_that_stands_elsewhere_than_the_list_says_is_told(session, faults):
    (fault,) = faults({"box": cryobank.box(session, "second_box").code})

    assert "stands in TK-2, tower A, level 1" in fault


def test_two_rows_in_one_position_are_told_however_the_box_is_named(session, faults):
    by_code = {"vial": "2", "tank": "", "tower": "", "level": "", "box": cryobank.box(session).code}

    (fault,) = faults({}, by_code)

    assert "row 3, cell G3 (position): the vial of row 2 (list.csv) stands there too" in fault


def test_a_position_of_another_patient_is_told(faults, bank, other_patient):
    bank.reserve(other_patient, 1)

    (fault,) = faults({})

    assert f"TK-1 · A · 1 · A1 is reserved for {other_patient.code}" in fault


def test_a_position_in_which_a_vial_stands_is_told(faults, earlier, patient):
    (fill,) = earlier.take_over_vials(patient.code, {})

    (fault,) = faults({"vial": "2"})

    assert f"the vial {fill.vials[0].code} stands in TK-1 · A · 1 · A1 already" in fault


def test_a_vial_of_an_earlier_import_is_told(faults, earlier, patient):
    earlier.take_over_vials(patient.code, {})

    (fault,) = faults({"position": "A2"})

    assert "this was stored by the import UP" in fault


def test_a_batch_of_another_patient_is_told(session, faults, earlier, patient, other_patient):
    earlier.take_over_vials(other_patient.code, {"batch": "S-9"})

    (fault,) = faults({"batch": "S-9", "vial": "2", "position": "A2"})

    assert (
        f"here the patient is {patient.code}, and the batch “S-9” is of {other_patient.code}"
        in fault
    )


def test_one_batch_of_two_patients_within_a_list_is_told(session, earlier, patient, other_patient):
    items = [
        *earlier.vials(patient.code, {"batch": "S-9"}),
        *earlier.vials(other_patient.code, {"batch": "S-9", "vial": "2", "position": "A2"}),
    ]

    (fault,) = (each.english() for each in earlier_vials.check(session, items))

    assert f"the batch “S-9” is of {patient.code}. Is the batch or" in fault


def test_of_one_batch_the_rows_of_fewer_are_told(session, earlier, patient, other_patient):
    items = [
        *earlier.vials(other_patient.code, {"batch": "S-9"}),
        *earlier.vials(
            patient.code,
            {"batch": "S-9", "vial": "2", "position": "A2"},
            {"batch": "S-9", "vial": "3", "position": "A3"},
        ),
    ]

    (fault,) = (each.english() for each in earlier_vials.check(session, items))

    assert f"the batch “S-9” is of {patient.code}. Is the batch or" in fault


def test_a_vial_called_like_a_batch_says_which_batch_it_is_of(faults):
    (fault,) = faults({"batch": "S-9"}, {"vial": "S-9", "position": "A2"})

    assert "is the number of a batch too" in fault


def test_a_hundred_groups_are_looked_at_in_a_dozen_queries(session, earlier, patient):
    rows = [
        {"vial": f"{n}", "position": f"{'ABCDEFGHI'[n // 9]}{n % 9 + 1}", "batch": f"S-{n}"}
        for n in range(81)
    ]
    items = earlier.vials(patient.code, *rows)

    with reads(session.get_bind().engine) as asked:
        assert not earlier_vials.check(session, items)

    assert len(asked) <= 12


# scanned by its number


@pytest.fixture
def vial(earlier, patient):
    (fill,) = earlier.take_over_vials(patient.code, {})
    return fill.vials[0]


@pytest.mark.parametrize("scanned", ["К-17/1", "  К-17/1 "])
def test_a_vial_is_found_by_the_number_that_stands_on_it(session, vial, scanned):
    assert codes.find(session, scanned) is vial
    assert codes.load(session, scanned, Vial) is vial


@pytest.mark.parametrize("scanned", ["K-17/1", "К-17/2", "к-17/1", "", "VL260000017"])
def test_what_is_not_quite_its_number_is_malformed_as_ever(session, vial, scanned):
    with pytest.raises(MalformedCode):
        codes.find(session, scanned)


def test_its_number_in_the_place_of_a_vessel_is_of_another_kind(session, vial):
    with pytest.raises(UnexpectedKind, match="vial"):
        codes.load(session, "К-17/1", Vessel)


def test_a_code_of_ours_is_never_looked_up_as_a_number(session, vial):
    code = codes.next_code(session, "VL")

    with pytest.raises(NotFound), reads(session.get_bind().engine) as asked:
        codes.find(session, code)

    assert not any("earlier_vial.number IN" in statement for statement in asked)
