"""Folding names: either script and the spellings of passports find the same person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.workflows import names

ALIKE = [
    ("Иванова", "Ivanova"),
    ("ИВАНОВА  Мария", "ivanova mariya"),
    ("Мария", "Maria"),
    ("Дмитрий", "Dmitry"),
    ("Дмитрий", "Dmitrii"),
    ("Юлия", "Julia"),
    ("Юлия", "Iuliia"),
    ("Пётр", "Петр"),
    ("Пётр", "Pyotr"),
    ("Евгений", "Yevgeniy"),
    ("Алексей", "Alexey"),
    ("Хмельницкая", "Khmelnitskaya"),
    ("Щербаков", "Shcherbakov"),
    ("Григорий", "Hryhory"),
    ("Анна", "Ana"),
    ("Müller", "Muller"),
    ("Łukasz", "Lukasz"),
    ("Соловьёва", "Soloveva"),
    ("Петрова-Водкина", "petrova vodkina"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_either_spelling_is_folded_alike(one, other):
    assert names.folded(one) == names.folded(other)


def test_different_people_stay_different():
    assert names.folded("Иванова") != names.folded("Иванов")


def test_a_person_is_found_by_both_of_their_names():
    kept = names.search_name("Мюллер Макс", "Max Müller")

    assert names.folded("мюллер") in kept
    assert names.folded("MULLER") in kept


def test_the_order_of_words_does_not_matter_to_words():
    assert names.words("Мария Иванова") == names.words("Ivanova Mariya")


@given(st.text())
def test_folding_takes_any_text_and_folding_twice_changes_nothing_of_its_alphabet(text):
    assert set(names.folded(text)) <= set("abcdefghijklmnopqrstuvwxyz0123456789 ")


@pytest.mark.parametrize(
    ("full", "other", "latin", "shown"),
    [
        ("Иванова Мария", "Ivanova Maria", True, "Ivanova Maria"),
        ("Иванова Мария", "Ivanova Maria", False, "Иванова Мария"),
        ("Müller Jürgen", "Мюллер Юрген", False, "Мюллер Юрген"),
        ("Иванова Мария", None, True, "Иванова Мария"),
        ("Schmidt Johann", None, False, "Schmidt Johann"),
    ],
)
def test_a_paper_names_the_patient_in_its_own_script_where_there_is_such_a_name(
    full, other, latin, shown
):
    assert names.in_script(full, other, latin=latin) == shown
