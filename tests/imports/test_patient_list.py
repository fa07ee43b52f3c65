"""Patient lists: what is read, and each fault named by its sheet, row and cell."""

from datetime import date

import pytest

from lims.imports import patient_list
from lims.imports.workbook import read_sheets
from tests.imports.sheets import as_csv, as_xlsx

HEADER = tuple(column.name for column in patient_list.COLUMNS)
IVANOVA = {
    "number": "A-1", "full_name": "Иванова Мария Петровна", "other_name": "Ivanova Maria",
    "birth_date": "27.02.1987", "sex": "ж", "document_kind": "паспорт",
    "document_number": "MP 123",
}  # fmt: skip


def read(raw, name="patients.csv", headers=None):
    sheets = read_sheets(raw, name, patient_list.COLUMNS, headers or {})
    return patient_list.read(sheets), [error.english() for error in sheets.errors]


def faults(*told):
    """What is said of people who differ from Ivanova in this."""
    return read(as_csv([IVANOVA | each for each in told], header=HEADER))[1]


def test_a_row_is_read_as_the_person_it_names():
    (person,), errors = read(as_csv([IVANOVA], header=HEADER))

    assert not errors
    assert (person.number, person.full_name) == ("A-1", "Иванова Мария Петровна")
    assert (person.birth_date, person.sex) == (date(1987, 2, 27), "female")
    assert (person.document_kind, person.document_number) == ("passport", "MP 123")


def test_headers_and_words_are_taken_in_russian():
    told = {"Номер": 7, "Ф.И.О.": "Ковалёв Пётр", "Дата рождения": date(1950, 5, 31), "Пол": "Муж."}

    (person,), errors = read(as_xlsx([told], header=tuple(told)), "list.xlsx")

    assert not errors
    assert (person.number, person.sex, person.document_kind) == ("7", "male", "")


@pytest.mark.parametrize("sex", ["female", "F", "ж", "Жен.", "женский", " Ж "])
def test_a_woman_is_written_in_many_ways(sex):
    (person,), _ = read(as_csv([IVANOVA | {"sex": sex}], header=HEADER))

    assert person.sex == "female"


@pytest.mark.parametrize(
    ("wrong", "cell", "told"),
    [
        ({"number": ""}, "A2", "nothing stands here"),
        ({"full_name": " "}, "B2", "nothing stands here"),
        ({"birth_date": "31.02.1987"}, "D2", "no such day"),
        ({"birth_date": "27.02.87"}, "D2", "four digits"),
        ({"birth_date": "01.01.2999"}, "D2", "has not come yet"),
        ({"sex": "?"}, "E2", "is none of: female"),
        ({"document_kind": "", "document_number": "MP1"}, "F2", "not of what document"),
        ({"document_number": ""}, "G2", "no number"),
        ({"number": "PT260000017"}, "A2", "looks like a code of this program"),
        ({"number": "РТ26 0000017"}, "A2", "looks like a code of this program"),
        ({"another_person": "maybe"}, "H2", "is none of: yes"),
    ],
)
def test_what_is_wrong_in_a_cell_is_told_with_its_place(wrong, cell, told):
    (fault,) = faults(wrong)

    assert f"patients.csv, row 2, cell {cell}" in fault
    assert told in fault


def test_every_bad_cell_of_a_row_is_told_at_once():
    assert len(faults({"number": "", "sex": "x", "birth_date": "yesterday"})) == 3


def test_a_number_that_stands_twice_names_both_rows():
    (fault,) = faults({}, {"full_name": "Schmidt Johann", "document_number": "X2"})

    assert "row 3, cell A3" in fault
    assert "“A-1” is the number in row 2 (patients.csv) too" in fault


def test_one_person_under_two_numbers_is_found_in_any_script_and_order():
    again = {"number": "A-2", "full_name": "maria  IVANOVA petrovna", "document_number": "X2"}

    (fault,) = faults({}, again)

    assert "the same name and birth date stand in row 2" in fault


def test_one_document_of_two_people_is_told():
    (fault,) = faults({}, {"number": "A-2", "full_name": "Other", "document_number": "mp123"})

    assert "cell G3" in fault
    assert "is the document in row 2" in fault


def test_namesakes_born_on_other_days_are_two_people():
    other = {"number": "A-2", "birth_date": "28.02.1987", "document_number": "X2"}

    assert not faults({}, other)


def test_numbers_that_no_eye_tells_apart_are_named():
    (said,) = faults({}, {"number": "А-1", "full_name": "Ольха Р.", "document_number": "MP 9"})

    assert "cell A3 (number): “А-1” looks like “A-1” in row 2" in said
