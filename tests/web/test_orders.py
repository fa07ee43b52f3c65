"""The pages of orders: a physician orders, the bank checks and takes out, quality approves."""

import json
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from pypdf import PdfWriter
from sqlalchemy import select

from lims import clock
from lims.models.audit import AuditEntry
from lims.models.command_run import Refusal
from lims.models.course import TransplantationSession
from lims.models.fill import Vial, VialStatus
from lims.models.order import Order, OrderKind, OrderStatus
from lims.workflows import compromised, reserving, vial_places
from lims.workflows.codes import load
from tests import laboratory
from tests.laboratory import PASSWORD, working
from tests.laboratory.ordered import MEANWHILE
from tests.walks import ordering, specifying
from tests.walks.walker import Walk
from tests.web.scanner import signed_in_at
from tests.web.serving import serving

OWN = {"own-password": PASSWORD}
TWO = {**OWN, "witness-login": "technician", "witness-password": PASSWORD}


class Codes:
    """What is printed on the labels: of the patient, the session, the vials, an order."""


def story(database, stage):
    with time_machine.travel(clock.now(), tick=False) as traveller:
        return told(Walk(database, traveller, "Orders"))


def told(walk):
    """Three vials in store; two kept for an order that is planned; one out, to be destroyed."""
    specifying.approve(walk, specifying.lenient(()))
    codes = Codes()
    codes.patient, codes.vials = walk.patient, ordering.with_vials(walk, 6)
    codes.sitting = walk.read_sessions()[0].code
    codes.order = ordering.scheduled(walk, ordering.drafted(walk, 2))
    codes.kept, codes.badge = ordering.kept(walk, codes.order), walk.badge("technician")
    codes.destruction = ordering.scheduled(walk, ordering.away(walk, OrderKind.DESTROY))
    codes.gone = ordering.retrieved(walk, codes.destruction)
    codes.test = ordering.scheduled(walk, ordering.away(walk, OrderKind.TEST))
    codes.tested = ordering.kept(walk, codes.test)
    return codes


@pytest.fixture
def database(committed):
    return committed.database


def box_of(database, code):
    with database.reading() as session:
        stood = vial_places.history(session, load(session, code, Vial))
        return stood[-1].allocation.position.box.code


def test_the_keeper_is_told_before_signing_that_no_bench_waits_for_the_vials(signed_in, codes):
    keeper = signed_in("keeper")

    assert "is not ready: no bench is cleared" in keeper.open(f"/retrievals/of/{codes.order}").text
    assert "is not ready" not in keeper.open(f"/retrievals/of/{codes.test}").text


def test_an_order_whose_vials_are_gone_says_so_and_offers_what_is_left(signed_in, codes, database):
    keeper, physician = signed_in("keeper"), signed_in("physician")
    page, start = f"/orders/{codes.order}", f"/retrievals/of/{codes.order}"
    assert start in keeper.open(page).text
    with working(database) as session:
        gone = [load(session, each, Vial) for each in codes.kept]
        by = laboratory.person(session, "keeper")
        compromised.mark_vials(session, gone, why="left out", by=by)

    told = physician.open(page).text
    assert told.count("was kept for this order and is compromised now") == 2
    assert f"/orders/{codes.order}/cancel" in told
    assert f"/orders/for/{codes.sitting}" in told
    assert start not in keeper.open(page).text
    assert "2 vials of it are gone" in keeper.open("/orders/at-the-bank").text
    assert "Vials of the order are gone" in keeper.open("/").text
    assert codes.kept[0] in keeper.open(start).text


def test_a_vial_of_another_order_is_stopped_at_its_scan_where_vials_leave(
    signed_in, codes, database
):
    keeper, page = signed_in("keeper"), f"/orders/{codes.destruction}/destroy"
    token = dict(keeper.form("/", "/scan").fields)["csrf_token"]
    assert f'data-misplaced="/orders/{codes.destruction}/leaving"' in keeper.open(page).text

    told = keeper.client.post(
        f"/orders/{codes.destruction}/leaving", data={"code": codes.kept[0], "csrf_token": token}
    )

    assert told.json["sentence"].startswith(f"STOP. {codes.kept[0]} is not kept for")
    assert "stop-screen" in told.json["stop"]
    with database.reading() as session:
        kept = session.scalars(select(Refusal).where(Refusal.error == "NotForThisOrder")).all()
    assert [each.subject_code for each in kept] == [codes.kept[0]]


