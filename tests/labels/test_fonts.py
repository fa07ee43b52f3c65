"""The fonts: those we ship, all embedded, and no letter left out without a word."""

from dataclasses import replace
from hashlib import sha256
from io import BytesIO

import pypdf
import pytest
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Paragraph

from lims.labels import render
from lims.labels.fonts import CONDENSED, FOLDER, FONTS, MissingGlyphs, escape, require_glyphs
from tests.labels.printed import text_of
from tests.labels.samples import CARD, DOSE, EVERY_KIND, PATIENT, VIAL

PRINTED = "АЯаяЁёЎўІіʼ’ҐґЇїЄє ÄÖÜßéłŁčğ µ°±×≥≤→№✓☐⚠⁶⁵α℃☣−–«»₂"


@pytest.mark.parametrize("font", [name for name in FONTS if "Mono" not in name])
def test_the_letters_of_the_region_and_the_signs_of_the_laboratory_are_there(font):
    require_glyphs(PRINTED, font)


def test_the_font_files_are_those_recorded_beside_them():
    recorded = (FOLDER / "README.txt").read_text()

    for font in FOLDER.glob("*.ttf"):
        assert f"{sha256(font.read_bytes()).hexdigest()}  {font.name}" in recorded


@pytest.mark.parametrize("letter", ["字", "अ", "🧬"])
def test_a_letter_the_font_lacks_is_refused_and_named(letter):
    label = replace(VIAL, patient=replace(PATIENT, name=f"Иванов {letter}"))

    with pytest.raises(MissingGlyphs, match=f"{letter} .U.{ord(letter):04X}"):
        render([label], VIAL.stock)


@pytest.mark.parametrize("letter", ["\n", "\t", "\x1b", "\u202e", "\u200b", "א", "ع"])
def test_what_would_be_unseen_or_out_of_order_is_refused(letter):
    with pytest.raises(MissingGlyphs):
        require_glyphs(f"Иванов{letter}Иван", CONDENSED)


def test_a_missing_letter_is_refused_wherever_it_stands():
    with pytest.raises(MissingGlyphs):
        render([replace(DOSE, facility="研究所")], DOSE.stock)


@pytest.mark.parametrize("name", ["Ўладзімір Шчырбаʼ", "Лук’янаў Ґанна", "Müller-Łęcki Žofie"])
def test_names_of_both_scripts_come_back_as_written(name):
    pdf = render([replace(VIAL, patient=replace(PATIENT, name=name))], VIAL.stock)

    assert name in text_of(pdf)


def test_a_letter_typed_with_a_separate_accent_is_printed_as_one():
    pdf = render([replace(VIAL, patient=replace(PATIENT, name="Сергеи\u0306"))], VIAL.stock)

    assert "Сергей" in text_of(pdf)


def test_every_font_of_every_label_is_embedded():
    for label in EVERY_KIND:
        page = pypdf.PdfReader(BytesIO(render([label], label.stock))).pages[0]
        fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]

        assert all("/FontFile2" in font["/FontDescriptor"] for font in fonts)


def test_the_same_labels_are_the_same_bytes():
    assert render(EVERY_KIND, CARD.stock) == render(EVERY_KIND, CARD.stock)


@pytest.mark.parametrize("text", ["Smith <Ivanov & son>", "Müller <b>", "Smith</para>", "&#60;"])
def test_escaped_text_reaches_the_paper_whole(text):
    paragraph = Paragraph(escape(text), ParagraphStyle("any", fontName=CONDENSED))

    assert paragraph.getPlainText() == text
