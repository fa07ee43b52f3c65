"""`lims growth`: the published runs, and files nobody has seen before."""

from pathlib import Path

import pytest

from lims.imports.growth_file import growth_report
from lims.imports.sheet import MissingColumns

PUBLISHED = (Path(__file__).parents[1] / "data" / "published_runs.csv").read_bytes()
HEADER = "run,passage,seeded_viable_cells,harvested_viable_cells,days\n"


def report(*rows, header=HEADER):
    return growth_report((header + "".join(f"{row}\n" for row in rows)).encode())


def cells(lines):
    return [line.split() for line in lines[1:]]


def test_the_published_runs_come_out_to_four_decimals():
    done = growth_report(PUBLISHED)

    assert done.errors == []
    assert cells(done.lines)[:4] == [
        ["DS1-flask", "P0", "n/a", "0.0000", "n/a"],
        ["DS1-quantum", "P0", "n/a", "0.0000", "n/a"],
        ["DS2-hPL", "P0", "n/a", "0.0000", "n/a"],
        ["DS2-hPL", "P1", "4.3339", "4.3339", "33.2264"],
    ]
    assert cells(done.lines)[6] == ["DS3-58R", "P3", "8.7614", "27.0185", "38.3499"]


def test_semicolons_decimal_commas_and_spaces_are_understood():
    done = report("A;P1;1 000;4000,5;2,5", header=HEADER.replace(",", ";"))

    assert cells(done.lines) == [["A", "P1", "2.0002", "2.0002", "29.9973"]]


def test_the_lines_of_a_run_may_stand_in_any_order():
    done = report("A,P2,100,400,1", "B,P1,100,100,1", "A,1,100,200,1")

    assert [(run, cpd) for run, _, _, cpd, _ in cells(done.lines)] == [
        ("A", "3.0000"),
        ("B", "0.0000"),
        ("A", "1.0000"),
    ]


def test_a_passage_that_lost_cells_has_no_doubling_time():
    assert cells(report("A,P1,200,100,5").lines) == [["A", "P1", "-1.0000", "-1.0000", "n/a"]]


def test_a_loss_too_small_to_print_is_no_minus_zero():
    assert cells(report("A,P1,1000000,999999,").lines)[0][2] == "0.0000"


def test_what_was_not_counted_is_undefined_from_there_on():
    done = report("A,P1,100,,6", "A,P2,100,200,1")

    assert cells(done.lines) == [
        ["A", "P1", "n/a", "n/a", "n/a"],
        ["A", "P2", "1.0000", "n/a", "24.0000"],
    ]


def test_days_not_given_leave_the_doubling_time_open():
    assert cells(report("A,P1,100,200,").lines) == [["A", "P1", "1.0000", "1.0000", "n/a"]]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("A,P1,0,200,6", "Line 2, seeded_viable_cells: 0 is not above zero."),
        ("A,P0,100,-5,6", "Line 2, harvested_viable_cells: -5 is not above zero."),
        ("A,P1,100,many,6", "Line 2, harvested_viable_cells: “many” is not a number."),
        ("A,P1,100,200,0", "Line 2, days: 0 is not above zero."),
        ("A,P1,100,200,inf", "Line 2, days: “inf” is not a number."),
        ("A,SVF,100,200,6", "Line 2, passage: “SVF” is not a passage. Write P0, P1, P2"),
        ("A,,100,200,6", "Line 2, passage: “” is not a passage."),
        (",P1,100,200,6", "Line 2, run: the name of the run is missing."),
        ("A,P1,1,2,3,4", "Line 2 has more cells than line 1 has columns"),
    ],
)
def test_a_wrong_cell_is_told_with_its_line_and_column(row, sentence):
    done = report(row, "B,P1,100,200,6")

    assert sentence in done.errors[0].english()
    assert [run for run, *_ in cells(done.lines)] == ["B"]


def test_every_wrong_cell_of_a_line_is_told():
    assert len(report("A,x,0,-1,-2").errors) == 4


def test_a_passage_that_stands_twice_in_a_run_is_told():
    done = report("A,P1,100,200,6", "A,P1,100,400,6")

    assert "Line 3, passage: P1 of A stands above already" in done.errors[0].english()
    assert len(cells(done.lines)) == 1


def test_a_wrong_passage_makes_the_totals_after_it_unknown():
    done = report("A,P1,100,200,1", "A,P2,100,x,1", "A,P3,100,200,1")

    assert cells(done.lines)[1] == ["A", "P3", "1.0000", "n/a", "24.0000"]


def test_a_header_without_a_column_is_told():
    with pytest.raises(MissingColumns, match="days"):
        growth_report(HEADER.replace(",days", "").encode())
