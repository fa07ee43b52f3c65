"""What a person types becomes a value, or stays as typed beside a sentence."""

from decimal import Decimal

import pytest

from lims.web.fields import DecimalField, LongTextField, PasswordField, TextField, WholeField


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7.25", "7.25"),
        ("7,25", "7.25"),
        ("1\u00a0234,5", "1234.5"),
        ("1\u2009234.5", "1234.5"),
        ("1 234", "1234"),
        ("0,050", "0.05"),
    ],
)
def test_a_measure_is_read_as_people_write_it(typed, text, value):
    assert typed(DecimalField("Mass", unit="g"), text).data == Decimal(value)


@pytest.mark.parametrize(
    "text", ["1,234.5", "1.234.5", "five", "٣", "1_000", "nan", "inf", "1e400"]
)
def test_what_could_mean_two_numbers_or_none_is_refused_and_kept(typed, text):
    field = typed(DecimalField("Mass", unit="g"), text)

    assert field.data is None
    assert field.errors
    assert field._value() == text


def test_more_places_than_are_kept_are_refused(typed):
    assert typed(DecimalField("Mass", places=3), "7.2501").errors == ["At most 3 decimal places."]


def test_trailing_zeros_are_no_places(typed):
    assert typed(DecimalField("Mass", places=1), "7.200").data == Decimal("7.2")


def test_a_measure_below_nothing_is_refused(typed):
    assert typed(DecimalField("Mass"), "-1").errors == ["Not below 0."]


def test_a_number_no_column_holds_is_refused(typed):
    assert typed(DecimalField("Mass"), "9" * 16).errors


@pytest.mark.parametrize("text", ["1200000", "1 200 000", "1.2e6", "1,2E6", "1.2×10^6"])
def test_a_count_is_read_as_people_write_it(typed, text):
    assert typed(WholeField("Live"), text).data == 1_200_000


def test_half_a_cell_is_refused(typed):
    assert typed(WholeField("Live"), "0.5").errors == ["Give a whole number."]


def test_an_empty_needed_field_says_so_once(typed):
    assert typed(DecimalField("Mass"), "").errors == ["Fill this in."]


def test_zero_is_not_empty(typed):
    field = typed(WholeField("Dead"), "0")

    assert field.data == 0
    assert not field.errors


def test_a_field_that_may_stay_empty_may(typed):
    assert typed(TextField("Comment", required=False), "").errors in ((), [])


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\u202e", "\u200b", "\ud800"])
def test_unprintable_characters_are_refused(typed, sign):
    assert typed(TextField("Name"), f"Iva{sign}nova").errors


def test_a_line_has_no_second_line(typed):
    assert typed(TextField("Name"), "Ivanova\nMaria").errors


def test_a_long_text_has_lines(typed):
    assert typed(LongTextField("Comment"), "one\r\ntwo").data == "one\ntwo"


def test_a_text_longer_than_its_field_is_refused(typed):
    assert typed(TextField("Name", longest=5), "Ivanova").errors == ["At most 5 characters."]


def test_letters_and_accents_are_composed(typed):
    assert typed(TextField("Name"), "Цои\u0306").data == "Цой"


def test_a_password_keeps_its_spaces_and_is_never_shown(typed):
    field = typed(PasswordField("Password"), " open sesame ")

    assert field.data == " open sesame "
    assert "sesame" not in field()
