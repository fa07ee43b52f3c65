"""The papers of an order: its pick list, and the records of what was done for it."""

import re
from types import SimpleNamespace

import pytest
import time_machine
from sqlalchemy import select

from lims import clock
from lims.database import Database
from lims.models.label import RecordKind
from lims.models.order import OrderKind
from lims.models.step import Step
from lims.papers import keeping
from lims.papers.pick_list import NothingToList
from tests.conftest import lent
from tests.laboratory.ordered import PAPER
from tests.papers.making import archive_in, person
from tests.reading import text_of
from tests.walks import ordering, specifying
from tests.walks.walker import Walk


@pytest.fixture(scope="module", params=lent("orders on paper"))
def ordered(request, tmp_path_factory):
    """An order with its pick list kept before the vials were taken out; a transfer, done."""
    database = Database(request.getfixturevalue(f"{request.param}_server").fresh())
    archive = archive_in(database, tmp_path_factory.mktemp("orders"))
    with time_machine.travel(clock.now(), tick=False) as traveller:
        walk = Walk(database, traveller, "Papers")
        specifying.approve(walk, specifying.lenient(()))
        ordering.with_vials(walk, 4)
        thaw = ordering.scheduled(walk, ordering.drafted(walk, 3))
        made = SimpleNamespace(database=database, archive=archive, thaw=thaw, walk=walk)
        made.vials = ordering.kept(walk, thaw)
        keep = request.getfixturevalue("kept_by")
        made.listed = keep(made, RecordKind.PICK_LIST, thaw)
        made.listed_in_russian = keep(made, RecordKind.PICK_LIST, thaw, "ru")
        ordering.bring_back(walk, ordering.retrieved(walk, thaw)[:1])
        made.away = ordering.scheduled(walk, ordering.away(walk, OrderKind.TRANSFER))
        made.gone = ordering.retrieved(walk, made.away)
        ordering.leave(walk, made.away, OrderKind.TRANSFER, made.gone)
        made.given_up = ordering.away(walk, OrderKind.TRANSFER)
        ordering.cancel(walk, made.given_up)
    yield made
    database.engine.dispose()


@pytest.fixture(scope="module")
def kept_by():
    """`kept_by(made, kind, code)` is the text of a paper, asked for by the keeper."""

    def keep(made, kind, code, language="en"):
        with made.database.reading() as session:
            keeper = person(session, "keeper")
        record = keeping.make(made.archive, kind, code, by=keeper, language=language)
        return text_of(made.archive.store.get(record.pdf_sha256))

    return keep


@pytest.fixture
def page_of(ordered, kept_by):
    """The text of the record of the first step of this kind."""

    def page(kind):
        with ordered.database.reading() as session:
            query = select(Step.code).where(Step.kind == kind).order_by(Step.id)
            code = session.scalars(query).first()
        return kept_by(ordered, RecordKind.STEP, code)

    return page


def test_the_pick_list_names_each_vial_with_its_place(ordered):
    for said in (*ordered.vials, "TK-1, tower A, level 1", "TK-2, tower A, level 1", "A1", "A2"):
        assert said in ordered.listed


def test_each_line_of_the_pick_list_has_its_number(ordered):
    numbers = [re.search(rf"(\d+) [A-Z]\d+ {vial}", ordered.listed)[1] for vial in ordered.vials]

    assert sorted(numbers) == ["1", "2", "3"]


def test_the_pick_list_says_whose_order_it_is_and_for_what(ordered):
    for said in (ordered.thaw, "Papers Walk", "Thaw for session", "Vials to take out 3"):
        assert said in ordered.listed


def test_a_pick_list_names_what_was_kept_for_the_order_and_is_gone(ordered, kept_by):
    listed = kept_by(ordered, RecordKind.PICK_LIST, ordered.thaw)

    told = f"{ordered.vials[0]} was kept for this order and is transferred now."
    assert told in listed
    assert told not in ordered.listed


def test_the_pick_list_is_made_in_russian(ordered):
    for said in ("Лист извлечения", "Имена и подписи", "Papers Walk"):
        assert said in ordered.listed_in_russian


def test_the_pick_list_of_a_done_order_tells_what_was_taken_from_where_and_by_whom(
    ordered, kept_by
):
    listed = kept_by(ordered, RecordKind.PICK_LIST, ordered.away)

    with ordered.database.reading() as session:
        keeper, second = (person(session, each).full_name for each in ("keeper", "technician"))
    for said in (*ordered.gone, "TK-1, tower A, level 1", "Vials taken out", keeper, second):
        assert said in listed
    assert "Vials to take out" not in listed


def test_there_is_no_list_of_nothing(ordered, kept_by):
    with pytest.raises(NothingToList):
        kept_by(ordered, RecordKind.PICK_LIST, ordered.given_up)


def test_the_record_of_a_retrieval_tells_when_each_vial_was_out_and_back(ordered, page_of):
    text = page_of("retrieval")

    assert "Retrieval record" in text
    for vial in ordered.vials:
        assert f"{vial} · out of the cold" in text
    assert f"{ordered.vials[0]} · back after 0 s ≤ 90 s" in text


def test_both_signatures_of_a_transfer_are_printed_and_hold(ordered, page_of):
    text = page_of("transfer")

    assert text.count("transferred, ST") == 2
    assert "changed after it was signed" not in text
    for said in ("Transfer record", "Dr. Koval", "Bank of Gomel", PAPER.name, ordered.away):
        assert said in text
