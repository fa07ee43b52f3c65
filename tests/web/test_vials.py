"""The pages of freezing, of vials and of their places, as those who work there use them."""

import re
from io import BytesIO

import pytest
import time_machine

from lims import clock
from lims.models.fill import Vial, VialStatus
from lims.models.storage import Box
from lims.workflows import vial_places
from lims.workflows.codes import load
from tests.laboratory import PASSWORD, STAFF, cryobank, supplies
from tests.walks import freezing
from tests.walks.walker import Walk
from tests.web.conftest import beginning


class Codes:
    """What is printed on the labels: of a fill, its vials, the station, the boxes."""


@pytest.fixture
def stage(request):
    return getattr(request, "param", "filled")


def story(database, stage):
    with time_machine.travel(clock.now(), tick=False) as traveller:
        return told(Walk(database, traveller, "Vials"), stage)


def told(walk, stage):
    """Two vials of one patient, as far as the stage, with room for both."""
    walk.begin()
    codes = Codes()
    codes.tube = freezing.cells(walk)
    codes.fill, codes.vials = freezing.vials_filled(walk, codes.tube, 2)
    if stage == "filled":
        freezing.reserved(walk, 2)
    elif stage != "homeless":
        freezing.frozen(walk, codes.fill, codes.vials)
    if stage == "stored":
        freezing.placed(walk, codes.vials)
        freezing.reserved(walk, 1)
    with walk.database.reading() as session:
        codes.station = supplies.place(session, "freezing_station").code
        codes.boxes = [cryobank.box(session, name).code for name in ("box", "second_box")]
    return codes


@pytest.fixture
def database(committed):
    return committed.database


@pytest.fixture
def box_of(database):
    """The box in which a vial is to stand."""

    def box_of(code):
        with database.reading() as session:
            proposed = vial_places.proposed(session, load(session, code, Vial))
            return session.get_one(Box, proposed.position.box_id).code

    return box_of


def opened(technician, codes):
    """The page of a run with every vial scanned into it."""
    page = technician.send(f"/freezings/of/{codes.fill}", {"station": codes.station})
    for vial in codes.vials:
        technician.send(page.location, {"vial": vial})
    return page.location


def test_vials_are_scanned_into_a_run_and_the_run_is_recorded(signed_in, codes, stored):
    technician = signed_in("technician")
    run = opened(technician, codes)

    answer = technician.send(
        f"{run}/record",
        {"as_programmed": "yes", "pasted": "0;4\n60;-85,5", "end_temperature_c": "-85,5"}
        | {"comment": "times and program are on the freezer's own print"},
    )

    assert answer.status_code == 303
    assert {stored(Vial, code).status for code in codes.vials} == {VialStatus.FREEZING}
    assert "−85.5" in technician.open(answer.location).text


def test_a_freezer_scanned_while_vials_wait_opens_their_run_by_the_first(
    signed_in, codes, stored, database
):
    technician = signed_in("technician")
    with database.reading() as session:
        freezer = supplies.equipment(session, "freezer").code
    page = technician.send("/", {"code": freezer}, "/scan").location

    answer = technician.send(page, {"vial": codes.vials[0]})

    assert page == f"/freezings/in/{freezer}"
    assert "Vials in the run: 1 of 2" in technician.open(answer.location).text


def test_a_freezer_scanned_while_no_vial_waits_opens_its_card(signed_in, codes, database):
    technician = signed_in("technician")
    opened(technician, codes)
    with database.reading() as session:
        freezer = supplies.equipment(session, "freezer").code

    assert technician.send("/", {"code": freezer}, "/scan").location == f"/equipment/{freezer}"


def test_a_scan_of_the_freezer_opens_the_run_of_a_fill(signed_in, codes):
    page = signed_in("technician").open(f"/freezings/of/{codes.fill}").text

    assert re.search(r'action="/freezings/of/\w+"[^>]* data-scan-sends=""', page)


def test_the_page_counts_what_is_in_the_run(signed_in, codes):
    technician = signed_in("technician")

    assert "Vials in the run: 2 of 2" in technician.open(opened(technician, codes)).text


def test_a_curve_that_cannot_be_read_is_refused_with_its_line(signed_in, codes):
    technician = signed_in("technician")
    run = opened(technician, codes)

    answer = technician.send(f"{run}/record", {"as_programmed": "yes", "pasted": "0;4\nx;y"})

    assert answer.status_code == 422
    assert "Line 2" in answer.text


