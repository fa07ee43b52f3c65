"""Tables as laboratories save them."""

import codecs

import pytest

from lims.imports.sheet import (
    EmptyFile,
    MissingColumns,
    NotText,
    RepeatedColumn,
    TooManyCells,
    Unparsable,
    read_sheet,
    records,
)

TABLE = "a,б\n1,два\n"


def rows(raw, *columns):
    errors = []
    return read_sheet(raw, columns=columns, errors=errors), errors


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_table_reads_the_same_however_it_was_saved(encoding, delimiter, ending):
    raw = TABLE.replace(",", delimiter).replace("\n", ending).encode(encoding)

    (row,), errors = rows(raw, "a", "б")

    assert (row["a"], row["б"], errors) == ("1", "два", [])


@pytest.mark.parametrize("delimiter", [";", "\t"])
@pytest.mark.parametrize("title", ["", "Журнал серий\n\n", "Журнал серий, 2019\n"])
def test_neither_a_title_nor_decimal_commas_decide_what_parts_the_cells(delimiter, title):
    table = "номер;масса, г;объём, мл\n1;7,25;0,5\n2;6,5;0,75\n".replace(";", delimiter)

    *_, (_, last) = records(title + table)

    assert last == ["2", "6,5", "0,75"]


def test_commas_part_the_cells_though_names_within_them_are_parted_otherwise():
    *_, (_, last) = records('into,area,mL\nF1; F2,175,"0,5"\nF3; F4,175,"0,5"\n')

    assert last == ["F3; F4", "175", "0,5"]


def test_utf_16_of_either_byte_order_is_read():
    (row,), _ = rows(codecs.BOM_UTF16_BE + TABLE.encode("utf-16-be"), "a")

    assert row["б"] == "два"


def test_a_header_may_be_written_in_capitals_with_spaces():
    (row,), _ = rows(b" Run ,DAYS\nx,9\n", "run", "days")

    assert row["days"] == "9"


def test_a_line_is_numbered_as_an_editor_numbers_it():
    (first, second), _ = rows(b'a,b\n"1\n2",3\n\n,\n4,5\n', "a")

    assert (first.line, second.line) == (2, 6)


def test_a_cell_that_is_not_there_is_empty():
    (row,), _ = rows(b"a,b\n1\n", "a")

    assert row["b"] == row["c"] == ""


def test_a_line_with_too_many_cells_is_told_and_the_others_are_read():
    (row,), (error,) = rows(b"a,b\n79,96,x\n1,2,\n", "a")

    assert row["a"] == "1"
    assert isinstance(error, TooManyCells)
    assert "Line 2 " in error.english()


@pytest.mark.parametrize("raw", [b"", b"\n \n", codecs.BOM_UTF8])
def test_an_empty_file_is_told(raw):
    with pytest.raises(EmptyFile):
        rows(raw, "a")


@pytest.mark.parametrize("raw", [b"a,b\n\0\n", b"\xff\xfea", b"a\n\x98"])
def test_a_file_that_is_not_text_is_told(raw):
    with pytest.raises(NotText):
        rows(raw, "a")


def test_a_column_that_is_missing_is_named_with_those_found():
    with pytest.raises(MissingColumns, match="column days is missing; found: run, day"):
        rows(b"run,day\n", "run", "days")


def test_a_column_that_stands_twice_is_named():
    with pytest.raises(RepeatedColumn, match="column a "):
        rows(b"a,A\n", "a")


def test_an_open_quote_is_told_and_what_stood_above_it_is_read():
    (row,), (error,) = rows(b'a,b\n1,2\n"3,4\n', "a")

    assert row["a"] == "1"
    assert isinstance(error, Unparsable)
    assert "Line 3 " in error.english()
