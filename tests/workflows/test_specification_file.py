"""The specification file: every bad line is told, and what is written reads back the same."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.workflows.judging import days_in
from lims.workflows.lines import FillKind, Line, Stage, TakenFrom
from lims.workflows.pace import Range, Ranges
from lims.workflows.specification_export import write_specification
from lims.workflows.specification_file import BadSpecification, read_specification
from lims.workflows.specification_text import (
    FORECAST_RANGES,
    LIMIT_UNITS,
    Limit,
    MarkerPolicy,
    NoSuchLimit,
    NoSuchTest,
    Policies,
    SpecificationText,
)

SHIPPED = (Path(__file__).parents[2] / "lims/specifications/msc-adipose.toml").read_text("utf-8")
HEAD = '[specification]\ncode = "X"\n'
TEST = '[[test]]\ncode = "viability_pct"\nlimit = ">= 80"\n'

TEXT = st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" "), max_size=40)
WORDING = TEXT.map(str.strip)
NAMED = WORDING.filter(bool)
SOME = st.lists(NAMED, max_size=3).map(tuple)
MEASURE = st.decimals(-(10**9), 10**9, places=3)
POSITIVE = st.integers(1, 10**9).map(lambda thousandths: Decimal(thousandths) / 1000)
LIMITS_WRITTEN = st.sampled_from([">= 80", "< 0,5", "≤2", "5.0 to 10.0", "negative", "no growth"])


def in_order(numbers):
    """Two of `numbers`, the lower first, or none."""
    return st.tuples(numbers, numbers).map(sorted) | st.just((None, None))


@st.composite
def lines(draw, code):
    members = draw(st.sampled_from([(), (f"{code}_a",), (f"{code}_a", f"{code}_b")]))
    passages, spikes = draw(in_order(st.integers(-1, 9))), draw(in_order(MEASURE))
    return Line(
        code=code,
        limit=draw(LIMITS_WRITTEN),
        name=draw(WORDING),
        stage=draw(st.sampled_from(Stage)),
        taken_from=draw(st.none() | st.sampled_from(TakenFrom)),
        unit=draw(st.sampled_from(["", "%", "EU/mL"])),
        method=draw(WORDING.filter(lambda each: not days_in(each))),
        places=draw(st.integers(0, 6)),
        possible=draw(st.sampled_from(["", ">= 0", "0 to 100"])),
        days_to_read=draw(st.none() | st.integers(0, 28)),
        not_by=draw(SOME),
        members=members,
        member_names=draw(st.just(()) | st.tuples(*[NAMED] * len(members))),
        from_passage=passages[0],
        to_passage=passages[1],
        spike_recovery_min_pct=spikes[0],
        spike_recovery_max_pct=spikes[1],
        required=draw(st.booleans()),
        conditional_allowed=draw(st.booleans()),
        fills=draw(st.sampled_from([(), (FillKind.VIALS,), tuple(FillKind)])),
        to_confirm=draw(st.booleans()),
        source=draw(WORDING),
    )


@st.composite
def specifications(draw):
    codes = draw(st.lists(st.sampled_from(["a_pct", "b_or_c_pct", "d", "e_or_f"]), unique=True))
    limit = st.builds(Limit, MEASURE, st.just(""), st.booleans(), WORDING)
    some = draw(st.dictionaries(st.sampled_from(["shelf_life_hours", "near_limit_pct"]), limit))
    low_high = st.tuples(POSITIVE, POSITIVE).map(sorted)
    ranges = {
        n: Range(*draw(low_high), draw(st.booleans()), draw(WORDING)) for n in FORECAST_RANGES
    }
    return SpecificationText(
        code=draw(st.from_regex(r"[A-Z][A-Za-z0-9.-]{0,9}", fullmatch=True)),
        name=draw(NAMED),
        product=draw(WORDING),
        tests=(draw(lines("viability")), *(draw(lines(code)) for code in codes)),
        limits={name: Limit(each.value, LIMIT_UNITS[name]) for name, each in some.items()},
        policies=Policies(draw(st.sampled_from(MarkerPolicy)), True, False, draw(SOME), ("age",)),
        forecast=draw(st.none() | st.just(Ranges(**ranges, batches_min=draw(st.integers(2, 9))))),
    )


def told(text):
    """Why `text` is not taken."""
    with pytest.raises(BadSpecification) as refused:
        read_specification(text)
    return refused.value.english()


@given(specifications())
def test_what_is_written_reads_back_the_same(specification):
    assert read_specification(write_specification(specification)) == specification


def test_the_shipped_file_is_complete_and_survives_export():
    shipped = read_specification(SHIPPED)

    assert shipped.missing() == []
    assert read_specification(write_specification(shipped)) == shipped


def test_the_shipped_file_asks_each_of_the_five_sources_of_aliquots_but_the_vial():
    sources = {line.taken_from for line in read_specification(SHIPPED).tests}

    assert sources >= set(TakenFrom) - {TakenFrom.VIAL}


def test_the_shipped_forecast_is_the_published_range():
    ranges = read_specification(SHIPPED).forecast

    assert (ranges.p0_days.low, ranges.p0_days.high) == (9, 17)
    assert (ranges.passage_days.low, ranges.passage_days.high) == (6, 21)
    assert ranges.batches_min == 5


def test_a_code_and_a_limit_make_a_line():
    (line,) = read_specification(HEAD + TEST).tests

    assert line == Line("viability_pct", ">= 80", name="viability_pct", possible="0 to 100")


def test_a_number_is_read_at_once_whatever_its_method_is_called():
    (line,) = read_specification(HEAD + TEST + 'method = "stain of day 1 d"\n').tests

    assert line.days_to_read is None


def test_a_line_named_after_either_of_two_tests_is_measured_by_them():
    group = TEST.replace("viability_pct", "cd14_or_cd11b_pct")

    (line,) = read_specification(HEAD + group).tests

    assert line.members == ("cd14_pct", "cd11b_pct")


def test_a_file_without_a_name_takes_the_one_given():
    assert read_specification(TEST, code="site").code == "site"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('limits = "x"', "viability_pct, limits: is not known here; known are code, name, stage"),
        (
            'stage = "relase"',
            "“relase” is not allowed here; write reception, isolation, in process",
        ),
        ('taken_from = "blood"', "taken_from: “blood” is not allowed here; write tissue, spent"),
        ("days_to_read = -1", "days_to_read: “-1” is not allowed here; write 0 … 365"),
        ("days_to_read = true", "days_to_read: “True” is not allowed"),
        ('required = "yes"', "required: “yes” is not allowed here; write true, false"),
        ("spike_recovery_min_pct = 1.2345", "at most three decimal places"),
        ("spike_recovery_min_pct = nan", "a number without quotes"),
        ('possible = "many"', "possible: “many” is not a number"),
        ('not_by = [""]', "not_by: “” is not allowed here; write a list of texts"),
        ('name = "a\\nb"', "name: “a\nb” is not allowed here; write one line of text"),
        ("from_passage = 3\nto_passage = 2", "from_passage: 3 is above 2"),
    ],
)
def test_a_bad_key_is_told_with_its_line_and_what_is_allowed(line, sentence):
    assert sentence in told(f"{HEAD}{TEST}{line}\n")


def test_a_bad_limit_is_told_with_its_test_and_what_is_allowed():
    sentence = told(HEAD + TEST.replace(">= 80", "about 80"))

    assert "viability_pct, limit: “about 80” is not a limit. Write a comparison" in sentence


@pytest.mark.parametrize("key", ["code", "limit"])
def test_a_line_without_its_code_or_limit_is_told(key):
    written = "".join(row for row in TEST.splitlines(True) if not row.startswith(key))

    assert f"{key}: is missing." in told(HEAD + written)


def test_a_code_used_twice_is_told():
    assert "viability_pct, code: “viability_pct” stands here twice" in told(HEAD + TEST + TEST)


def test_a_group_names_each_of_its_members_or_none():
    group = TEST.replace("viability_pct", "a_or_b_pct") + "member_names = ['A']\n"

    assert "a_or_b_pct, member_names: “A” is not allowed here" in told(HEAD + group)


def test_a_member_of_two_groups_is_told():
    groups = TEST.replace("viability", "a_or_b") + TEST.replace("viability", "b_or_c")

    assert "b_or_c_pct, code: “b_pct” stands here twice" in told(HEAD + groups)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("tissue_mass_min = {value = 5}", "[limits], tissue_mass_min: is not known here; known"),
        ("tissue_mass_min_g = {value = 5, unit = 'kg'}", "unit: “kg” is not allowed here; write g"),
        ("tissue_mass_min_g = {unit = 'g'}", "tissue_mass_min_g, value: is missing."),
        ("tissue_mass_min_g = 5.0", "tissue_mass_min_g, …: must be a table"),
        (
            "tissue_mass_min_g = {value = 11}\ntissue_mass_max_g = {value = 10}",
            "tissue_mass_min_g, value: 11 is above 10",
        ),
    ],
)
def test_a_bad_limit_of_a_step_is_told(row, sentence):
    assert sentence in told(f"{HEAD}{TEST}[limits]\n{row}\n")


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("[policy]\npositive_marker_policy = 'ask'", "write exclude, isolate"),
        ("[forecast]\nbatches_min = 1", "[forecast], batches_min: “1” is not allowed here"),
        ("[forecast]\nbatches_min = 5", "[forecast], p0_days: is missing."),
        ("[tests]\nx = 1", "[tests], …: is not known here; known are specification, test"),
        ("limits = 5", "[limits], …: must be a table"),
    ],
)
def test_a_bad_table_is_told(table, sentence):
    document = f"{table}\n{HEAD}{TEST}" if "=" in table.splitlines()[0] else HEAD + TEST + table

    assert sentence in told(document)


@pytest.mark.parametrize("text", ["", HEAD, HEAD + "test = []", 'test = "x"\n' + HEAD])
def test_a_specification_without_tests_is_told(text):
    assert "There is no [[test]] in it." in told(text)


@pytest.mark.parametrize(
    "text", ["[", "a = 1\na = 2", "x = 1e99999999999999999999", "x = " + "9" * 5000]
)
def test_what_is_not_toml_is_told(text):
    assert "not readable as TOML" in told(text)


def test_all_problems_are_told_at_once():
    sentence = told(HEAD + TEST + "places = 9\nstage = 'x'\n")

    assert "places" in sentence
    assert "stage" in sentence


def test_a_limit_or_a_test_that_is_not_there_is_named():
    specification = read_specification(HEAD + TEST)

    with pytest.raises(NoSuchLimit, match="has no limit “shelf_life_hours”"):
        specification.limit("shelf_life_hours")
    with pytest.raises(NoSuchTest, match="has no test “cd73_pct”"):
        specification.test("cd73_pct")
    assert "shelf_life_hours" in specification.missing()
