"""How many queries a page takes: the same for one row, ten and a hundred, and few."""

from collections.abc import Container

import pytest
from sqlalchemy import func, select

from lims.models.step import Step
from tests import plans
from tests.counting import MOST, OF_SIGNING_IN, looks
from tests.multiplied import more_patients, more_work
from tests.soaking import SOAK
from tests.web.crawler import Crawl

pytestmark = pytest.mark.alike

MOST_OF = {
    "home.show": 18, "release.show": 13, "step_ends.close": 11,
}  # fmt: skip
"""Who decides on fills is told on Today, and in their list, how much stands about each, which
rests on all that is behind it; on the page of a fill an analyst is told, too, which of its tubes
stand in runs. Today and the list of courses tell when doses are expected, which rests on how each
batch grows. Where a line is to be cleared stand those who may check it. As many queries for one
fill or course as for fifty."""
A_LONG_BATCH = 9
"""Times more steps. What hangs on rows is read 500 rows at a time: more of them, more queries."""
OVER_EVERY_BATCH = {"courses.at_risk", "calendar.index", "home.show"}
"""Forecasts every batch in culture: past 500 at once what hangs on them takes queries more. They
are counted at ten too; the others in a soak: what grows with each row has grown at a hundred."""

ALL_OF_A_PERIOD = {
    "jobs.index", "scan_figures.behind", "scan_figures.index", "trends.index", "trends.show",
    "order_drafts.change", "order_drafts.new", "order_drafts.thaw", "qc.index",
}  # fmt: skip
"""Figures of many years, months or vials, the last of each kind of work; a list sorted once it is
cut to a page."""
WHILE_FILLED = "FROM demonstration"
"""Who signed in is read with the batches of a demonstration, counted while it is filled alone."""


def queries(crawl: Crawl, of: Container[str] | None = None) -> dict[str, int]:
    """Of each page, or of these alone, how many queries it takes besides signing in."""
    found = {}
    for endpoint, (login, path) in sorted(crawl.pages.items()):
        if of is not None and endpoint not in of:
            continue
        with looks(crawl.database.engine) as statements:
            crawl.visitors[login].open(path)
        found[endpoint] = len(statements) - OF_SIGNING_IN
    return found


def steps_kept(crawl: Crawl) -> int:
    with crawl.database.reading() as session:
        return int(session.scalar(select(func.count()).select_from(Step)) or 0)


def test_no_page_takes_many_queries(crawl: Crawl) -> None:
    taken = {page: (most - OF_SIGNING_IN, *of) for page, (most, *of) in crawl.most.items()}

    too_many = {page: most for page, most in taken.items() if most[0] > MOST_OF.get(page, MOST)}
    assert too_many == {}


def test_no_page_reads_a_table_of_history_from_end_to_end(crawl: Crawl) -> None:
    engine, found, seen = crawl.database.engine, set(), set()
    for endpoint, (login, path) in sorted(crawl.pages.items()):
        with plans.asked(engine) as asked:
            crawl.visitors[login].open(path)
        with engine.connect() as connection:
            for statement, values in asked:
                if statement not in seen and WHILE_FILLED not in statement:
                    whole = plans.read_whole(connection, statement, values)
                    found |= {(endpoint, table) for table in whole}
                seen.add(statement)

    assert {each for each in found if each[0] not in ALL_OF_A_PERIOD} == set()


def test_the_desk_of_quality_asks_no_more_for_many_fills_that_wait_than_for_one(
    crawl: Crawl,
) -> None:
    def taken() -> tuple[dict[str, int], int]:
        found = {}
        for path in ("/fills/waiting", "/"):
            with looks(crawl.database.engine) as statements:
                page = crawl.visitors["qa"].open(path)
            found[path] = len(statements)
        return found, page.text.count("Decide on the fill")

    few, fills = taken()
    more_patients(crawl.database, 24)
    many, more_fills = taken()

    assert fills >= 1
    assert more_fills >= 25
    assert many == few


def test_a_page_takes_no_more_queries_with_more_in_the_laboratory(crawl: Crawl) -> None:
    crawl.restore()  # who asked before added patients
    at_one, rows_at_one = queries(crawl), steps_kept(crawl)
    more_patients(crawl.database, 9)
    at_ten = queries(crawl, of=None if SOAK else OVER_EVERY_BATCH)
    more_patients(crawl.database, 90)
    more_work(crawl.database, A_LONG_BATCH)
    at_hundred, rows_at_hundred = queries(crawl), steps_kept(crawl)

    assert rows_at_hundred >= 100 * rows_at_one

    growing = {
        page: (few, at_ten.get(page), at_hundred[page])
        for page, few in at_one.items()
        if at_ten.get(page, few) > few or (at_hundred[page] > few and page not in OVER_EVERY_BATCH)
    }
    assert growing == {}