def drafted(physician, codes, **typed):
    values = {"viable_cells": "", "vials": "1", "reason": "second dose", **typed}
    answer = physician.send(f"/orders/for/{codes.sitting}", values)
    assert answer.status_code == 303, answer.text
    return answer.location.rpartition("/")[2]


def test_who_cannot_go_on_reads_what_an_order_waits_for(signed_in, codes):
    order = drafted(signed_in("physician"), codes)

    assert "It waits for the signature" in signed_in("technician").open(f"/orders/{order}").text


def retrieval(keeper, order):
    """The page of a retrieval that two people signed."""
    page = f"/retrievals/of/{order}"
    said = {"comment": MEANWHILE} if 'name="comment"' in keeper.open(page).text else {}
    answer = keeper.send(page, TWO | said)
    assert answer.status_code == 303, answer.text
    return answer.location


def test_an_order_goes_from_the_clinic_to_the_bank_to_quality_and_back(
    signed_in, codes, stored, database
):
    physician, keeper, qa = signed_in("physician"), signed_in("keeper"), signed_in("qa")
    order = drafted(physician, codes)
    later = (clock.now() + timedelta(hours=30)).strftime("%d.%m.%Y %H:%M")

    physician.send(f"/orders/{order}/submit", OWN)
    keeper.send(f"/orders/{order}/check", OWN)
    qa.send(f"/orders/{order}/approve", OWN)
    keeper.send(f"/orders/{order}/schedule", {"at": later})

    assert stored(Order, order).status is OrderStatus.SCHEDULED
    with database.reading() as session:
        assert len(reserving.open_of(session, load(session, order, Order))) == 1


def test_a_draft_is_changed_on_the_form_it_was_made_with(signed_in, codes, stored, database):
    physician = signed_in("physician")
    order = drafted(physician, codes, reason="second dose")
    page = f"/orders/{order}/change"
    before = dict(physician.form(page).fields)

    physician.send(page, {"vials": "2"})

    with database.reading() as session:
        told = AuditEntry.command == "change_thaw", AuditEntry.table_name == "vial_order"
        (entry,) = session.scalars(select(AuditEntry).where(*told))
    assert (before["vials"], before["reason"]) == ("1", "second dose")
    assert stored(Order, order).vials_wanted == 2
    assert json.loads(entry.changes) == {"vials_wanted": [1, 2]}


def test_a_draft_that_rests_on_a_paper_keeps_it_when_it_is_changed(signed_in, codes, stored):
    physician = signed_in("physician")
    asked = {"kind": "transfer", "vials": "1", "reason": "moves", "destination": "Brest"}
    sent = {"document": "Letter 7", "paper": (BytesIO(paper()), "letter.pdf")}
    made = physician.send(f"/orders/of/{codes.patient}", asked | sent)
    order = made.location.rpartition("/")[2]
    kept = stored(Order, order).document_sha256

    physician.send(f"/orders/{order}/change", {"destination": "Gomel"})

    assert (stored(Order, order).destination, stored(Order, order).document_sha256) == (
        "Gomel", kept,
    )  # fmt: skip


def test_a_draft_changed_in_another_tab_leads_to_what_it_asks_for_now(signed_in, codes):
    physician = signed_in("physician")
    order = drafted(physician, codes)
    other_tab = physician.form(f"/orders/{order}/change")
    physician.send(f"/orders/{order}/change", {"vials": "2"})

    refused = physician.post(other_tab, {"vials": "1"})

    assert refused.status_code == 409
    assert f'<a class="btn small" href="/orders/{order}">Look at it</a>' in refused.text


def test_a_draft_is_changed_by_its_author_alone(signed_in, codes):
    order = drafted(signed_in("physician"), codes)
    qa = signed_in("qa")

    assert "Change the draft" not in qa.open(f"/orders/{order}").text
    assert "who alone changes it" in qa.open(f"/orders/{order}/change").text


def test_the_physician_sees_what_is_left_and_for_how_many_doses(signed_in, codes):
    page = signed_in("physician").open(f"/orders/for/{codes.sitting}").text

    assert "enough for doses" in page
    assert "By the specification" in page


