"""The modules of the codes, and how small they may be printed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.graphics.barcode.code128 import Code128Auto

from lims.labels import Stock, render
from lims.labels.barcodes import (
    ModuleTooSmall,
    NotOurCode,
    code128_rows,
    data_matrix_rows,
    module_dots,
)
from tests.labels.samples import PLACE, VIAL

CODES = st.from_regex(r"[A-HJ-NP-Z]{2}[0-9]{8}[0-9A-HJ-NP-Z]", fullmatch=True)


def bars_of_reportlab(text):
    code = Code128Auto(text, quiet=0)
    code.validate()
    code.encode()
    code.decompose()
    widths = [("1" if c.isupper() else "0", ord(c.upper()) - ord("A") + 1) for c in code.decomposed]
    return "".join(colour * width for colour, width in widths)


@given(CODES)
def test_the_bars_of_our_codes_are_those_of_a_second_encoder(code):
    assert code128_rows(code) == [bars_of_reportlab(code)]


def test_a_leading_99_is_not_dropped():
    assert code128_rows("9912345678") == [bars_of_reportlab("9912345678")]


@given(CODES)
def test_a_data_matrix_is_square_with_its_finder_on_two_sides(code):
    rows = data_matrix_rows(code)

    assert {len(row) for row in rows} == {len(rows)}
    assert set(rows[-1]) == {"1"}
    assert {row[0] for row in rows} == {"1"}


@pytest.mark.parametrize(("dpi", "dots"), [(203, 2), (300, 3), (600, 6)])
def test_a_module_is_a_quarter_millimetre_in_whole_dots(dpi, dots):
    assert module_dots(dpi, room_dots=10_000, modules=150) == dots


def test_a_module_narrows_to_its_room():
    assert module_dots(600, room_dots=5 * 154, modules=154) == 5


@pytest.mark.parametrize("dpi", [203, 300, 600])
def test_a_module_under_a_fifth_of_a_millimetre_is_refused(dpi):
    with pytest.raises(ModuleTooSmall, match="larger label"):
        module_dots(dpi, room_dots=10_000, modules=150, wanted_mm=0.12)


def test_a_module_of_one_dot_is_refused():
    with pytest.raises(ModuleTooSmall):
        module_dots(100, room_dots=10_000, modules=150)


def test_bars_are_refused_on_a_label_too_narrow_for_them():
    with pytest.raises(ModuleTooSmall):
        render([PLACE], Stock("narrow", 30, 32))


def test_a_data_matrix_is_refused_on_a_label_too_low_for_it():
    with pytest.raises(ModuleTooSmall):
        render([VIAL], Stock("thread", 33, 4))


@pytest.mark.parametrize("code", ["", "VL26000123", "VL26000123BB", "vl26000123b", "Иванов Иван"])
@pytest.mark.parametrize("label", [PLACE, VIAL])
def test_only_our_codes_go_into_a_barcode(label, code):
    with pytest.raises(NotOurCode):
        render([type(label)(**{**vars(label), "code": code})], label.stock)
