"""What a list shows, all of it, as a spreadsheet."""

import io
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest

from lims.web import filters, listed, spreadsheets
from lims.web.listing import A_PAGE
from tests.laboratory import supplies

pytestmark = pytest.mark.alike

PLACES = "/places/?as=xlsx"
HEAD = "<tr><th>Vial</th><th class='num'>Left</th></tr>"


def workbook(answer, *, styles=True):
    """Quicker where nobody asks how it looks."""
    assert answer.status_code == 200, answer.text
    return openpyxl.load_workbook(io.BytesIO(answer.data), read_only=not styles)


def rows(answer):
    """Without the headings."""
    sheet = workbook(answer, styles=False).worksheets[0]
    return list(sheet.iter_rows(min_row=2, values_only=True))


def page(*cells):
    return f"<h1>Vials</h1>{listed.MARK}{HEAD}<tr>{''.join(cells)}</tr></table>"


def value(cell):
    [found] = listed.rows_of(page(cell))[1][0]
    return found.value


@pytest.fixture
def shelf(database):
    with database.reading() as session:
        return supplies.place(session, "shelf")


def test_it_has_all_rows_of_the_list_however_many_portions_they_are(signed_in, monkeypatch):
    technician = signed_in("technician")
    at_once = rows(technician.open(PLACES))
    monkeypatch.setattr("lims.web.spreadsheets.AT_ONCE", 2)

    found = rows(technician.open(PLACES))

    assert found == at_once
    assert len(found) > 4
    assert f"{len(found)} of {len(found)} shown" in technician.open("/places/").text


def test_it_is_narrowed_as_the_page_is_and_says_so(signed_in):
    answer = signed_in("technician").open("/places/?kind=shelf&as=xlsx")

    about = dict(workbook(answer).worksheets[1].iter_rows(values_only=True))
    assert len(rows(answer)) == 4
    assert about["Rows"] == "4"
    assert about["Address"] == "/places/?kind=shelf"


def test_the_page_leads_to_it_with_what_narrows_it(signed_in):
    shown = signed_in("technician").open("/places/?kind=shelf").text

    assert 'href="/places/?kind=shelf&amp;as=xlsx" download' in shown


def test_its_headings_are_in_the_language_of_the_reader(signed_in):
    technician = signed_in("technician")
    technician.send("/account", {"language": "ru"}, "/account/language")

    sheet = workbook(technician.open(PLACES)).worksheets[0]

    assert sheet.title == "Список"
    assert sheet["A1"].value == "Место"


def test_what_is_typed_is_never_a_formula(signed_in, shelf):
    signed_in("administrator").send(
        f"/places/{shelf.code}/edit", {"name": "=1+1", "reason": "as painted on it"}
    )

    sheet = workbook(signed_in("technician").open(PLACES)).worksheets[0]

    cell = next(row[0] for row in sheet.iter_rows() if row[0].value.startswith("=1+1"))
    assert cell.data_type == "s"
    assert cell.quotePrefix


def test_who_may_not_see_the_page_gets_no_sheet(signed_in):
    assert signed_in("technician").open("/trail/?as=xlsx").status_code == 403
    assert signed_in("auditor").open("/trail/?as=xlsx").status_code == 200


def test_a_page_without_a_list_has_none(signed_in):
    assert signed_in("technician").open("/calendar/?as=xlsx").status_code == 404


def test_a_list_too_long_to_be_waited_for_says_so(signed_in, monkeypatch):
    monkeypatch.setattr("lims.web.spreadsheets.MOST", 3)

    answer = signed_in("technician").open(PLACES)

    assert answer.status_code == 422
    assert "more than 3 rows" in answer.text


def test_every_list_is_offered_with_as_many_rows_as_it_has(crawl):
    found = {}
    for endpoint, (login, path) in crawl.lists.items():
        answer = crawl.visitors[login].open(path)
        asked = f"{path}{'&' if '?' in path else '?'}as=xlsx"
        table = answer.text.partition(listed.MARK)[2].partition("</table>")[0]
        number = table.count("<tr>") - 1
        got = len(rows(crawl.visitors[login].open(asked)))
        found[endpoint] = got == number or got > A_PAGE == number
    assert len(found) > 25
    assert [endpoint for endpoint, right in found.items() if not right] == []


@pytest.mark.parametrize(
    ("written", "number", "unit"),
    [
        ("1\u202f200\u202f000", Decimal(1_200_000), ""),
        ("8.25\u202fg", Decimal("8.25"), "g"),
        ("−80.5\u202f°C", Decimal("-80.5"), "°C"),
        ("1.2\u202f×\u202f10⁶", Decimal(1_200_000), ""),
    ],
)
def test_a_number_is_a_number_with_its_unit_apart(english, written, number, unit):
    [cell] = listed.rows_of(page(f"<td class='num'>{written}</td>"))[1][0]

    assert (cell.value, cell.unit) == (number, unit)


def test_a_number_is_read_with_the_mark_of_its_language(russian):
    assert value("<td class='num'>8,25\u202fг</td>") == Decimal("8.25")


def test_the_number_of_a_lot_stays_as_it_is_written(english):
    assert value("<td>0012</td>") == "0012"


def test_a_day_and_a_moment_are_such(english):
    assert value("<td>21 Nov 2026</td>") == date(2026, 11, 21)
    assert value("<td>21 Nov 2026 14:05 (+03:00)</td>") == datetime(2026, 11, 21, 14, 5)  # noqa: DTZ001


def test_the_lines_of_a_cell_are_facts_and_what_is_drawn_is_left_out(english):
    mark = '<span class="mark" aria-hidden="true"><i></i>x</span>'
    cell = f"<td>{mark}<span>Ivanova<br><span>PT1</span></span></td>"

    assert [each.value for each in listed.rows_of(page(cell))[1][0]] == ["Ivanova", "PT1"]


def test_a_number_rounded_for_the_eye_is_read_whole(english):
    shown = filters.cells(Decimal(16_223_456), short=True)

    assert value(f"<td class='num'>{shown}</td>") == Decimal(16_223_456)


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        (1, ["Verdict\nStatus"]),
        (2, ["Verdict", "Status"]),
        (3, ["Verdict", "Status", "Status (2)"]),
    ],
)
def test_each_line_of_a_heading_names_its_own_line_of_the_cells(lines, named):
    heading = [listed.Cell("", written=each) for each in ("Verdict", "Status")]

    assert spreadsheets.names_of([heading], [lines]) == named


def test_each_fact_has_a_column_of_its_own(english):
    one, two, three = (listed.Cell(name, written=name) for name in ("Ivanova", "PT1", "born 1961"))
    columns = spreadsheets.columns_of([[[one, two], [one]], [[one], [two]]], 2)

    headings = [[listed.Cell("", written=each)] for each in ("Patient", "Vial")]
    assert spreadsheets.names_of(headings, columns) == ["Patient", "Patient (2)", "Vial"]
    rare, over, _ = spreadsheets.spread([[one, two, three], [one]], columns)
    assert (rare.value, over.value) == ("Ivanova", "PT1\nborn 1961")
    assert [each.value for each in spreadsheets.spread([[one], [two]], columns)][1:] == ["", "PT1"]
