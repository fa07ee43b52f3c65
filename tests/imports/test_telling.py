"""Faults told: what is wrong alike in many rows once, every row named."""

from lims.imports.cells import Missing
from lims.imports.telling import together
from lims.workflows.earlier_rows import Origin


def fault(row, column="box", problem=None):
    place = Origin("Bank", row, {"box": f"F{row}", "tank": f"G{row}"}, {"box": "Box"})
    return place.bad(column, problem or Missing())


def test_what_is_wrong_alike_in_many_rows_is_told_once_with_each_of_them():
    (told,) = together([fault(row) for row in (2, 3, 4, 5, 9)])

    assert told.english() == (
        "Bank, row 2, cell F2 (Box): nothing stands here, and it is needed."
        " The same, by the numbers of rows: 3–5, 9."
    )


def test_what_is_wrong_in_another_column_is_told_apart():
    told = together([fault(2), fault(2, "tank"), fault(3)])

    assert [each.parameters.get("row", "both") for each in told] == ["both", 2]


def test_a_fault_of_a_whole_row_is_told_by_itself():
    told = together([fault(row, "no column of the sheet") for row in (2, 3)])

    assert len(told) == 2
