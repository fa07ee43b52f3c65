"""Sheets as laboratories keep them: titles, blank lines, merged cells, columns of their own."""

import io
import zipfile

import openpyxl
import pytest

from lims.imports.grids import NotAWorkbook, PackedTooTightly
from lims.imports.sheet import EmptyFile
from lims.imports.workbook import Column, NoHeader, read_sheets
from tests.imports.sheets import as_csv, as_xlsx

COLUMNS = (
    Column("vial", True, ("пробирка",)),
    Column("place", True, ("место",)),
    Column("comment", False, ("заметка",)),
)
HEADER = ("vial", "place", "comment")


def read(raw, headers=None):
    return read_sheets(raw, "list.csv", COLUMNS, headers or {})


def told(problems):
    return [problem.english() for problem in problems]


def test_a_header_is_found_below_titles_and_rows_keep_their_numbers():
    raw = as_xlsx(
        [{"vial": "1", "place": "A1"}, {}, {"vial": "2", "place": "A2"}],
        header=HEADER, above=[["Cryobank of the clinic"], []], title="Bank",
    )  # fmt: skip

    found = read(raw)

    assert [(row["vial"], row.origin.row) for row in found.rows] == [("1", 4), ("2", 6)]
    assert found.rows[0].origin.cells["place"] == "B4"


def test_a_cell_merged_over_rows_stands_in_each_of_them():
    rows = [{"vial": "1", "place": "A1", "comment": "x"}, {"vial": "2", "place": None}]

    found = read(as_xlsx(rows, header=HEADER, merged=["B2:B3"]))

    assert [row["place"] for row in found.rows] == ["A1", "A1"]


def test_columns_stand_in_any_order_and_case_and_language():
    found = read(as_csv([{"PLACE": "A1", "Пробирка": "1"}], header=("PLACE", "Пробирка")))

    assert [(row["vial"], row["place"]) for row in found.rows] == [("1", "A1")]


def test_the_laboratorys_own_header_is_mapped():
    raw = as_csv([{"№ трубки": "1", "place": "A1"}], header=("№ трубки", "place"))

    assert read(raw, {"vial": "№ Трубки"}).rows[0]["vial"] == "1"


def test_a_column_of_nobody_is_named_and_not_read():
    raw = as_csv([{"vial": "1", "place": "A1", "shelf": "2"}], header=("vial", "place", "shelf"))

    (note,) = told(read(raw).notes)

    assert "the column “shelf” is none of ours" in note


def test_a_column_that_stands_twice_is_a_fault():
    raw = as_csv([{"vial": "1", "place": "A1"}], header=("vial", "place", "vial"))

    (fault,) = told(read(raw).errors)

    assert "row 1: the column vial stands there twice" in fault


def test_a_sheet_without_the_columns_needed_says_which_are_missing():
    with pytest.raises(NoHeader, match="missing: place .*Found: “vial”; “other”"):
        read(as_csv([{"vial": "1"}], header=("vial", "other")))


def test_every_sheet_with_our_header_is_read_and_others_are_named():
    book = openpyxl.Workbook()
    book.active.append(["notes"])
    for title in ("2018", "2019"):
        page = book.create_sheet(title)
        page.append(list(HEADER))
        page.append([title, "A1"])
    book.save(saved := io.BytesIO())

    found = read(saved.getvalue())

    assert [row.origin.sheet for row in found.rows] == ["2018", "2019"]
    assert told(found.notes) == ["The sheet Sheet has no header of ours and is not read."]


def test_a_formula_that_failed_is_told_at_its_cell():
    found = read(as_xlsx([{"vial": "#REF!", "place": "A1"}], header=HEADER, title="Bank"))

    found.rows[0].read("vial", str, found.errors)

    assert told(found.errors) == [
        "Bank, row 2, cell A2 (vial): the formula in this cell gives #REF!."
    ]


def test_a_formula_saved_without_its_value_is_told_as_that():
    book = openpyxl.Workbook()
    book.active.append(list(HEADER))
    book.active.append(["1", '="A"&"1"'])
    book.save(saved := io.BytesIO())
    found = read(saved.getvalue())

    found.rows[0].read("place", str, found.errors)

    assert '="A"&"1" was saved without its value' in told(found.errors)[0]


def test_five_thousand_rows_are_read():
    rows = [{"vial": n, "place": f"A{n}"} for n in range(5000)]

    assert len(read(as_xlsx(rows, header=HEADER)).rows) == 5000


def test_an_empty_file_is_said_to_be_empty():
    with pytest.raises(EmptyFile):
        read(b"")


def test_an_archive_that_is_no_workbook_is_refused():
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("a.txt", "a")

    with pytest.raises(NotAWorkbook):
        read(archive.getvalue())


def test_an_archive_that_unpacks_to_far_more_is_refused():
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/worksheets/sheet1.xml", " " * 40_000_000)

    with pytest.raises(PackedTooTightly):
        read(archive.getvalue())


def test_a_fault_names_the_column_as_the_sheet_does():
    found = read(as_csv([{"№ места": "A1", "Пробирка": "1"}], header=("Пробирка", "№ места")),
                 {"place": "№ места"})  # fmt: skip
    bad = found.rows[0].origin.bad("place", EmptyFile())

    assert "cell B2 (№ места)" in bad.english()


def test_a_mapping_adds_to_our_names_and_takes_none_away():
    ours = read(as_csv([{"place": "A1", "vial": "1"}], header=HEADER), {"place": "№ места"})
    both = read(as_csv([{"place": "?", "vial": "1", "№ места": "A1"}],
                       header=("place", "vial", "№ места")), {"place": "№ места"})  # fmt: skip

    assert [found.rows[0]["place"] for found in (ours, both)] == ["A1", "A1"]
