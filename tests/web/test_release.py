"""The desk of quality: which decisions are offered, and what their forms ask for."""

import re

import pytest
from sqlalchemy import select

from lims.models.fill import Fill, Vial
from lims.models.vessel import Vessel
from lims.workflows import deviations, reviewing
from lims.workflows.codes import load
from tests import laboratory
from tests.laboratory import PASSWORD, clinic, working
from tests.laboratory.desk import Desk
from tests.laboratory.frozen import Bank
from tests.laboratory.ordered import Orders
from tests.papers import making


def doses(desk, course):
    """A fill of doses of which only the cultures are still running."""
    fill = desk.judged(course)
    desk.cultured(fill)
    return fill


def vials(desk, course):
    """The same of frozen vials."""
    room = desk.room
    bank = Bank(desk.session, room, laboratory.person(desk.session, "keeper"))
    fill = bank.filled(course, "1", "1")
    room.settle_all(*room.sample(fill.batch, (fill.withdrawal.suspension, "0.2")))
    for test in room.ask(fill, "appearance", "label_identity"):
        room.settle(test, "conforms")
    vessel = desk.session.scalars(select(Vessel).where(Vessel.batch_id == fill.batch_id)).first()
    spent, vial = room.sample(fill.batch, (vessel, "1"), (fill.vials[0], "0.1"))
    for test in (*room.ask(spent, "in_process_sterility"), *room.ask(vial, "sterility")):
        room.start_test(test)
    bank.freeze(fill)
    return fill


def as_usual(desk, course):
    """A fill of which nothing is missing and nothing is to be said."""
    return desk.supplied(desk.ready(course))


def waiting(desk, course):
    """A fill of which nothing is to be said but that its cultures run."""
    return desk.supplied(doses(desk, course))


def made(database, how):
    with working(database) as session:
        desk = Desk(session, making.room(session))
        return how(desk, clinic.course(session, "ivanova")).code


def test_where_results_are_missing_aliquots_are_a_click_away(signed_in, database):
    fill = made(database, Desk.judged)
    with database.reading() as session:
        found = load(session, fill, Fill)
        places = f"/fills/{fill}", f"/doses/{found.doses[0].code}"
        sampling = f'href="/aliquots/from/{found.batch.code}"'
    technician = signed_in("technician")

    assert all(sampling in technician.open(place).text for place in places)


@pytest.mark.parametrize(("how", "offered"), [(doses, True), (vials, False)])
def test_while_a_culture_runs_doses_alone_are_offered_for_release(
    signed_in, database, how, offered
):
    code = made(database, how)
    with database.reading() as session:
        assert reviewing.missing_for_conditional(session, load(session, code, Fill)) == []

    page = signed_in("qa").open(f"/fills/{code}").text

    assert (f"/fills/{code}/release-conditionally" in page) is offered


def test_a_line_without_a_result_is_named_where_the_fill_is_decided(signed_in, database):
    code = made(database, as_usual)

    pages = [signed_in("qa").open(f"/fills/{code}{act}").text for act in ("", "/release")]

    assert all("Without a result" in page and "not required" in page for page in pages)
    assert "lines have no result" in pages[0]


@pytest.mark.parametrize(("how", "may"), [(doses, False), (as_usual, True), (waiting, True)])
def test_the_reason_of_a_review_may_stay_empty_only_where_everything_is_as_usual(
    signed_in, database, how, may
):
    code = made(database, how)

    page = signed_in("lead").open(f"/fills/{code}/review").text

    assert ("(may stay empty)" in page) is may


@pytest.mark.parametrize("reviewed", [False, True])
def test_who_releases_unreviewed_signs_that_it_is_a_review_too(signed_in, database, reviewed):
    code, both = made(database, doses), "two decisions, both yours"
    if reviewed:
        lead = signed_in("lead")
        answer = lead.send(
            f"/fills/{code}/review", {"reason": "seen", "password-password": PASSWORD}
        )
        assert answer.status_code == 303, answer.text
        told = lead.open(answer.location).text
        assert f"{code}: The production record is complete and reviewed." in told

    page = signed_in("qa").open(f"/fills/{code}/release-conditionally").text

    assert (both in page) is not reviewed
    assert ("Nobody reviewed the production record yet" in page) is not reviewed


def released_vials(desk, course):
    orders = Orders(
        Bank(desk.session, desk.room, laboratory.person(desk.session, "keeper")),
        laboratory.person(desk.session, "physician"),
    )
    return orders.released(course)[0]


def test_what_holds_released_vials_stands_on_their_pages_as_on_an_order(signed_in, database):
    code = made(database, released_vials)
    with working(database) as session:
        vial, qa = load(session, code, Vial), laboratory.person(session, "qa")
        found = deviations.report_deviation(
            session, title="A growth", description="late", subjects=[vial.fill.batch], by=qa
        )
        fill = vial.fill.code

    pages = [signed_in("qa").open(path).text for path in (f"/vials/{code}", f"/fills/{fill}")]

    for page in pages:
        told = page.split("Held until quality decides")[1].split("</div>")[0]
        assert re.search(f"{found.code}.*A growth", told)


def test_a_destruction_signed_by_one_says_that_it_waits_for_another(signed_in, database):
    code, qa = made(database, as_usual), signed_in("qa")
    signed = {"reason": "contaminated", "password-password": PASSWORD}
    qa.send(f"/fills/{code}/reject", signed)

    qa.send(f"/fills/{code}/destroy", signed)

    page = qa.open(f"/fills/{code}").text
    assert "You signed. A second person signs the same" in page
    assert "signed its destruction at" in page
    assert "Everything is as usual" not in page
