"""Codes that a scanner types, or a person does: put right only where nothing is guessed."""

import pytest

from lims.web.scans import CodeField, ScansField
from lims.workflows.codes import check_character


def code(kind="VE", serial=117):
    """The first well-formed code from `serial` on."""
    while (check := check_character(body := f"{kind}26{serial:06d}")) in "*IO":
        serial += 1
    return body + check


def test_spaces_and_lower_case_are_put_right(typed):
    scanned = f" {code()[:5].lower()} {code()[5:].lower()} "

    assert typed(CodeField("Vessel", "VE"), scanned).data == code()


def test_one_wrong_character_is_refused(typed):
    wrong = code()[:9] + ("0" if code()[9] != "0" else "1") + code()[10]

    assert "wrongly" in str(typed(CodeField("Vessel", "VE"), wrong).errors[0])


def test_a_cyrillic_look_alike_is_refused_not_guessed(typed):
    assert typed(CodeField("Vessel", "VE"), code().replace("E", "Е", 1)).errors


def test_a_code_of_another_kind_says_what_it_is_and_what_is_expected(typed):
    field = typed(CodeField("Vessel", "VE"), code("PT"))

    assert field.errors == [f"{code('PT')} is: patient. Expected here: vessel."]


def test_two_codes_glued_together_are_refused(typed):
    assert typed(CodeField("Vessel", "VE"), code() + code()).errors


def test_a_list_is_one_code_a_line(typed):
    field = typed(ScansField("Vessels", "VE"), f"{code()}\r\n\n{code(serial=300)}\n")

    assert field.data == [code(), code(serial=300)]


@pytest.mark.parametrize("between", [" ", ",", ", ", ";", " ; ", "\t", "\u00a0"])
def test_several_codes_on_one_line_are_several(typed, between):
    field = typed(ScansField("Vessels", "VE"), code() + between + code(serial=300))

    assert field.data == [code(), code(serial=300)]


def test_a_code_written_in_groups_is_one_also_beside_another(typed):
    field = typed(ScansField("Vessels", "VE"), f"{code()[:4]} {code()[4:]} {code(serial=300)}")

    assert field.data == [code(), code(serial=300)]


def test_of_several_codes_on_one_line_the_wrong_one_is_named(typed):
    field = typed(ScansField("Vessels", "VE"), f"VE2600 {code()}")

    assert field.errors == ["“VE2600” is not a code. Scan the label."]


def test_a_code_scanned_twice_is_named(typed):
    field = typed(ScansField("Vessels", "VE"), f"{code()}\n{code()}")

    assert field.errors == [f"{code()} is in the list twice."]
    assert code() in field._value()


def test_an_empty_list_is_refused_where_one_is_needed(typed):
    assert typed(ScansField("Vessels", "VE"), "").errors == ["Fill this in."]


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_an_empty_list_is_an_empty_list_where_it_may_be(typed, text):
    assert typed(ScansField("Lots", "LT", least=0), text).data == []
