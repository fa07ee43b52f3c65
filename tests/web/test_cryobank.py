"""The pages of the cryobank: tanks, boxes with their maps, cells, agreements, readings."""

import re
from io import BytesIO

import pytest
from pypdf import PdfReader

from lims.models.equipment import EquipmentKind
from lims.models.storage import StorageCell
from lims.workflows import equipment, storage_cells
from tests.laboratory import clinic, supplies
from tests.laboratory import cryobank as bank

PAPER = b"%PDF-1.4 signed"


@pytest.fixture
def code_of(database):
    """`code_of(bank.tank)`: the code of something of the furnished laboratory."""

    def code(finder, *named):
        with database.reading() as session:
            return finder(session, *named).code

    return code


@pytest.fixture
def patient_code(code_of):
    return code_of(clinic.patient, "ivanova")


@pytest.fixture
def cell(signed_in, patient_code, code_of):
    """The cell that the keeper opened for the patient, found by its page."""
    answer = signed_in("keeper").send(f"/cells/open/{patient_code}", {"name": "A-112"})
    assert answer.status_code == 303, answer.text
    return answer.location.rpartition("/")[2]


@pytest.fixture
def reserve(signed_in, cell):
    def reserved(number):
        keeper = signed_in("keeper")
        page = f"/cells/{cell}/reserve?number={number}"
        form = keeper.form(page, f"/cells/{cell}/reserve")
        return keeper.post(form, {})

    return reserved


def text_of(pdf):
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def test_the_administrator_enters_a_tank_and_a_box(database, signed_in, code_of):
    supplies.does(
        database, "lead", equipment.register_equipment,
        lambda session, by: {
            "name": "Dewar 3", "kind": EquipmentKind.STORAGE_TANK, "serial_number": "3",
            "needs_calibration": False,
        },
    )  # fmt: skip
    dewar = code_of(lambda s: s.query(equipment.Equipment).filter_by(name="Dewar 3").one())
    administrator = signed_in("administrator")
    values = {"name": "TK-3", "phase": "vapour", "room": code_of(supplies.place, "cryobank")}

    tank = administrator.send("/tanks/new", values | {"equipment": dewar}).location
    new_box = tank.replace("/tanks/", "/boxes/new/")
    box = administrator.send(new_box, {"tower": "5", "level": "2", "rows": "3", "columns": "4"})

    assert "12 of 12 positions free" in administrator.open(tank).text
    assert administrator.open(box.location).text.count('class="free"') == 12 + 1


def test_the_boxes_of_a_tower_are_entered_on_one_form(signed_in, code_of):
    administrator = signed_in("administrator")
    tank = code_of(bank.tank)
    values = {"tower": "T", "level": "1–12, 15", "rows": "2", "columns": "2"}

    answer = administrator.send(f"/boxes/new/{tank}", values)
    rack = administrator.open(answer.location).text

    assert answer.status_code == 303
    assert rack.count('href="/boxes/BX') >= 13
    assert "Boxes entered: 13." in rack


@pytest.mark.parametrize("typed", ["0", "13–1", "1–100", "first", "1–", "²"])
def test_levels_that_are_none_are_told_and_nothing_typed_is_lost(signed_in, code_of, typed):
    values = {"tower": "T", "level": typed, "rows": "2", "columns": "2"}

    answer = signed_in("administrator").send(f"/boxes/new/{code_of(bank.tank)}", values)

    assert "Give levels from 1 to 99" in answer.text
    assert f'value="{typed}"' in answer.text


def test_the_administrator_sees_no_patient_in_a_box(signed_in, reserve, code_of, patient_code):
    reserve(2)

    page = signed_in("administrator").open(f"/boxes/{code_of(bank.box)}").text

    assert "A1: reserved" in page
    assert patient_code not in page


def test_a_map_says_of_each_position_what_it_is_for(signed_in, reserve, cell, code_of):
    reserve(2)

    page = signed_in("keeper").open(f"/boxes/{code_of(bank.box)}").text

    assert f"A1: reserved for {cell}" in page
    assert page.count(": free") == 80


