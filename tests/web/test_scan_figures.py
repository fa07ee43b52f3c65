"""What quality reads of scans: figures, and the rows behind each of them."""

import re
from html import unescape
from io import BytesIO

import openpyxl
import pytest
import time_machine

from lims import clock
from lims.web.listed import rows_of, together
from lims.workflows import stops, terminals
from lims.workflows.identity import Mismatch
from tests.walks.walker import Walk


def refused(session, *, by):
    raise Mismatch(code="VE260001179", found="one patient", expected="another patient")


def story(database, stage):
    with time_machine.travel(clock.now(), tick=False) as traveller:
        walk = Walk(database, traveller, "Scanned")
        walk.begin()
        walk.cells()
        dewar = walk.act(
            "administrator", terminals.register_terminal, name="Dewar room", place=None,
            printer_name=None, scanner_preamble=None, sound_volume=60, token="a browser",
        )  # fmt: skip
        for terminal in ("bench 1", dewar.code):
            with pytest.raises(Mismatch):
                walk.database.run(
                    refused, walk.who("technician")[0], key=terminal, arguments=lambda _: {},
                    terminal=terminal,
                )  # fmt: skip
        walk.act("technician", stops.acknowledge_stop, code="VE260001179")
        return walk


def test_quality_sees_scans_and_stops_by_month_terminal_and_step(signed_in, codes):
    page = signed_in("qa").open("/quality/scans/").text

    assert "bench 1" in page
    assert "/quality/scans/mismatches?month=" in page
    assert "/quality/scans/scans?kind=isolation" in page


def test_no_month_is_called_a_terminal(signed_in, codes):
    assert "no terminal of ours" not in signed_in("qa").open("/quality/scans/").text


def test_a_stop_is_listed_with_who_met_it_and_what_was_said(signed_in, codes):
    page = signed_in("qa").open("/quality/scans/mismatches?terminal=bench+1").text

    assert "VE260001179 belongs to one patient" in page


def test_whether_a_stop_was_acknowledged_is_read_beside_it(signed_in, codes):
    page = signed_in("qa").open("/quality/scans/mismatches").text

    assert (page.count("read and acknowledged"), page.count("not acknowledged")) == (1, 1)


def test_the_scans_of_a_kind_of_step_are_listed_with_their_step(signed_in, codes):
    page = signed_in("qa").open("/quality/scans/scans?kind=isolation").text

    assert "/steps/ST" in page


def test_who_scanned_and_when_stands_in_every_row(signed_in, codes, english):
    _headings, *rows = rows_of(signed_in("qa").open("/quality/scans/scans").text)

    assert len(rows) > 5
    for when_and_who, *_others in rows:
        assert re.search(r"\d\d:\d\d.*[A-zА-я]{3,}", together(when_and_who), re.DOTALL)


@pytest.mark.parametrize("by", ["month", "terminal", "kind"])
def test_a_figure_is_as_many_rows_as_its_list_has(signed_in, codes, by):
    qa = signed_in("qa")
    page = qa.open("/quality/scans/").text
    figures = re.findall(rf'href="(/quality/scans/\w+\?{by}=[^"]*)">([\d\u202f]+)<', page)

    assert figures
    for address, figure in figures:
        sheet = openpyxl.load_workbook(BytesIO(qa.open(f"{unescape(address)}&as=xlsx").data))
        assert sheet.worksheets[0].max_row - 1 == int(figure), address


def test_another_kind_of_step_has_none_of_them(signed_in, codes):
    assert "/steps/ST" not in signed_in("qa").open("/quality/scans/scans?kind=thaw").text


def test_a_terminal_is_called_by_its_name_and_where_it_has_none_as_it_was_kept(signed_in, codes):
    page = signed_in("qa").open("/quality/scans/").text
    behind = signed_in("qa").open("/quality/scans/mismatches").text

    assert "Dewar room<br>" in page
    assert "at Dewar room" in behind
    assert "at bench 1" in behind


def test_a_stop_is_told_in_the_language_of_whoever_reads_of_it(signed_in, codes):
    auditor = signed_in("auditor")
    auditor.send("/account", {"language": "ru"}, action="/account/language")

    page = auditor.open("/quality/scans/mismatches").text

    assert "СТОП. VE260001179" in page
    assert "belongs to" not in page


def test_the_bench_does_not_read_it(signed_in, codes):
    assert signed_in("technician").open("/quality/scans/").status_code == 403
