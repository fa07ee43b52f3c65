"""CSV for people: no cell is a formula, and every text can be had back as it was."""

import csv
import io
from random import Random

import pytest

from lims.exports.verify import BOM, csv_cell, csv_line

BEGINNINGS = (*"=+-@\t\r\n\0'\";, ＝aя", "")
MIDDLES = (
    "1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://x","y")', "SUM(A1:A9)", "", "7,5", "a;b",
    'say "no"', "line\r\nline", "'quoted'", "-5", "1e9", "\ufeffбом", "😀\u202eabc", "\x1f",
)  # fmt: skip
HOSTILE = [begins + middle for begins in BEGINNINGS for middle in MIDDLES]
RUN = ("=", "+", "-", "@", "\t", "\r")


def read(cells: list[object]) -> list[str]:
    """As any reader of CSV has them, in one row."""
    line = csv_line(cells, [0] * len(cells)).decode()
    (row,) = csv.reader(io.StringIO(line, newline=""), strict=True)
    return row


def plain(cell: str) -> str:
    """What README.txt says to do to get the text back."""
    return cell.removeprefix("'")


def test_there_are_hostile_values_enough():
    assert len(set(HOSTILE)) >= 200


@pytest.mark.parametrize("begins", BEGINNINGS, ids=ascii)
def test_hostile_text_is_no_formula_and_comes_back(begins):
    hostile = [each for each in HOSTILE if each.startswith(begins)]
    cells = read(list(hostile))

    assert not [each for each in cells if each.startswith(RUN)]
    assert list(map(plain, cells)) == hostile


def test_any_text_comes_back():
    chance = Random("csv")
    texts = ["".join(chance.choices("=+-@\t\r\n'\",;a0я ", k=9)) for _ in range(2000)]

    assert list(map(plain, read(list(texts)))) == texts


def test_numbers_stay_numbers():
    given = [(-5, 0), (-5, 3), (7482, 3), (0, 3), (12_345_678, 6), (-1_000_000, 6)]
    told = [csv_cell(value, places) for value, places in given]

    assert told == ["-5", "-0.005", "7.482", "0.000", "12.345678", "-1.000000"]


def test_nothing_and_empty_and_yes_are_told_apart():
    assert csv_line([None, "", True, False, 1], [0] * 5) == b',"",true,false,1\r\n'


def test_a_spreadsheet_is_told_that_it_is_utf_8():
    assert BOM.decode() == "\ufeff"
