"""The one judge, by every published gate and by what people write in a result."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.workflows.criteria import BadLimit
from lims.workflows.intervals import NotANumber, TooLarge, TooManyPlaces, decimal_places, number
from lims.workflows.judging import (
    ImpossibleResult,
    UnknownMember,
    UnreadableResult,
    Verdict,
    blocks,
    judge,
    may_follow,
    near_limit,
    read_result,
    shown,
    worst,
)
from lims.workflows.lines import Line, Reading
from lims.workflows.specification_file import read_specification

GATES = json.loads((Path(__file__).parents[1] / "data" / "vectors.json").read_text("utf-8"))[
    "gates"
]
SHIPPED = read_specification(
    (Path(__file__).parents[2] / "lims/specifications/msc-adipose.toml").read_text("utf-8")
)
VIABILITY = Line("viability_pct", ">= 80", unit="%", possible="0 to 100")
ENDOTOXIN = Line(
    "endotoxin_eu_ml",
    "< 0.5",
    unit="EU/mL",
    spike_recovery_min_pct=Decimal(50),
    spike_recovery_max_pct=Decimal(200),
)
STERILITY = Line(
    "sterility", "no growth", days_to_read=14, not_by=("Gram",), conditional_allowed=True
)
CD34 = Line("cd34_pct", "<= 2", from_passage=2)
PURITY = Line("cd14_or_cd11b_pct", "<= 2", members=("cd14_pct", "cd11b_pct"))


def verdict(line, text, **about):
    return judge(line, Reading(text, **about))


def reading_of(case):
    spike = case.get("spike_recovery_pct")
    return Reading(
        case.get("result"),
        case.get("days_read"),
        case.get("method", ""),
        None if spike is None else Decimal(spike),
        case.get("measured", {}),
    )


@pytest.mark.parametrize(
    "case", GATES["cases"], ids=lambda c: f"{c['test']} {c.get('result', c.get('measured'))}"
)
def test_the_shipped_specification_judges_every_published_gate(case):
    line = SHIPPED.test(case["test"])

    assert judge(line, reading_of(case)).value == case["verdict"]


def test_the_shipped_limits_are_those_of_the_published_gates():
    assert {code: SHIPPED.test(code).limit for code in GATES["specification"]} == GATES[
        "specification"
    ]


def test_79_96_fails_though_it_is_shown_as_80_0():
    assert shown(Decimal("79.96"), 1) == "80.0"
    assert verdict(VIABILITY, "79.96") is Verdict.FAIL


@pytest.mark.parametrize(("value", "as_shown"), [("0.25", "0.3"), ("-0.25", "-0.3"), ("2", "2.0")])
def test_a_half_is_shown_rounded_away_from_zero(value, as_shown):
    assert shown(Decimal(value), 1) == as_shown


@pytest.mark.parametrize(
    "text", ["80", "80,0", " 80.0 ", "80 %", "80.0\u202f%", "≥ 80", ">=80", "8e1", "+80"]
)
def test_the_same_value_is_understood_however_it_is_written(text):
    assert verdict(VIABILITY, text) is Verdict.PASS


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u2009", "\u202f"])
def test_thousands_may_stand_apart(space):
    assert number(f"1{space}200{space}000") == 1_200_000


@pytest.mark.parametrize(
    "text", ["abc", "8 0", "1,200,000", "80 mg", "~80", "80±1", "٨٠", "<", "-"]
)
def test_what_is_no_number_is_never_a_pass(text):
    assert verdict(VIABILITY, text) is Verdict.INCONCLUSIVE


def test_a_form_is_told_why_a_number_is_not_taken():
    with pytest.raises(NotANumber, match="Write it like 79.96, 79,96 or <0.05"):
        read_result(VIABILITY, "eighty")


@pytest.mark.parametrize("text", ["180", "-1"])
def test_a_share_outside_0_to_100_cannot_be(text):
    assert verdict(VIABILITY, text) is Verdict.INCONCLUSIVE
    with pytest.raises(ImpossibleResult, match="outside 0 to 100"):
        read_result(VIABILITY, text)


def test_more_than_six_places_are_refused():
    assert number("0.123456000") == Decimal("0.123456")
    with pytest.raises(TooManyPlaces, match="more than 6 decimal places"):
        number("0.1234567")


def test_a_number_that_no_column_holds_is_refused():
    with pytest.raises(TooLarge):
        number("1e13")


@given(st.decimals(-(10**9), 10**9, places=6))
def test_a_number_written_with_a_comma_reads_back_exactly(value):
    assert number(f"{value:f}".replace(".", ",")) == value
    assert decimal_places(value) <= 6


@pytest.mark.parametrize(
    ("limit", "text", "expected"),
    [
        ("< 0.5", "<0.5", "pass"),
        ("< 0.5", "≤0.5", "inconclusive"),
        ("<= 0.5", "≤0.5", "pass"),
        ("<= 0.5", "0.5", "pass"),
        ("> 0.5", "0.5", "fail"),
        ("> 0.5", "<0.5", "fail"),
        (">= 0.5", "≤0.5", "inconclusive"),
        ("5.0 to 10.0", "5", "pass"),
        ("5.0 – 10.0", "10", "pass"),
        ("5.0 to 10.0", "4.9", "fail"),
        ("5.0 to 10.0", ">4", "inconclusive"),
        ("5.0 to 10.0", ">10", "fail"),
    ],
)
def test_a_censored_result_passes_only_where_all_it_may_stand_for_does(limit, text, expected):
    assert verdict(Line("x", limit), text).value == expected


@given(st.decimals(0, 100, places=2), st.decimals(0, 100, places=2))
def test_a_censored_pass_or_fail_holds_for_every_value_below_it(bound, value):
    line = Line("x", "< 50")
    censored = verdict(line, f"<{bound}")

    if censored in (Verdict.PASS, Verdict.FAIL) and value < bound:
        assert verdict(line, str(value)) is censored


def test_a_censored_result_reaches_no_further_than_is_possible():
    assert verdict(Line("x", "95 to 100", possible="0 to 100"), ">99") is Verdict.PASS


@pytest.mark.parametrize("limit", ["", "about 80", "80", "10 to 5", "purple", ">= x"])
def test_what_is_no_limit_is_refused(limit):
    with pytest.raises(BadLimit, match="Write a comparison"):
        judge(Line("x", limit), Reading("1"))


@pytest.mark.parametrize("text", [None, "", "  ", "\u00a0"])
def test_an_empty_result_is_missing(text):
    assert verdict(VIABILITY, text) is Verdict.MISSING


def test_no_reading_at_all_is_missing():
    assert judge(VIABILITY, None) is Verdict.MISSING


@pytest.mark.parametrize("text", ["Negative", "NEGATIVE.", " отрицательно ", "not detected"])
def test_words_are_understood_in_both_languages(text):
    assert verdict(Line("mycoplasma", "negative"), text) is Verdict.PASS


@pytest.mark.parametrize("text", ["positive", "Positive (3 CFU)", "обнаружено", "detected"])
def test_an_adverse_word_fails_whatever_follows_it(text):
    assert verdict(Line("mycoplasma", "negative"), text) is Verdict.FAIL


@pytest.mark.parametrize("text", ["pending", "negatve", "negative?", "n/a", "12"])
def test_a_word_not_known_is_inconclusive_and_a_form_refuses_it(text):
    assert verdict(Line("mycoplasma", "negative"), text) is Verdict.INCONCLUSIVE
    with pytest.raises(UnreadableResult, match="not detected"):
        read_result(Line("mycoplasma", "negative"), text)


@pytest.mark.parametrize(
    ("days", "expected"), [(None, "inconclusive"), (13, "inconclusive"), (14, "pass"), (15, "pass")]
)
def test_no_growth_counts_only_when_its_days_are_over(days, expected):
    assert verdict(STERILITY, "no growth", days_read=days).value == expected


def test_growth_fails_on_the_first_day():
    assert verdict(STERILITY, "growth", days_read=1) is Verdict.FAIL


def test_a_method_that_names_its_days_is_held_to_them():
    line = Line("mycoplasma", "negative")

    assert verdict(line, "negative", days_read=14, method="culture 28 d") is Verdict.INCONCLUSIVE
    assert verdict(line, "negative", days_read=28, method="culture 28 d") is Verdict.PASS


def test_a_gram_stain_never_closes_sterility():
    read = {"days_read": 14, "method": "Gram stain"}

    assert verdict(STERILITY, "no growth", **read) is Verdict.INCONCLUSIVE
    assert verdict(STERILITY, "no organisms", **read) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("recovery", "expected"), [(45, "invalid"), (50, "pass"), (200, "pass"), (201, "invalid")]
)
def test_a_spike_recovered_outside_its_bounds_makes_the_test_invalid(recovery, expected):
    read = verdict(ENDOTOXIN, "<0.05", spike_recovery_pct=Decimal(recovery))

    assert read.value == expected


@pytest.mark.parametrize(
    ("passage", "expected"),
    [(1, "not_evaluated"), (2, "fail"), (5, "fail"), (None, "fail")],
)
def test_a_line_bound_to_passages_is_judged_there_and_where_the_passage_is_unknown(
    passage, expected
):
    assert judge(CD34, Reading("2.1"), passage).value == expected


def test_a_bound_line_is_missing_only_where_it_applies():
    assert judge(CD34, None, 1) is Verdict.NOT_EVALUATED
    assert judge(CD34, None, 2) is Verdict.MISSING


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        ({"cd14_pct": "1.1", "cd11b_pct": ""}, "pass"),
        ({"cd14_pct": "1.1", "cd11b_pct": "<3"}, "inconclusive"),
        ({"cd14_pct": "2.1", "cd11b_pct": "<3"}, "fail"),
        ({"cd14_pct": None}, "missing"),
    ],
)
def test_every_measured_member_of_a_group_must_pass(measured, expected):
    assert judge(PURITY, Reading(measured=measured)).value == expected


def test_a_stranger_to_a_group_is_refused():
    with pytest.raises(UnknownMember, match="cd19_pct does not belong"):
        judge(PURITY, Reading(measured={"cd19_pct": "1"}))


@pytest.mark.parametrize("closing", [Verdict.PASS, Verdict.NOT_EVALUATED])
def test_only_a_pass_or_a_line_not_asked_lets_a_release_through(closing):
    assert [each for each in Verdict if not blocks(VIABILITY, each)].count(closing) == 1
    assert sum(blocks(VIABILITY, each) for each in Verdict) == len(Verdict) - 2


@pytest.mark.parametrize(
    ("reading", "may"),
    [
        (None, True),
        (Reading("no growth", 7), True),
        (Reading("growth", 7), False),
        (Reading("unclear", 7), False),
        (Reading("no growth", 7, "Gram stain"), False),
    ],
)
def test_a_conditional_release_may_go_before_a_test_that_is_good_so_far(reading, may):
    assert may_follow(STERILITY, reading) is may


def test_a_conditional_release_waits_for_a_line_that_does_not_allow_it():
    assert not may_follow(VIABILITY, None)


@pytest.mark.parametrize(("text", "near"), [("80", True), ("81.6", True), ("82", False)])
def test_a_pass_close_to_its_limit_is_told(text, near):
    assert near_limit(VIABILITY, Reading(text), Decimal(2)) is near


def test_a_failing_result_is_not_merely_near():
    assert not near_limit(VIABILITY, Reading("79.9"), Decimal(2))


def test_the_worst_verdict_decides_and_of_nothing_missing():
    assert worst([Verdict.PASS, Verdict.FAIL, Verdict.INVALID]) is Verdict.FAIL
    assert worst([Verdict.PASS, Verdict.MISSING]) is Verdict.MISSING
    assert worst([]) is Verdict.MISSING
