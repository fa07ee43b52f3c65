"""The stages and the yields of a batch record, from rows that were just made."""

from datetime import UTC
from decimal import Decimal

import pytest

from lims import clock
from lims.files import FileStore
from lims.papers import batch, changes, grown
from lims.papers.batch import BatchPages
from lims.papers.columns import MADE
from lims.papers.heading import Desk
from lims.records.wording import Wording
from lims.workflows import made_values
from lims.workflows.since import to_the_minute
from lims.workflows.steps import Performed

SAY = Wording(lambda words: words, UTC, "en")


@pytest.fixture
def read(session, tmp_path):
    def reading(of):
        session.expire_all()
        return BatchPages.read(session, of, Desk("", UTC, FileStore(tmp_path), SAY))

    return reading


def test_what_was_done_in_one_minute_stands_as_it_was_recorded(treatment, course, read):
    """A time that is typed has no seconds: it seems to be before the signature."""
    (dose,) = treatment.released(course)
    treatment.hand_over(dose, performed=Performed(to_the_minute(clock.now())))

    names = [each.name for each in batch.milestones(read(dose.fill.batch))]

    assert names.index("Dose handed over") > names.index(f"{dose.fill.code}: conditional")


def test_a_thaw_yields_what_was_got_back_of_the_cells_frozen(thaws, course, read):
    made = thaws.thawed(course, live=8_200_000)
    pages = read(made.batch)

    (thaw,) = grown.thaws(pages.pages.rows, made.batch, SAY)

    assert (thaw.stage, thaw.quantity) == ("Thaw", 8_200_000)
    told = thaw.remark.replace("\u202f", " ").replace("\u00a0", " ")
    assert told == "86.3 % of 9 500 000 viable cells frozen"


@pytest.mark.parametrize("table", made_values.COLUMNS)
def test_every_column_that_is_corrected_of_what_was_made_has_its_word(table):
    assert [name for name in made_values.COLUMNS[table] if name not in MADE] == []


def test_computed_doublings_are_written_as_finely_as_elsewhere_where_a_correction_changed_them():
    assert changes.shown(Decimal("3.929611"), "doublings") == Decimal("3.93")
    assert changes.shown(Decimal("3.929611"), "g") == Decimal("3.929611")