def test_a_refused_run_keeps_the_points_of_its_file_as_lines(signed_in, codes):
    technician = signed_in("technician")
    form = technician.form(f"{opened(technician, codes)}/record")
    curve = BytesIO(b"0;4\n60;-85.5"), "curve.csv"

    filled = form.filled({"as_programmed": "yes"})
    answer = technician.client.post(form.action, data={**filled, "curve": curve})

    assert answer.status_code == 422
    assert "0; 4\n60; -85.5</textarea>" in answer.text


def test_of_a_frozen_vial_the_technician_reads_who_goes_on_with_it(signed_in, codes):
    technician = signed_in("technician")
    run, page = opened(technician, codes), f"/vials/{codes.vials[0]}"
    assert f'primary" href="{run}"' in technician.open(page).text

    told = {"as_programmed": "yes", "comment": "on the freezer's own print"}
    step = technician.send(f"{run}/record", told).location

    assert "the keeper of the cryobank scans it" in technician.open(page).text
    assert "2 vials to be placed" in technician.open(step).text
    assert 'btn primary" href' not in technician.open(step).text


def test_the_curve_is_drawn(signed_in, codes):
    technician = signed_in("technician")
    run = opened(technician, codes)
    technician.send(f"{run}/record", {"as_programmed": "yes", "pasted": "0;4\n60;-85"})

    answer = technician.open(f"{run}/curve.svg")

    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")


def test_a_fill_of_vials_says_how_it_is_frozen(signed_in, codes):
    page = signed_in("technician").open(f"/fills/{codes.fill}").text

    assert f"/freezings/of/{codes.fill}" in page
    assert "2 vials" in page


@beginning("frozen")
def test_a_frozen_vial_is_placed_by_two_scans(signed_in, codes, stored, box_of):
    vial = codes.vials[0]

    answer = signed_in("keeper").send(
        f"/placing/place?vial={vial}",
        {"vial": vial, "box": box_of(vial), "seconds_out": "40"},
        action="/placing/place",
    )

    assert (answer.status_code, stored(Vial, vial).status) == (303, VialStatus.STORED)
    assert codes.vials[1] in answer.location


def band_of(page):
    return page.partition('class="where"')[2].partition("</section>")[0]


@beginning("frozen")
def test_the_band_names_no_vial_before_one_is_scanned_then_the_one_in_hand(signed_in, codes):
    first, second = codes.vials
    keeper = signed_in("keeper")

    opened = keeper.open(f"/placing/place?vial={first}").text
    scanned = keeper.send(f"/placing/place?vial={first}", {"vial": second}, "/placing/place").text

    assert "no vial scanned yet" in band_of(opened)
    assert first not in band_of(opened)
    assert second in band_of(scanned)


@beginning("frozen")
def test_the_seconds_of_vials_that_stand_are_given_on_one_form(signed_in, codes, box_of):
    keeper, vial = signed_in("keeper"), codes.vials[0]
    for each in codes.vials:
        keeper.send("/placing/place", {"vial": each, "box": box_of(each)})
    assert f"/placing/seconds/{codes.fill}" in keeper.open(f"/vials/{vial}").text

    answer = keeper.send(f"/placing/seconds/{codes.fill}", {vial: "40"})

    assert answer.status_code == 303
    assert "40 s out of the cold" in keeper.open(f"/vials/{vial}").text
    left = keeper.open(f"/placing/seconds/{codes.fill}").text
    assert f'name="{codes.vials[1]}"' in left
    assert f'name="{vial}"' not in left


@beginning("frozen")
def test_a_vial_that_another_placed_by_paper_shows_both_and_the_paper(signed_in, codes, box_of):
    vial, keeper = codes.vials[0], signed_in("keeper")
    paper = BytesIO(b"%PDF-1.4 as it was written"), "place.pdf"
    told = {"vial": vial, "box": box_of(vial), "performer-login": "lead", "paper": paper}

    assert keeper.send("/placing/place", told).status_code == 303

    page = keeper.open(f"/vials/{vial}").text
    kept = re.search(rf"/vials/{vial}/papers/\d+", page)
    assert f"· {STAFF['lead'][0]}" in page
    assert "typed by" in page
    assert keeper.open(kept[0]).data == b"%PDF-1.4 as it was written"