def test_the_keeper_reserves_what_is_proposed(signed_in, cell, reserve):
    assert reserve(4).status_code == 303

    page = signed_in("keeper").open(f"/cells/{cell}").text

    assert page.count("TK-1, tower A, level 1") == page.count("TK-2, tower A, level 1") == 2


def test_who_comes_second_to_a_position_is_told_and_loses_nothing(
    signed_in, cell, reserve, code_of
):
    reserve(2)
    taken = f"{code_of(bank.box)} A1"

    answer = signed_in("keeper").send(f"/cells/{cell}/reserve", {"positions": taken})

    assert answer.status_code == 409
    assert "TK-1 · A · 1 · A1 is reserved already" in answer.text
    assert taken in answer.text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("A1", "a space and the position"),
        ("{box}", "a space and the position"),
        ("XX A1", "is not a code"),
        ("{box} Z9", "no position Z9"),
        ("{box} A2\n{box} a2", "in the list twice"),
    ],
)
def test_what_is_no_position_is_said_at_the_field(signed_in, cell, code_of, line, said):
    typed = line.format(box=code_of(bank.box))

    answer = signed_in("keeper").send(f"/cells/{cell}/reserve", {"positions": typed})

    assert answer.status_code == 422
    assert said in answer.text


def test_more_than_there_is_room_for_is_not_proposed(signed_in, cell):
    page = signed_in("keeper").open(f"/cells/{cell}/reserve?number=163").text

    assert "Positions wanted: 163; free: 162" in page


def test_a_patient_without_a_cell_is_offered_one(signed_in, patient_code):
    page = signed_in("keeper").open(f"/cells/of/{patient_code}").text

    assert f"/cells/open/{patient_code}" in page


def test_the_cell_of_a_patient_is_found_from_the_patient(signed_in, patient_code, cell):
    answer = signed_in("auditor").open(f"/cells/of/{patient_code}")

    assert answer.location == f"/cells/{cell}"


def test_empty_positions_are_given_up_and_the_cell_closed(database, signed_in, cell, reserve):
    reserve(3)
    keeper = signed_in("keeper")

    assert keeper.send(f"/cells/{cell}/give-up", {"reason": "too many"}).status_code == 303
    assert keeper.send(f"/cells/{cell}/close", {"reason": "moved away"}).status_code == 303

    with database.reading() as session:
        closed = session.query(StorageCell).filter_by(code=cell).one()
        assert storage_cells.open_cell_of(session, closed.patient_id) is None


def test_the_label_of_a_cell_is_printed(signed_in, cell):
    keeper = signed_in("keeper")

    sheet = keeper.send(f"/containers/{cell}", {}, action=f"/containers/{cell}/print")

    said = text_of(keeper.open(sheet.location).data)
    assert cell in said
    assert "A-112" in said


@pytest.mark.parametrize("code", ["TK", "BX", "CE"])
def test_a_scan_opens_what_it_names(signed_in, cell, code_of, code):
    scanned = {"TK": code_of(bank.tank), "BX": code_of(bank.box), "CE": cell}[code]

    answer = signed_in("keeper").send("/tanks/", {"code": scanned}, action="/scan")

    assert answer.location.endswith(f"/{scanned}")


@pytest.mark.parametrize("code", ["tanks", "boxes"])
def test_tanks_and_boxes_have_labels(signed_in, code_of, code):
    thing = code_of({"tanks": bank.tank, "boxes": bank.box}[code])

    answer = signed_in("administrator").open(f"/{code}/{thing}/label.pdf")

    assert thing in text_of(answer.data)


def test_a_box_is_carried_to_another_tank(signed_in, code_of):
    box, tank = code_of(bank.box), code_of(bank.tank, "second_tank")
    values = {"box": box, "tank": tank, "tower": "Z", "level": "1", "reason": "TK-1 is warm"}

    answer = signed_in("keeper").send(f"/boxes/{box}/move", values)

    assert answer.status_code == 303
    assert "TK-2, tower Z, level 1" in signed_in("keeper").open(f"/boxes/{box}").text


