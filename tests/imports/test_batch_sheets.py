"""Batch sheets: what is read, and each fault named by its sheet, row and cell."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from lims.imports import batch_columns, batch_sheets
from lims.imports.workbook import read_sheets
from lims.workflows import earlier_rows as rows
from lims.workflows.earlier_rows import Counted
from tests.imports.sheets import as_csv, as_xlsx, course, row

MINSK = ZoneInfo("Europe/Minsk")


def read(raw, name="old.csv", headers=None):
    sheets = read_sheets(raw, name, batch_columns.COLUMNS, headers or {})
    return batch_sheets.read(sheets, MINSK), [error.english() for error in sheets.errors]


def faults(*told):
    """What is said of a batch of these rows."""
    return read(as_csv(told))[1]


def test_a_row_that_was_copied_is_told_and_the_others_are_looked_at_without_it():
    *rows, last = course()

    (fault,) = faults(*rows, last, last)

    assert fault.startswith("old.csv, row 11: this row says what row 10 (old.csv) says.")


def test_what_was_done_twice_is_told_apart_in_the_comment():
    fed = row("06.05.2024", "fed", out_of="F1, F2", medium_ml=25, comment="again")

    assert not faults(*course(), fed)


def test_tissue_is_received_once():
    (fault,) = faults(*course(), row("04.05.2024", "received", mass_g="9,9"))

    assert "cell E11 (event): the tissue was received in row 2 (old.csv) already" in fault


def test_a_sheet_is_read_as_the_batch_it_tells():
    (batch,), errors = read(as_csv(course()))

    assert not errors
    assert (batch.number, batch.patient, len(batch.events)) == ("B-1", "P-1", 9)
    assert batch.events[0].mass_g == Decimal("7.25")
    assert batch.events[7].count == Counted(live=1_600_000, dead=80_000)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_every_encoding_a_spreadsheet_saves_in_is_read(encoding):
    (batch,), errors = read(as_csv(course(), encoding=encoding))

    assert not errors
    assert batch.events[0].by == "Ясень О. П."


def test_a_workbook_says_the_same_as_the_text():
    (of_text,), _ = read(as_csv(course()))
    (of_book,), errors = read(as_xlsx(course()), "old.xlsx")

    assert not errors
    assert [vars(each) | {"origin": 0} for each in of_book.events] == [
        vars(each) | {"origin": 0} for each in of_text.events
    ]


def test_the_time_of_a_sheet_is_that_of_the_site():
    (batch,), _ = read(as_csv([row("03.05.2024", "received", time="14:30")]))

    assert batch.events[0].at == datetime(2024, 5, 3, 11, 30, tzinfo=UTC)


def test_dates_of_two_formats_and_of_the_spreadsheet_itself_stand_in_one_column():
    told = [row("03.05.2024", "received"), row("2024-05-04", "observed")]
    (batch,), errors = read(as_xlsx([*told, row(date(2024, 5, 5), "observed")]), "old.xlsx")

    assert not errors
    assert [each.at.astimezone(MINSK).day for each in batch.events] == [3, 4, 5]


def test_titles_merged_cells_and_blank_lines_are_no_obstacle():
    told = [row("03.05.2024", "received"), {}, row("04.05.2024", "observed", comment="x")]
    told[2] |= {"batch": None, "patient": None}
    above = [["Журнал серий, 2024"], []]
    (batch,), errors = read(
        as_xlsx(told, above=above, merged=("A4:A6", "B4:B6", "A1:G1")), "old.xlsx"
    )

    assert not errors
    assert [each.origin.row for each in batch.events] == [4, 6]


def test_headers_in_russian_and_those_of_a_mapping_are_understood():
    raw = "Серия;Пациент;Дата;Операция;Масса, г;День взятия\nB-1;P-1;;приём;7,5;03.05.2024\n"
    (batch,), errors = read(raw.encode(), headers={"date": "День взятия"})

    assert not errors
    assert batch.events[0].mass_g == Decimal("7.5")


def test_a_column_of_nobody_is_named_and_not_read():
    sheets = read_sheets(
        as_csv([row("03.05.2024", "received", Шкаф="12")], header=("batch", "patient", "date",
        "event", "Шкаф")), "old.csv", batch_columns.COLUMNS, {},
    )  # fmt: skip

    assert [note.english() for note in sheets.notes] == [
        "old.csv: the column “Шкаф” is none of ours and is not read."
    ]


CELLS = {
    "no date": (row("вчера", "received"), "cell C2 (date): “вчера” is no date."),
    "two digits": (row("03.05.24", "received"), "cell C2 (date): “03.05.24”: write the year"),
    "no day": (row("31.02.2024", "received"), "cell C2 (date): “31.02.2024”: there is no such day"),
    "ahead": (row("03.05.2094", "received"), "cell C2 (date): this lies in the future"),
    "no time": (row("03.05.2024", "received", time="25:00"), "cell D2 (time): “25:00” is no time"),
    "no event": (row("03.05.2024", "сварено"), "cell E2 (event): “сварено” is none of: received"),
    "no number": (row("03.05.2024", "received", mass_g="семь"), "cell I2 (mass_g): "),
    "negative": (row("03.05.2024", "received", mass_g="-7"), "cell I2 (mass_g): “-7” is not above"),
    "nobody": (row("03.05.2024", "received") | {"patient": " "}, "cell B2 (patient): nothing stan"),
    "look-alike": (
        row("03.05.2024", "received") | {"patient": "РТ26000001Х"},
        "cell B2 (patient): “РТ26000001Х” has Cyrillic letters; in Latin ones the code is PT2600",
    ),
    "not counted": (
        row("03.05.2024", "isolated", into="S", volume_ml=1, dead=5),
        "cell K2 (live): dead cells or a viability are given, and no live cells",
    ),
    "two tubes": (
        row("03.05.2024", "isolated", into="S1; S2", volume_ml=1),
        "cell H2 (into): “S1; S2” names several tubes; one is needed here",
    ),
    "named twice": (
        row("03.05.2024", "fed", out_of="F1; F1"),
        "cell G2 (from): “F1; F1” names F1 twice",
    ),
    "no viability": (
        row("03.05.2024", "isolated", into="S", volume_ml=1, live=5),
        "cell L2 (dead): live cells are given, and neither the dead ones nor the viability",
    ),
    "beyond all": (
        row("03.05.2024", "observed", out_of="F1", confluence_pct=130),
        "cell Q2 (confluence_pct): “130” is more than 100.",
    ),
}


@pytest.mark.parametrize("case", CELLS)
def test_a_bad_cell_is_named_with_its_reason(case):
    told, said = CELLS[case]

    assert any(f"old.csv, row 2, {said}" in error for error in faults(told)), faults(told)


def test_each_of_many_faults_is_named():
    told = [row("03.05.2024", "received", mass_g="x") for _ in range(500)]

    assert len(faults(*told)) == 500


BEGUN = course()[:3]
IMPOSSIBLE = {
    "no tube": (
        [row("03.05.2024", "seeded", out_of="S", into="F1", area_cm2=1, volume_ml=1)],
        "G2",
    ),
    "too much": (
        [
            *BEGUN[:2],
            row("03.05.2024", "seeded", out_of="SVF", into="F1", area_cm2=1, volume_ml=11),
        ],
        "J4",
    ),
    "no vessel": ([*BEGUN, row("04.05.2024", "fed", out_of="F9")], "G5"),
    "twice": (
        [*BEGUN] + [row("09.05.2024", "harvested", out_of="F1", into=t, volume_ml=1) for t in "AB"],
        "G6",
    ),
    "in use": (
        [*BEGUN[:2]]
        + [
            row("03.05.2024", "seeded", out_of="SVF", into="F1", area_cm2=1, volume_ml=ml)
            for ml in (1, 2)
        ],
        "H5",
    ),
    "another patient": ([BEGUN[0], BEGUN[1] | {"patient": "P-2"}], "B3"),
    "of tissue": (
        [*BEGUN[:2], row("03.05.2024", "vials", out_of="SVF", number=2, volume_ml=1)],
        "G4",
    ),
    "isolated twice": ([*BEGUN[:2], BEGUN[1] | {"into": "S2"}], "E4"),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_what_a_row_cannot_have_done_is_named(case):
    told, place = IMPOSSIBLE[case]

    (said,) = faults(*told)
    assert f"cell {place} " in said, said


def test_a_cell_that_is_no_number_makes_no_other_look_missing():
    (said,) = faults(row("03.05.2024", "isolated", into="S", volume_ml=1, live="1.6.00", dead=5))

    assert "cell K2 (live): “1.6.00” is no number" in said


def test_another_row_is_named_with_its_sheet_and_the_day_in_doubt():
    (again,) = faults(*BEGUN[:2], BEGUN[1] | {"into": "S2"})
    (early,) = faults(*BEGUN, row("02.05.2024", "fed", out_of="F1"))

    assert "isolated in row 3 (old.csv) already" in again
    assert "no row before this one, of 2024-05-02, seeds the vessel F1" in early


def test_what_an_event_has_no_use_for_is_told_by_its_rows():
    told = row("03.05.2024", "received", live=12), row("04.05.2024", "received", live=13)
    sheets = read_sheets(as_csv(told), "old.csv", batch_columns.COLUMNS, {})

    batch_sheets.read(sheets, MINSK)

    assert [note.english() for note in sheets.notes] == [
        "old.csv: the column live says nothing of “received” and is not read there: rows 2, 3."
    ]


def test_rows_out_of_order_are_taken_by_their_times():
    (batch,), errors = read(as_csv(reversed(course())))

    assert [type(each) for each in batch.events][-1] is rows.Filled or errors
    assert batch.events[0].at <= batch.events[-1].at


def test_a_file_that_is_no_table_of_ours_says_what_is_missing():
    with pytest.raises(
        Exception,
        match="missing: patient .пациент., date .дата., event .операция.. Found: “batch”; “x”",
    ):
        read(b"batch;x\n1;2\n")


def test_a_number_that_only_looks_like_anothers_is_no_batch_of_its_own():
    first, *others = course()
    others = [{**each, "batch": "2019-003"} for each in others]

    told = faults({**first, "batch": "2019-00З"}, *others)

    assert len(told) == 1, told
    assert "“2019-00З” looks like “2019-003” in row 3" in told[0]


def test_one_row_of_another_patient_is_the_one_that_is_told():
    first, *others = course()

    (said,) = faults(first | {"patient": "P-2"}, *others)

    assert "row 2, cell B2 (patient): here the patient is P-2; in row 3 (old.csv)" in said


def test_a_row_under_a_mistyped_batch_is_told_and_not_the_rows_that_miss_it():
    received, isolated, *others = course()

    (said,) = faults(received, isolated | {"batch": "B-11"}, *others)

    assert "row 3, cell A3 (batch): SVF is made here in the batch B-11" in said
    assert "the batch B-1 of the same patient has it only in row 4 (old.csv)" in said


def test_of_two_batches_of_a_patient_none_is_taken_for_the_wrong_one_where_both_are_long():
    here, there = course(), course("B-2")
    without = [each for each in here if each["event"] != "isolated"]

    told = faults(*without, *there)

    assert (
        "no row of the batch B-1 makes SVF, and row 11 (old.csv) makes it in the batch" in told[0]
    )


@pytest.mark.parametrize("line", [1, 5, 7])
def test_a_row_in_another_patients_batch_is_told_once_and_no_other_row_with_it(line):
    here, there = course(), course("B-2", "P-2")
    here[line] = here[line] | {"batch": "B-2"}

    (said,) = faults(*here, *there)

    assert f"row {line + 2}, cell B{line + 2} (patient): here the patient is P-1; in row 11" in said
    assert "Is the batch or the patient mistyped?" in said


@pytest.mark.parametrize("line", [1, 5, 7])
def test_a_row_with_a_mistyped_patient_is_told_once_and_no_other_row_with_it(line):
    rows, others = course(), course("B-2", "P-2")
    rows[line] = rows[line] | {"patient": "P-2"}

    (said,) = faults(*rows, *others)

    assert f"row {line + 2}, cell B{line + 2} (patient): here the patient is P-2" in said


def test_a_look_alike_of_the_patient_within_a_batch_is_told_as_that():
    rows = [each | {"patient": "К-313"} for each in course()]
    rows[4]["patient"] = "K-313"

    (said,) = faults(*rows)

    assert "cell B6 (patient): “K-313” looks like “К-313” in row 2 (old.csv)" in said