@beginning("frozen")
def test_a_position_that_was_not_reserved_is_refused(signed_in, codes, stored):
    vial = codes.vials[0]

    answer = signed_in("keeper").send(
        f"/placing/place?vial={vial}",
        {"vial": vial, "box": codes.boxes[0], "position": "I9"},
        action="/placing/place",
    )

    assert answer.status_code == 409
    assert 'value="I9"' in answer.text
    assert stored(Vial, vial).status is VialStatus.FREEZING


@beginning("frozen")
def test_a_box_without_a_position_for_the_patient_is_told_at_its_scan(
    signed_in, codes, box_of, database
):
    with database.reading() as session:
        elsewhere = cryobank.box(session, "reactive_box").code
    keeper, vial = signed_in("keeper"), codes.vials[0]
    token = dict(keeper.form("/", "/scan").fields)["csrf_token"]
    sent = {"beside": vial, "takes": "room", "csrf_token": token}

    own, foreign = (
        keeper.client.post("/scan/told", data=sent | {"code": box})
        for box in (box_of(vial), elsewhere)
    )

    assert own.status_code == 200
    assert foreign.status_code == 409
    assert "Scan the box that was proposed" in foreign.json["sentence"]


@beginning("frozen")
def test_what_waits_for_a_place_is_listed(signed_in, codes):
    page = signed_in("keeper").open("/vials/to-place").text

    assert all(code in page for code in codes.vials)


@beginning("stored")
def test_a_vial_is_moved_by_two_scans(signed_in, codes, stored, box_of, database):
    vial = codes.vials[0]
    box = box_of(vial)

    answer = signed_in("keeper").send(
        f"/placing/move?vial={vial}", {"vial": vial, "box": box}, action="/placing/move"
    )

    with database.reading() as session:
        now = vial_places.where(session, load(session, vial, Vial)).allocation.position.box.code
    assert (answer.status_code, now) == (303, box)


@beginning("stored")
def test_the_page_of_a_vial_tells_where_it_stands_and_what_it_is(signed_in, codes):
    page = signed_in("auditor").open(f"/vials/{codes.vials[0]}").text

    assert "TK-" in page
    assert codes.tube in page
    assert "CryoStor CS10" in page


@beginning("stored")
def test_a_scan_opens_the_vial(signed_in, codes):
    keeper = signed_in("keeper")

    answer = keeper.send("/", {"code": codes.vials[0]}, action="/scan")

    assert answer.location.endswith(f"/vials/{codes.vials[0]}")


@beginning("stored")
def test_a_warm_tank_is_marked_and_quality_keeps_what_stood_there(
    signed_in, codes, stored, database
):
    with database.reading() as session:
        place = vial_places.where(session, load(session, codes.vials[0], Vial))
        tank = place.allocation.position.box.tank.code
    signed_in("keeper").send(
        f"/compromised/mark?place={tank}", {"why": "−121 °C for an hour"},
        action="/compromised/mark",
    )  # fmt: skip
    marked = stored(Vial, codes.vials[0]).status

    answer = signed_in("qa").send(
        f"/compromised/keep?vial={codes.vials[0]}",
        {"reason": "the logger shows −150 °C", "own-password": PASSWORD},
        action="/compromised/keep",
    )

    assert (marked, answer.status_code) == (VialStatus.COMPROMISED, 303)
    assert stored(Vial, codes.vials[0]).status is VialStatus.STORED


@beginning("stored")
def test_vials_and_a_tank_are_not_marked_at_once(signed_in, codes):
    answer = signed_in("keeper").send("/compromised/mark", {"why": "warm"})

    assert answer.status_code == 422
    assert "one of both" in answer.text


@beginning("frozen")
def test_two_people_discard_a_vial(signed_in, codes, stored):
    vial = codes.vials[0]

    answer = signed_in("keeper").send(
        "/compromised/discard",
        {"vials": vial, "reason": "cracked", "own-password": PASSWORD, "second-login": "technician",
         "second-password": PASSWORD},
    )  # fmt: skip

    assert (answer.status_code, stored(Vial, vial).status) == (303, VialStatus.DISCARDED)


@beginning("homeless")
def test_without_room_the_page_leads_to_the_cell_and_lets_them_be_frozen(
    signed_in, codes, database
):
    with database.reading() as session:
        patient = load(session, codes.vials[0], Vial).patient.code

    page = signed_in("technician").open(f"/freezings/of/{codes.fill}").text

    assert f"/cells/of/{patient}" in page
    assert "0 free positions" in page
    assert f'action="/freezings/of/{codes.fill}"' in page