def test_another_box_in_the_hands_is_not_moved(signed_in, code_of):
    box, other = code_of(bank.box), code_of(bank.box, "second_box")
    values = {"box": other, "tank": code_of(bank.tank), "tower": "Z", "level": "1", "reason": "x"}

    answer = signed_in("keeper").send(f"/boxes/{box}/move", values)

    assert answer.status_code == 422
    assert f"{other} was scanned; this is about the box {box}" in answer.text


def test_a_reading_shows_on_the_tank(signed_in, code_of):
    tank, technician = code_of(bank.tank), signed_in("technician")
    assert "Nobody has read this tank yet" in technician.open(f"/tanks/{tank}").text

    technician.send(f"/tanks/{tank}/readings/new", {"temperature_c": "-164,5", "level_pct": "70"})

    assert "−164.5" in technician.open(f"/tanks/{tank}").text
    assert "Nobody has read this tank yet" not in technician.open(f"/tanks/{tank}").text


def test_a_reading_from_paper_shows_who_read_it_who_typed_it_and_the_paper(signed_in, code_of):
    tank, technician = code_of(bank.tank), signed_in("technician")
    paper = BytesIO(b"%PDF-1.4 as it was written"), "reading.pdf"
    told = {"temperature_c": "-164.5", "performer-login": "keeper", "paper": paper}

    technician.send(f"/tanks/{tank}/readings/new", told)

    page = technician.open(f"/tanks/{tank}").text
    kept = re.search(rf"/tanks/{tank}/readings/\d+/paper", page)
    assert "typed by" in page
    assert technician.open(kept[0]).data == b"%PDF-1.4 as it was written"


def test_a_reading_by_another_needs_their_password_or_the_paper(signed_in, code_of):
    told = {"temperature_c": "-164.5", "performer-login": "keeper"}

    answer = signed_in("technician").send(f"/tanks/{code_of(bank.tank)}/readings/new", told)

    assert answer.status_code == 422
    assert "add the paper that they wrote it on" in answer.text


def test_how_a_tank_stood_is_drawn_on_its_page_and_in_its_row_and_told_as_a_table(
    signed_in, code_of
):
    tank, keeper = code_of(bank.tank), signed_in("keeper")
    assert "trend.svg" not in keeper.open(f"/tanks/{tank}").text
    keeper.send(f"/tanks/{tank}/readings/new", {"temperature_c": "-164", "level_pct": "70"})

    page, listed = keeper.open(f"/tanks/{tank}").text, keeper.open("/tanks/").text

    assert f"/tanks/{tank}/trend.svg" in page
    assert "Level of nitrogen, %</th>" in page
    assert f"/tanks/{tank}/trend.svg?small=" in listed
    for query in ("", "?small="):
        drawn = keeper.open(f"/tanks/{tank}/trend.svg{query}")
        assert (drawn.mimetype, "polyline" in drawn.text) == ("image/svg+xml", True)


def test_a_warm_tank_is_the_first_thing_its_keeper_reads(signed_in, code_of):
    tank, keeper = code_of(bank.tank), signed_in("keeper")
    assert "outside its limits" not in keeper.open("/").text

    keeper.send(f"/tanks/{tank}/readings/new", {"temperature_c": "-120"})

    page = keeper.open("/").text
    assert f'<a href="/tanks/{tank}"><b>Storage tank outside its limits</b></a>' in page
    assert page.index("outside its limits") < page.index("Read the tank")


def test_a_warm_tank_is_an_alarm_and_a_deviation(signed_in, code_of):
    tank, keeper = code_of(bank.tank), signed_in("keeper")

    keeper.send(f"/tanks/{tank}/readings/new", {"temperature_c": "-120"})

    assert "−120 °C: warmer than −130 °C" in re.sub(r"\s", " ", keeper.open("/tanks/").text)
    assert "Storage tank too warm" in keeper.open(f"/tanks/{tank}").text