CUT_OFF = """(() => {
  const cards = [...document.querySelectorAll("main .card, main .card .wide")];
  return cards.filter((each) => each.scrollWidth > each.clientWidth).length;
})()"""


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 800])
def test_whether_a_vial_can_be_taken_is_seen_without_moving_the_page(chromium, app, codes, width):
    with serving(app) as site:
        page = f"/orders/for/{codes.sitting}"
        screen = {"width": width, "height": 800}
        with signed_in_at(chromium, site, "physician", page, viewport=screen) as opened:
            cut_off = opened.evaluate(CUT_OFF)

    assert cut_off == 0


def test_vials_that_other_orders_keep_are_told_with_those_orders(signed_in, codes):
    page = signed_in("physician").open(f"/orders/for/{codes.sitting}").text

    for vial in codes.kept:
        assert f"{vial} is kept for the order {codes.order}." in page


def test_what_was_typed_stays_when_there_is_not_enough(signed_in, codes):
    page = f"/orders/for/{codes.sitting}"
    values = {"viable_cells": "90000000", "vials": "", "reason": "second dose"}
    answer = signed_in("physician").send(page, values)

    assert answer.status_code == 409
    assert "less than is asked for" in answer.text
    assert "90000000" in answer.text.replace("\u202f", "")


def test_who_changed_the_page_meanwhile_is_told(signed_in, codes, stored):
    physician = signed_in("physician")
    order = drafted(physician, codes)
    form = physician.form(f"/orders/{order}/submit")

    answer = physician.post(form, {**OWN, "signed": "0" * 64})

    assert answer.status_code == 409
    assert stored(Order, order).status is OrderStatus.DRAFTED


def test_the_page_of_an_order_is_titled_by_what_it_is(signed_in, codes):
    page = signed_in("keeper").open(f"/orders/{codes.order}").text

    assert f"<title>Order of frozen cells {codes.order}" in page


def test_a_scan_opens_an_order(signed_in, codes):
    answer = signed_in("keeper").send("/", {"code": codes.order}, action="/scan")

    assert answer.location == f"/orders/{codes.order}"


def test_a_vial_read_by_two_is_out_of_the_cold(signed_in, codes, stored):
    keeper = signed_in("keeper")
    run = retrieval(keeper, codes.order)

    keeper.send(run, {"vial": codes.kept[0], "second_scan": codes.badge})

    assert stored(Vial, codes.kept[0]).status is VialStatus.RETRIEVED
    assert "Taken out: 1 of 2" in keeper.open(run).text


def test_where_the_badge_does_not_read_the_password_of_the_second_person_will_do(
    signed_in, codes, stored
):
    keeper = signed_in("keeper")
    run = retrieval(keeper, codes.order)
    second = {"witness-login": "technician", "witness-password": PASSWORD}

    keeper.send(run, {"vial": codes.kept[0], **second})

    assert stored(Vial, codes.kept[0]).status is VialStatus.RETRIEVED


def test_a_vial_that_was_not_ordered_stops_both(signed_in, codes, stored):
    keeper, other = (
        signed_in("keeper"),
        next(v for v in codes.vials if v not in codes.kept + codes.gone + codes.tested),
    )

    answer = keeper.send(
        retrieval(keeper, codes.order), {"vial": other, "second_scan": codes.badge}
    )

    assert answer.status_code == 409
    assert "STOP" in answer.text
    assert stored(Vial, other).status is VialStatus.STORED


def test_the_second_person_is_another(signed_in, codes):
    values = {**TWO, "witness-login": "keeper", "comment": MEANWHILE}
    answer = signed_in("keeper").send(f"/retrievals/of/{codes.order}", values)

    assert answer.status_code == 422
    assert "another person" in answer.text


def test_a_vial_brought_back_is_stored_again(signed_in, codes, stored, database):
    keeper, vial = signed_in("keeper"), codes.kept[0]
    run = retrieval(keeper, codes.order)
    keeper.send(run, {"vial": vial, "second_scan": codes.badge})
    for page in (run, "/retrievals/"):
        counted = keeper.open(page).text.split(f"/vials/{vial}")[-1]
        assert 'role="timer" aria-live="off"' in counted
        assert 'data-most="90"' in counted

    keeper.send("/retrievals/back", {"vial": vial, "box": box_of(database, vial)})

    assert stored(Vial, vial).status is VialStatus.STORED
    assert f"/vials/{vial}" not in keeper.open("/retrievals/").text


