"""The number that stands on a vial of a list, on the paper that two people take it out by."""

from datetime import UTC

from lims import clock
from lims.files import FileStore
from lims.papers import pick_list
from lims.papers.heading import Desk, Edition, head_of_trail
from lims.records.pick_list import pick_list as drawn
from lims.workflows import earlier_release
from tests.laboratory.earlier import Earlier
from tests.papers.test_batch_stages import SAY
from tests.reading import text_of


def test_a_pick_list_names_the_number_that_stands_on_a_vial(
    session, orders, lead, qa_officer, keeper, patient, course, proof_of, tmp_path
):
    earlier = Earlier(session, lead)
    (fill,) = earlier.take_over_vials(patient.code, {})
    earlier_release.take_over_release(
        session, fill, reason="certificate 17/19", proof=proof_of(qa_officer), by=qa_officer
    )
    earlier.agree(patient, keeper)
    order = orders.scheduled(orders.thaw(course, None, vials=1, expand=True))
    edition = Edition("", 1, clock.now(), head_of_trail(session))
    desk = Desk("", UTC, FileStore(tmp_path), SAY)

    page = text_of(drawn(pick_list.record(session, order, desk, edition), SAY))

    assert "К-17/1" in page
    assert fill.vials[0].code in page
