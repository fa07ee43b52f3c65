"""Templates hold structure alone, so that a strict content policy can forbid the rest."""

import re

import pytest

from tests.conventions.tree import ROOT, TEMPLATES

LONGEST_TEMPLATE = 120

FORBIDDEN = {
    "a class and the stylesheet": re.compile(r"\sstyle\s*=|<style\b", re.IGNORECASE),
    "a file in lims/static": re.compile(r"<script(?![^>]*\bsrc=)", re.IGNORECASE),
    "a listener in lims/static": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "escaping, always": re.compile(r"\|\s*safe\b|autoescape\s+false", re.IGNORECASE),
    "a file of our own": re.compile(r"(src|href)\s*=\s*[\"'](https?:)?//", re.IGNORECASE),
}


CARRIES_ITS_STYLES = "<style>{% for each in styles %}{% include each %}{% endfor %}</style>"
"""Of the page that stands while no file is served (web/gate.py); its policy names their digest."""


def templates():
    return sorted(file for file in TEMPLATES.rglob("*") if file.is_file())


@pytest.mark.parametrize("instead", FORBIDDEN)
def test_templates_use(instead):
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in templates()
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if FORBIDDEN[instead].search(line.replace(CARRIES_ITS_STYLES, ""))
    ]

    assert not found, f"use {instead}"


def test_a_template_is_short_enough_to_be_read_at_once():
    long = [
        f"{file.relative_to(ROOT)}: {length} lines"
        for file in templates()
        if (length := len(file.read_text().splitlines())) > LONGEST_TEMPLATE
    ]

    assert not long, "make a macro of what repeats"


def test_a_list_is_drawn_by_the_macro_that_offers_it_as_a_spreadsheet():
    drawn_otherwise = [
        str(file.relative_to(ROOT))
        for file in templates()
        if file.name != "page.html" and re.search(r"\.(following|spreadsheet)\b", file.read_text())
    ]

    assert not drawn_otherwise, "draw a listing() by `table` of macros/page.html"
