"""Personal numbers, passports and the letters that only look right."""

import json
from datetime import date
from pathlib import Path

import pytest

from lims.errors import LimsError
from lims.models.patient import DocumentKind, Sex
from lims.workflows import personal_numbers

VECTORS = json.loads((Path(__file__).parents[1] / "data" / "vectors.json").read_text())["by_pin"]
PERSONAL = DocumentKind.PERSONAL_NUMBER


def accepted(number):
    try:
        personal_numbers.read_number(PERSONAL, number)
    except LimsError:
        return False
    return True


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["pin"])
def test_published_numbers_are_judged_as_published(vector):
    assert accepted(vector["pin"]) == vector["valid"]


@pytest.mark.parametrize(
    ("number", "error"),
    [
        ("3270287A012PB3", personal_numbers.WrongCheckDigit),
        ("4190672H011PB3", personal_numbers.WrongCheckDigit),
        ("3270287A012PB", personal_numbers.WrongLength),
        ("3270287A012PB22", personal_numbers.WrongLength),
        ("3270287a012pb2", personal_numbers.LowerCase),
        ("3270287Z012PB2", personal_numbers.WrongShape),
        ("3270287А012РВ3", personal_numbers.CyrillicInNumber),
    ],
)
def test_each_mistake_has_its_own_sentence(number, error):
    with pytest.raises(error):
        personal_numbers.read_number(PERSONAL, number)


def test_cyrillic_look_alikes_are_named_and_the_number_meant_is_offered():
    with pytest.raises(personal_numbers.CyrillicInNumber) as refusal:
        personal_numbers.read_number(PERSONAL, "3270287А012РВ2")

    assert "А, Р, В" in refusal.value.english()
    assert "3270287A012PB2" in refusal.value.english()


def test_a_passport_number_is_kept_without_spaces_in_capitals():
    assert personal_numbers.read_number(DocumentKind.PASSPORT, " mp 123 4567 ") == "MP1234567"


def test_a_passport_number_with_cyrillic_letters_is_refused():
    with pytest.raises(personal_numbers.CyrillicInNumber):
        personal_numbers.read_number(DocumentKind.PASSPORT, "МР1234567")


def test_another_document_may_be_in_cyrillic():
    assert personal_numbers.read_number(DocumentKind.OTHER, "I-БА  123456") == "I-БА 123456"


def warned(birth_date, sex=Sex.MALE):
    found = personal_numbers.warnings(PERSONAL, "3270287A012PB2", birth_date, sex)
    return [type(warning) for warning in found]


def test_a_number_that_agrees_warns_of_nothing():
    assert warned(date(1987, 2, 27)) == []


def test_another_birth_date_warns():
    assert warned(date(1987, 2, 28)) == [personal_numbers.DateDiffers]


def test_another_century_warns():
    assert warned(date(2087, 2, 27)) == [personal_numbers.DateDiffers]


def test_another_sex_warns():
    assert warned(date(1987, 2, 27), Sex.FEMALE) == [personal_numbers.SexDiffers]
