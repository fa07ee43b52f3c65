"""Every code that is printed is read back, by another library, from the printer's own dots."""

from dataclasses import replace
from math import ceil, floor

import pytest

from lims.labels import STOCKS, render
from lims.labels.stock import PRINTER_DPI
from tests.labels.printed import code_box, letter_boxes, raster, scanned
from tests.labels.samples import DOSE, EVERY_KIND, PENDING, PLACE, SESSION, VESSEL, VIAL

every_kind = pytest.mark.parametrize("label", EVERY_KIND, ids=lambda label: type(label).__name__)
every_printer = pytest.mark.parametrize("dpi", PRINTER_DPI)

BLACK_ON_WHITE = (
    *(label for label in EVERY_KIND if label is not SESSION),
    replace(SESSION, markers=PENDING),
    replace(VIAL, markers=PENDING, copy=2),
)

CODES = ("AB99991234C", "99999999999", "ABCDEFGHJKL", "A1B2C3D4E5F", "PT000000000", "9AZ8Y7X6W54")


@every_printer
@every_kind
def test_the_code_is_read_back_from_the_printers_own_dots(label, dpi):
    stock = label.stock.at(dpi)

    pdf = render([label], stock)

    assert scanned(raster(pdf, stock)) == [label.code]


@every_printer
@every_kind
def test_a_page_is_exactly_the_dots_of_its_label(label, dpi):
    stock = label.stock.at(dpi)

    dots = raster(render([label], stock), stock)

    assert dots.size == (stock.width_dots, stock.height_dots)


@every_printer
@pytest.mark.parametrize("label", [PLACE, VIAL], ids=["Code 128", "Data Matrix"])
@pytest.mark.parametrize("code", CODES)
def test_any_code_of_our_shape_is_read_back(label, code, dpi):
    stock = label.stock.at(dpi)

    pdf = render([replace(label, code=code)], stock)

    assert scanned(raster(pdf, stock)) == [code]


@every_printer
def test_every_edge_of_a_symbol_lies_on_a_dot(dpi):
    for label in (VESSEL, VIAL, DOSE):
        edges = code_box(render([label], label.stock.at(dpi)))

        for edge in edges:
            assert edge * dpi / 72 == pytest.approx(round(edge * dpi / 72), abs=0.01)


@every_kind
def test_no_letter_stands_on_the_symbol(label):
    pdf = render([label], label.stock)
    left, bottom, right, top = code_box(pdf)

    for a, b, c, d in letter_boxes(pdf):
        assert c <= left or a >= right or d <= bottom or b >= top


@every_printer
@pytest.mark.parametrize("label", BLACK_ON_WHITE)
def test_every_letter_leaves_a_mark_on_the_raster(label, dpi):
    stock = label.stock.at(dpi)
    pdf = render([label], stock)
    dots, per_pt = raster(pdf, stock), dpi / 72

    for left, bottom, right, top in letter_boxes(pdf):
        box = (
            left * per_pt,
            dots.height - top * per_pt,
            right * per_pt,
            dots.height - bottom * per_pt,
        )
        assert dots.crop(outwards(box)).getextrema()[0] == 0


def outwards(box):
    left, upper, right, lower = box
    return floor(left), floor(upper), ceil(right), ceil(lower)


def test_each_label_of_a_run_is_a_page_of_its_own():
    codes = ["VL26000001A", "VL26000002B", "VL26000003C"]
    stock = VIAL.stock

    pdf = render([replace(VIAL, code=code) for code in codes], stock)

    assert [scanned(raster(pdf, stock, page)) for page in range(3)] == [[code] for code in codes]


def test_every_stock_has_its_own_name():
    assert all(name == stock.name for name, stock in STOCKS.items())