def test_what_is_out_for_too_long_is_told_what_becomes_of_it(signed_in, codes):
    keeper, vial = signed_in("keeper"), codes.kept[0]
    run = retrieval(keeper, codes.order)
    keeper.send(run, {"vial": vial, "second_scan": codes.badge})
    pages = run, f"/orders/{codes.order}", f"/vials/{vial}", f"/retrievals/back?vial={vial}"

    assert all("data-past hidden>Longer" in keeper.open(page).text for page in pages)

    with time_machine.travel(clock.now() + timedelta(seconds=91), tick=False):
        assert all("data-past>Longer" in keeper.open(page).text for page in pages)
        assert "in time" not in keeper.open(f"/vials/{vial}").text


def test_an_ended_retrieval_leads_back_to_the_order(signed_in, codes):
    keeper = signed_in("keeper")
    run = retrieval(keeper, codes.order)
    keeper.send(run, {"vial": codes.kept[0], "second_scan": codes.badge})

    answer = keeper.send(f"{run}/record", {})

    assert answer.location == f"/orders/{codes.order}"


def test_once_all_is_out_an_order_offers_what_becomes_of_it(signed_in, codes):
    keeper, going_out = signed_in("keeper"), f"/retrievals/of/{codes.order}"
    run = retrieval(keeper, codes.order)
    for vial in codes.kept:
        keeper.send(run, {"vial": vial, "second_scan": codes.badge})
    assert going_out in keeper.open(f"/orders/{codes.order}").text

    keeper.send(f"{run}/record", {})

    page = keeper.open(f"/orders/{codes.order}").text
    assert (going_out in page, f"{codes.order}/schedule" in page) == (False, False)


def offered(signed_in, order):
    """What is offered of the order of a test, to those who may do it."""
    acts = {
        "keeper": f"/retrievals/of/{order}",
        "technician": f"/orders/{order}/empty",
        "qa": f"/orders/{order}/cancel",
    }
    pages = {login: signed_in(login).open(f"/orders/{order}").text for login in acts}
    return [f'href="{act}"' in pages[login] for login, act in acts.items()]


def test_of_the_order_of_a_test_that_alone_is_offered_which_can_be_done(signed_in, codes):
    assert offered(signed_in, codes.test) == [True, False, True]

    keeper = signed_in("keeper")
    run = retrieval(keeper, codes.test)
    keeper.send(run, {"vial": codes.tested[0], "second_scan": codes.badge})
    keeper.send(f"{run}/record", {})

    assert offered(signed_in, codes.test) == [False, True, False]
    assert "its vials are out of the cold" in keeper.open(f"/orders/{codes.test}").text


def test_the_map_shows_where_to_reach(signed_in, codes):
    keeper = signed_in("keeper")

    page = keeper.open(retrieval(keeper, codes.order)).text

    assert page.count('class="vial') >= 2
    assert " pick" in page


def test_the_keeper_prints_a_pick_list(signed_in, codes):
    keeper = signed_in("keeper")
    kept = keeper.send(f"/papers/of/{codes.order}", {"kind": "pick_list", "language": "ru"})

    copy = keeper.send(kept.location, {}, action=f"{kept.location}/copies")

    assert keeper.open(copy.location).data.startswith(b"%PDF")


def paper():
    """A PDF of one empty page, as a scanner sends it."""
    out = BytesIO()
    writer = PdfWriter()
    writer.add_blank_page(72, 72)
    writer.write(out)
    return out.getvalue()


def test_ordered_vials_are_destroyed_by_two(signed_in, codes, stored):
    values = {**TWO, "vials": codes.gone[0], "how": "autoclave"}
    keeper, page = signed_in("keeper"), f"/orders/{codes.destruction}/destroy"
    shown = keeper.open(page).text

    answer = keeper.send(page, values)

    assert "data-gate" in shown
    assert f'data-expects="{codes.gone[0]}"' in shown  # any other is told at its scan
    assert answer.status_code == 303, answer.text
    assert codes.gone[0] in keeper.open(answer.location).text
    assert stored(Vial, codes.gone[0]).status is VialStatus.DISCARDED
    assert stored(Order, codes.destruction).status is OrderStatus.FULFILLED