def test_what_a_warm_tank_calls_for_stands_before_its_boxes_and_the_reading_is_corrected(
    signed_in, code_of
):
    tank, keeper = code_of(bank.tank), signed_in("keeper")
    keeper.send(f"/tanks/{tank}/readings/new", {"temperature_c": "17,2"})
    page = keeper.open(f"/tanks/{tank}").text
    assert page.index("Storage tank too warm") < page.index("<h2>Boxes")
    assert page.count('"flash stop"') == 1

    (mending,) = re.findall(r'href="([^"]+/correct)"', page)
    keeper.send(mending, {"temperature_c": "-172", "reason": "the minus was lost"})

    after = keeper.open(f"/tanks/{tank}").text
    assert "warmer than" not in after
    assert "the minus was lost" in after
    assert "A reading was corrected since" in after
    assert "corrected" in after


def test_a_reading_that_lost_its_minus_is_refused_as_that(signed_in, code_of):
    page = f"/tanks/{code_of(bank.tank)}/readings/new"

    answer = signed_in("keeper").send(page, {"temperature_c": "172"})

    assert answer.status_code == 422
    assert "Is the minus missing?" in answer.text


def test_a_rack_is_drawn_and_told_as_a_table(signed_in, reserve, code_of, patient_code):
    reserve(2)  # one in each tank
    tank, box = code_of(bank.tank), code_of(bank.box)

    page = signed_in("keeper").open(f"/tanks/{tank}/rack?tower=A").text

    assert page.count('<rect class="kept"') == 1 + 1  # and the legend's
    row = page[page.index("The same as a table") :]
    assert box in row
    assert patient_code in row


def test_the_administrator_sees_no_patient_in_a_rack(signed_in, reserve, code_of, patient_code):
    reserve(2)

    page = signed_in("administrator").open(f"/tanks/{code_of(bank.tank)}/rack?tower=A")

    assert (page.status_code, patient_code in page.text) == (200, False)


def test_a_rack_that_is_not_there_is_not_found(signed_in, code_of):
    assert signed_in("keeper").open(f"/tanks/{code_of(bank.tank)}/rack").status_code == 404


def test_the_inventory_lists_the_tank(signed_in, code_of):
    tank = code_of(bank.tank)

    said = text_of(signed_in("keeper").open(f"/tanks/{tank}/inventory.pdf").data)

    assert "Inventory · TK-1" in said
    assert "Vials standing here: 0" in said


@pytest.fixture
def agree(signed_in, patient_code):
    def agreed(login="keeper", paper=PAPER, **changed):
        values = {
            "number": "K-12", "permitted_uses": "repeat courses", "after_death": "destroy",
            "paid_until": "01.01.2020", "starts_on": "01.01.2019",
            "paper": (BytesIO(paper), "signed.pdf"),
        }  # fmt: skip
        return signed_in(login).send(f"/patients/{patient_code}/agreements/new", values | changed)

    return agreed


def test_an_agreement_is_recorded_with_its_paper(signed_in, patient_code, agree):
    assert agree().status_code == 303
    physician = signed_in("physician")

    page = physician.open(f"/patients/{patient_code}/agreements").text
    paper = physician.open(re.search(r'href="([^"]+/paper)"', page)[1])

    assert (paper.data, paper.mimetype) == (PAPER, "application/pdf")


def test_what_is_no_paper_is_refused(agree):
    answer = agree(paper=b"MZ\x90 not a paper")

    assert answer.status_code == 422
    assert "neither a PDF nor a picture" in answer.text
    assert 'value="K-12"' in answer.text


def test_an_unpaid_agreement_is_listed_until_it_is_paid(signed_in, agree, cell, patient_code):
    agree()
    keeper = signed_in("keeper")
    assert cell in keeper.open("/agreements/").text
    page = keeper.open(f"/patients/{patient_code}/agreements").text
    renew = re.search(r'href="([^"]+/renew)"', page)[1]

    assert keeper.send(renew, {"reason": "3 of May"}).status_code == 422
    keeper.send(renew, {"unlimited": "y", "reason": "receipt 3"})

    assert cell not in keeper.open("/agreements/").text


def test_an_agreement_ends(signed_in, agree, patient_code):
    agree()
    physician = signed_in("physician")
    page = physician.open(f"/patients/{patient_code}/agreements").text

    physician.send(re.search(r'href="([^"]+/end)"', page)[1], {"reason": "moved away"})

    assert "ended" in physician.open(f"/patients/{patient_code}/agreements").text
