"""Lists of a cryobank: what is read, and each fault named by its sheet, row and cell."""

from datetime import date
from decimal import Decimal

import pytest

from lims.imports import bank_list
from lims.imports.workbook import read_sheets
from tests.imports.sheets import as_csv, as_xlsx

HEADER = tuple(column.name for column in bank_list.COLUMNS)
VIAL = {
    "patient": "A-1", "vial": "К-17/1", "tank": "TK-1", "tower": "A", "level": 1,
    "position": "A3", "passage": "P2", "frozen_on": "31.05.2019",
}  # fmt: skip


def read(raw, name="bank.csv", headers=None):
    sheets = read_sheets(raw, name, bank_list.COLUMNS, headers or {})
    return bank_list.read(sheets), [error.english() for error in sheets.errors]


def of(*told):
    """The groups of vials that differ from the first in this."""
    return read(as_csv([VIAL | each for each in told], header=HEADER))


def test_a_row_is_read_as_the_vial_it_tells_of():
    ((group,), errors) = of({"volume_ml": "1,5", "viable_cells": "2,5·10⁶", "batch": "S-9"})

    (vial,) = group.vials
    assert not errors
    assert (group.patient, group.batch, group.number) == ("A-1", "S-9", "К-17/1")
    assert (group.passage, group.frozen_on) == (2, date(2019, 5, 31))
    assert (vial.tank, vial.tower, vial.level, vial.position) == ("TK-1", "A", 1, "A3")
    assert (vial.volume_ml, vial.viable_cells) == (Decimal("1.5"), 2_500_000)


def test_vials_of_one_batch_frozen_on_one_day_at_one_passage_are_one_group():
    groups, errors = of(
        {}, {"vial": "2", "position": "A4"}, {"vial": "3", "passage": 3},
        {"vial": "4", "frozen_on": "2019-06-01"}, {"vial": "5", "batch": "S-9"},
        {"vial": "6", "patient": "A-2"},
    )  # fmt: skip

    assert not errors
    assert [[vial.number for vial in group.vials] for group in groups] == [
        ["К-17/1", "2"], ["3"], ["4"], ["5"], ["6"],
    ]  # fmt: skip


@pytest.mark.parametrize("written", ["P2", "p2", "2", 2, "П2", "р 2", "P-2", "P02", "passage 2"])
def test_a_passage_is_written_in_many_ways(written):
    ((group,), errors) = read(as_xlsx([VIAL | {"passage": written}], header=HEADER), "b.xlsx")

    assert not errors
    assert group.passage == 2


@pytest.mark.parametrize("written", ["unknown", "Неизв.", "неизвестно", "?", "н/д"])
def test_a_passage_that_nobody_knows_is_said_to_be_unknown(written):
    ((group,), errors) = of({"passage": written})

    assert not errors
    assert group.passage is None


@pytest.mark.parametrize("written", ["A3", "a3", "A-3", "A 3", "A03", "A.3"])
def test_a_position_is_written_in_many_ways(written):
    ((group,), errors) = of({"position": written})

    assert not errors
    assert group.vials[0].position == "A3"


@pytest.mark.parametrize(
    ("wrong", "cell", "told"),
    [
        ({"patient": ""}, "A2", "nothing stands here"),
        ({"vial": ""}, "B2", "nothing stands here"),
        ({"vial": "VL260000017"}, "B2", "looks like a code of this program"),
        ({"vial": "vl26 000 001 7"}, "B2", "looks like a code of this program"),
        ({"position": "а3"}, "G2", "has a Cyrillic letter"),
        ({"position": "В3"}, "G2", "look which row it is"),
        ({"position": "31"}, "G2", "is no position"),
        ({"position": "A0"}, "G2", "is no position"),
        ({"passage": ""}, "H2", "where nobody knows it: unknown"),
        ({"passage": "SVF"}, "H2", "is no passage"),
        ({"frozen_on": "01.01.2999"}, "I2", "has not come yet"),
        ({"frozen_on": "31.11.2019"}, "I2", "no such day"),
        ({"box": "Box 4"}, "F2", "is no code of a box"),
        ({"box": "ВХ260000017"}, "F2", "has Cyrillic letters"),
        ({"tower": ""}, "F2", "tower is missing"),
        ({"level": "bottom"}, "E2", "bottom"),
        ({"volume_ml": "0"}, "K2", "not above zero"),
        ({"viable_cells": "2.5"}, "L2", "not a whole number"),
    ],
)
def test_what_is_wrong_in_a_cell_is_told_with_its_place(wrong, cell, told):
    _, (fault,) = of(wrong)

    assert f"bank.csv, row 2, cell {cell}" in fault
    assert told in fault


def test_the_code_of_a_box_needs_no_tank_beside_it():
    nowhere = {"tank": "", "tower": "", "level": "", "box": "bx260000017"}

    ((group,), errors) = of(nowhere)

    assert not errors
    assert group.vials[0].box == "BX260000017"


def test_a_vial_that_stands_twice_names_both_rows_wherever_it_stands():
    _, (fault,) = of({}, {"patient": "A-2"})

    assert "row 3, cell B3" in fault
    assert "“К-17/1” is the number of the vial in row 2 (bank.csv) too" in fault


def test_headers_are_taken_in_russian():
    told = {
        "Пациент": "A-1", "Пробирка": 17, "Дьюар": "TK-1", "Штатив": "A", "Полка": 1,
        "Место": "A3", "Пассаж": "П2", "Дата заморозки": date(2019, 5, 31),
    }  # fmt: skip

    ((group,), errors) = read(as_xlsx([told], header=tuple(told)), "b.xlsx")

    assert not errors
    assert (group.number, group.frozen_on) == ("17", date(2019, 5, 31))
