"""How many queries a page takes: the same for one row, ten and a hundred, and few."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event, func, select

from lims.models.step import Step
from tests.multiplied import more_patients, more_work
from tests.web.crawler import Crawl

MOST = 10
MOST_OF = dict.fromkeys(
    (
        "batches.show",
        "release.show",
        "release.decide",
        "fills.start",
        "isolations.start",
        "thaws.start",
        "dose_moves.hand_over",
        "administrations.record",
        "fills.record",
        "steps.close",
        "courses.show",
        "courses.at_risk",
        "sessions.show",
    ),
    20,
)
"""The batch page with its forty steps, the review of all that is behind a fill, and the pages that
say beforehand what that review will miss, or when the dose is ready."""
MOST_OF |= {
    "culture.harvesting": 12,
    "growth.show": 11,
    "isolations.record": 11,
    "release.decide": 23,
    "release.show": 26,
    "thaws.abort": 13,
    "thaws.record": 14,
}
"""More than the pages above may take: what they take now, to be brought down, never to grow."""
A_LONG_BATCH = 9
"""Times more steps. What hangs on rows is read 500 rows at a time: more of them, more queries."""
OVER_EVERY_BATCH = {"courses.at_risk"}
"""Looks at every batch under way: past 500 of them what hangs on them takes queries more."""
OF_SIGNING_IN = 1
"""The session with its person and their roles."""


@contextmanager
def counting(crawl: Crawl) -> Iterator[list[str]]:
    engine = crawl.app.extensions["lims"].database.engine
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip()[:4] in ("SELE", "WITH") and "patient_view" not in statement:
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


def queries(crawl: Crawl) -> dict[str, int]:
    """Of each page, how many queries it takes besides signing in."""
    found = {}
    for endpoint, (login, path) in sorted(crawl.pages.items()):
        crawl.visitors[login].open(path)  # last-seen and who-looked are written once a minute
        with counting(crawl) as statements:
            crawl.visitors[login].open(path)
        found[endpoint] = len(statements) - OF_SIGNING_IN
    return found


def steps_kept(crawl: Crawl) -> int:
    with crawl.database.reading() as session:
        return int(session.scalar(select(func.count()).select_from(Step)) or 0)


def test_a_page_takes_few_queries_and_no_more_of_them_with_more_in_the_laboratory(
    crawl: Crawl,
) -> None:
    at_one, rows_at_one = queries(crawl), steps_kept(crawl)
    more_patients(crawl.database, 9)
    at_ten = queries(crawl)
    more_patients(crawl.database, 90)
    more_work(crawl.database, A_LONG_BATCH)
    at_hundred, rows_at_hundred = queries(crawl), steps_kept(crawl)

    assert rows_at_hundred >= 100 * rows_at_one

    growing = {
        page: (few, at_ten[page], at_hundred[page])
        for page, few in at_one.items()
        if at_ten[page] > few or (at_hundred[page] > few and page not in OVER_EVERY_BATCH)
    }
    too_many = {page: n for page, n in at_one.items() if n > MOST_OF.get(page, MOST)}
    assert (growing, too_many) == ({}, {})
