"""`lims judge`: the verdicts on a file of results."""

import json
from pathlib import Path

import pytest

from lims.imports.results_file import judging_report
from lims.workflows.specification_file import BadSpecification

ROOT = Path(__file__).parents[2]
SHIPPED = (ROOT / "lims/specifications/msc-adipose.toml").read_bytes()
GATES = json.loads((ROOT / "tests/data/vectors.json").read_text("utf-8"))["gates"]
ROWS = [case for case in GATES["cases"] if "result" in case and "spike_recovery_pct" not in case]
SMALL = b"""
[[test]]
code = "viability_pct"
limit = ">= 80"

[[test]]
code = "cd14_or_cd11b_pct"
limit = "<= 2"

[[test]]
code = "karyotype"
limit = "normal"
required = false
"""


def report(*rows, specification=SMALL, header="test,result,days_read,method"):
    text = "\n".join([header, *rows])
    return judging_report(specification, text.encode(), name="small")


def verdicts(*rows, **about):
    return [tuple(line.split()) for line in report(*rows, **about).lines]


def test_all_published_gates_are_judged_row_by_row():
    rows = [
        f'{c["test"]},"{c["result"] or ""}",{c.get("days_read", "")},{c.get("method", "")}'
        for c in ROWS
    ]

    told = verdicts(*rows, specification=SHIPPED)

    assert told[: len(ROWS)] == [(case["test"], case["verdict"]) for case in ROWS]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["cd14_pct,1.1"], "pass"),
        (["cd14_pct,1.1", "CD11b_pct,3.0"], "fail"),
        (["cd14_pct,1.1", "cd11b_pct,"], "pass"),
        (["cd14_pct,"], "missing"),
        (["cd14_or_cd11b_pct,3"], "fail"),
    ],
)
def test_members_count_to_their_group(rows, expected):
    assert ("cd14_or_cd11b_pct", expected) in verdicts(*rows)


def test_required_tests_without_a_row_are_missing():
    assert verdicts() == [("viability_pct", "missing"), ("cd14_or_cd11b_pct", "missing")]


def test_a_test_the_specification_does_not_ask_for_is_not_evaluated():
    assert verdicts("cd31_pct,5")[0] == ("cd31_pct", "not_evaluated")


def test_a_second_result_does_not_replace_the_first():
    assert verdicts("viability_pct,79.96", "viability_pct,81")[:2] == [
        ("viability_pct", "fail"),
        ("viability_pct", "pass"),
    ]


def test_a_spike_outside_its_bounds_is_invalid():
    told = verdicts(
        "endotoxin_eu_ml,<0.05,,45",
        specification=SHIPPED,
        header="test,result,days_read,spike_recovery_pct",
    )

    assert told[0] == ("endotoxin_eu_ml", "invalid")


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("viability_pct,eighty", "Line 2, result: “eighty” is not a number."),
        ("viability_pct,81,soon", "Line 2, days_read: “soon” is not a number of days."),
        ("viability_pct,81.1234567", "more than 6 decimal places"),
        ("viability_pct,181", "181 cannot be; it lies outside 0 to 100"),
        ("karyotype,odd", "Line 2, result: karyotype: “odd” cannot be judged. Write abnormal"),
    ],
)
def test_a_slip_is_told_and_is_never_a_pass(row, sentence):
    done = report(row)

    assert sentence in done.errors[0].english()
    assert done.lines[0].endswith("inconclusive")


def test_a_row_without_a_test_is_told():
    assert "Line 2, test: the code of the test is missing" in report(",5").errors[0].english()


def test_a_specification_that_cannot_be_read_is_refused():
    with pytest.raises(BadSpecification, match="There is no"):
        report(specification=b"")