def test_what_was_destroyed_by_paper_keeps_the_paper_with_its_step(signed_in, codes):
    paper = BytesIO(b"%PDF-1.4 as it was written"), "destroyed.pdf"
    values = {**TWO, "vials": codes.gone[0], "how": "autoclave", "paper": paper}
    keeper = signed_in("keeper")

    step = keeper.send(f"/orders/{codes.destruction}/destroy", values).location

    assert "The paper it was written on" in keeper.open(step).text


def test_the_step_by_which_vials_left_says_by_which_paper(signed_in, codes, database):
    keeper = signed_in("keeper")
    with database.reading() as session:
        document = load(session, codes.destruction, Order).document
    given = {**TWO, "vials": codes.gone[0], "how": "autoclave"}

    page = keeper.open(keeper.send(f"/orders/{codes.destruction}/destroy", given).location).text

    assert document in page
    assert f"/orders/{codes.destruction}/paper" in page


def test_the_page_of_a_done_order_offers_its_pick_list(signed_in, codes):
    keeper, page = signed_in("keeper"), f"/orders/{codes.destruction}"
    keeper.send(f"{page}/destroy", {**TWO, "vials": codes.gone[0], "how": "autoclave"})

    made = keeper.send(f"/papers/of/{codes.destruction}", {"kind": "pick_list", "language": "en"})

    assert f"/papers/of/{codes.destruction}" in keeper.open(page).text
    assert made.status_code == 303


def test_with_a_vial_fewer_than_the_page_showed_no_retrieval_is_signed(signed_in, codes, database):
    keeper = signed_in("keeper")
    form = keeper.form(f"/retrievals/of/{codes.order}")
    with working(database) as session:
        reserving.drop(session, [load(session, codes.kept[0], Vial)])

    assert keeper.post(form, {**TWO, "comment": MEANWHILE}).status_code == 409


def test_an_order_changed_since_its_page_was_shown_destroys_nothing(
    signed_in, codes, database, stored
):
    keeper = signed_in("keeper")
    form = keeper.form(f"/orders/{codes.destruction}/destroy")
    with working(database) as session:
        load(session, codes.destruction, Order).reason = "another"

    given = {**TWO, "vials": codes.gone[0], "how": "autoclave"}
    answer = keeper.post(form, given)

    assert answer.status_code == 409
    assert stored(Vial, codes.gone[0]).status is VialStatus.RETRIEVED


def test_the_paper_a_transfer_rests_on_is_kept_and_shown(signed_in, codes, stored):
    physician = signed_in("physician")
    page = f"/orders/of/{codes.patient}"
    form = physician.form(page)
    typed = form.filled({
        "kind": "transfer", "vials": "1", "reason": "moves to Gomel", "destination": "Bank 2",
        "document": "Application 17", "paper": (BytesIO(paper()), "application.pdf"),
    })  # fmt: skip
    answer = physician.client.post(page, data={k: v[0] for k, v in typed.items()})

    assert answer.status_code == 303, answer.text
    order = answer.location.rpartition("/")[2]
    assert physician.open(f"/orders/{order}/paper").data == paper()
    assert stored(Order, order).document == "Application 17"


def test_what_waits_is_told_on_the_first_page(signed_in, codes):
    assert "Orders of frozen cells at the bank" in signed_in("keeper").open("/").text
    assert "Orders of frozen cells to approve" in signed_in("qa").open("/").text


def test_what_waits_at_the_bank_is_told_in_the_order_of_its_days(signed_in, codes):
    physician, soon = signed_in("physician"), clock.today().strftime("%d.%m.%Y")
    first, second = drafted(physician, codes), drafted(physician, codes, needed_on=soon)
    for order in (first, second):
        physician.send(f"/orders/{order}/submit", OWN)

    page = signed_in("keeper").open("/orders/at-the-bank").text

    assert page.index(f"/orders/{second}") < page.index(f"/orders/{first}")


def test_what_lies_frozen_is_told_with_the_course_and_leads_to_an_order(signed_in, database, codes):
    with database.reading() as session:
        course = load(session, codes.sitting, TransplantationSession).course.code
    physician = signed_in("physician")

    row = physician.open("/courses/").text.partition(course)[2].partition("</tr>")[0]
    page = physician.open(f"/courses/{course}").text.partition("Frozen for the next doses")[2]

    assert "vials" in row
    assert "vials" in page.partition("</section>")[0]
    assert f"/orders/for/{codes.sitting}" in page.partition("</section>")[0]
