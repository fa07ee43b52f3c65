"""The gate of a step: what was scanned is told at once, and another patient's stops all."""

import re

import pytest
from sqlalchemy import select

from lims.models.command_run import Refusal
from lims.models.patient import Patient, PatientView
from lims.models.suspension import Suspension, SuspensionStatus
from lims.models.user import UserStatus
from lims.workflows import states
from lims.workflows.codes import load
from tests import laboratory
from tests.laboratory import PASSWORD, clinic, supplies, working
from tests.laboratory.cells import counted
from tests.laboratory.treatment import treating
from tests.web.test_scans import code


def story(database, _stage):
    """Tissue of two patients, an open isolation of the first, lots, a device and a bench."""
    with treating(database) as treatment:
        session, bench = treatment.session, treatment.room.bench
        tissue = bench.tissue(clinic.course(session, "ivanova"))
        return {
            "own": tissue.code,
            "patient": tissue.patient.code,
            "foreign": bench.tissue(clinic.course(session, "schmidt")).code,
            "step": bench.isolate(clinic.course(session, "ivanova"), close=True).made_by.code,
            "good": supplies.lot(session, "enzyme").code,
            "expired": supplies.lot(session, "expired").code,
            "device": supplies.equipment(session, "centrifuge").code,
            "cabinet": supplies.equipment(session, "cabinet").code,
            "other_cabinet": supplies.equipment(session, "second_cabinet").code,
            "bench": supplies.place(session, "bench").code,
            "reception": supplies.place(session, "reception").code,
            "room": supplies.place(session, "clean_room").code,
        }


@pytest.fixture
def database(committed):
    return committed.database


@pytest.fixture
def tell(signed_in):
    """What the gate answers a technician to a scan."""

    def telling(scanned, login="technician", **beside):
        visitor = signed_in(login)
        token = dict(visitor.form("/", "/scan").fields)["csrf_token"]
        sent = {"code": scanned, "csrf_token": token, **beside}
        return visitor.client.post("/scan/told", data=sent)

    return telling


def sentence(answer):
    [told] = answer.json["told"]
    return told["sentence"]


def test_a_lot_is_told_by_its_item_its_number_and_its_last_day(tell, codes):
    answer = tell(codes["good"], patient=codes["patient"])

    assert answer.json["told"][0]["tone"] == "ok"
    assert "good until" in sentence(answer)


def test_what_is_left_of_a_lot_is_told_at_its_scan(tell, codes):
    assert sentence(tell(codes["good"])).endswith("50\u202f000\u202fmg left")


def test_a_lot_that_is_not_in_order_is_told_with_why(tell, codes):
    answer = tell(codes["expired"], patient=codes["patient"])

    assert answer.json["told"][0]["tone"] == "stop"
    assert "expired on" in sentence(answer)


def test_a_device_is_told_with_its_calibration(tell, codes):
    assert "calibrated until" in sentence(tell(codes["device"]))


def test_the_cabinet_of_another_bench_is_red_at_its_scan_into_a_step(tell, codes):
    asked = {"patient": codes["patient"], "takes": f"step {codes['step']}"}

    (other,) = tell(codes["other_cabinet"], **asked).json["told"]

    assert other["tone"] == "stop"
    assert "Scan the cabinet of Bench 1." in other["sentence"]
    for good in ("cabinet", "device", "good"):
        assert tell(codes[good], **asked).json["told"][0]["tone"] == "ok"


def test_a_cabinet_scanned_for_its_bench_is_told_with_this_bench(tell, codes):
    asked = {"takes": "processing_bench"}

    (own,) = tell(codes["other_cabinet"], **asked).json["told"]

    assert own["tone"] == "ok"
    assert own["sentence"].endswith(" · Bench 2")


def test_a_device_of_no_bench_is_red_where_a_bench_is_waited_for(tell, codes):
    answer = tell(codes["device"], takes="processing_bench")

    assert "is not the cabinet of one bench" in str(answer.json)


def test_the_cabinet_of_a_bench_that_is_taken_is_red_at_its_scan(tell, signed_in, codes):
    lead = {"checker-login": "lead", "checker-password": PASSWORD}
    begun = {"station": codes["cabinet"], "vessels": "2", "aliquots": "1", **lead}
    signed_in("technician").send(f"/isolations/from/{codes['own']}", begun)

    (told,) = tell(codes["cabinet"], takes="processing_bench").json["told"]

    assert told["tone"] == "stop"
    assert "is open for another step" in told["sentence"]


def test_a_place_of_another_kind_is_red_at_its_scan_and_says_what_is_expected(tell, codes):
    asked = {"login": "administrator", "takes": "room"}

    (told,) = tell(codes["bench"], **asked).json["told"]

    assert told["tone"] == "stop"
    assert told["sentence"] == "Bench 1 is: processing bench. Expected here: room."
    assert tell(codes["room"], **asked).json["told"][0]["tone"] == "ok"


def test_a_device_that_is_no_tank_is_red_where_a_tank_is_entered(tell, codes):
    (told,) = tell(codes["device"], "administrator", takes="storage_tank").json["told"]

    assert told["tone"] == "stop"
    assert "is no storage tank" in told["sentence"]


def test_the_form_of_a_tank_asks_at_each_scan_for_a_room_and_a_dewar(signed_in):
    page = signed_in("administrator").open("/tanks/new").text

    assert "data-gate" in page
    assert 'data-takes="room"' in page
    assert 'data-takes="storage_tank"' in page


def test_whose_tissue_it_is_is_told_where_no_page_says_it(tell, codes):
    assert sentence(tell(codes["own"])).endswith(" · Иванова Мария Петровна")


def test_the_band_comes_with_the_scan_where_no_page_says_whose_it_is(tell, codes):
    assert f'data-patient="{codes["patient"]}"' in tell(codes["own"]).json["band"]
    assert "band" not in tell(codes["own"], patient=codes["patient"]).json


def test_the_look_at_the_patient_of_a_band_is_noted(tell, codes, database):
    tell(codes["own"])

    with database.reading() as session:
        assert session.scalars(select(PatientView)).one().user.login == "technician"


def test_vials_of_several_patients_are_told_each_with_its_own(tell, codes):
    answer = tell(f"{codes['own']} {codes['foreign']}", each="yes").json

    assert [each["sentence"].split(" · ")[-1] for each in answer["told"]] == [
        "Иванова Мария Петровна",
        "Schmidt Johann Maria",
    ]


def test_another_patients_than_the_pages_stops_and_is_kept(tell, codes, database):
    answer = tell(codes["foreign"], patient=codes["patient"])

    assert answer.status_code == 409
    assert "stop-screen" in answer.json["stop"]
    with database.reading() as session:
        kept = session.scalars(select(Refusal).where(Refusal.error == "Mismatch")).one()
    assert kept.subject_code == codes["foreign"]


def test_a_tube_in_which_nothing_is_left_is_red_at_its_scan_and_says_why(tell, database):
    with database.reading() as session:
        tube = session.scalars(select(Suspension.code)).one()
    assert tell(tube, takes="filled").json["told"][0]["tone"] == "ok"
    with working(database) as session:
        states.move(session, load(session, tube, Suspension), SuspensionStatus.DISCARDED)

    (told,) = tell(tube, takes="filled").json["told"]

    assert told["tone"] == "stop"
    assert "is discarded: nothing is left in it." in told["sentence"]


def test_a_vessel_in_which_nothing_lives_is_red_at_its_scan(tell, database):
    with treating(database) as treatment:
        bench = treatment.room.bench
        vessels = bench.first_passage(clinic.course(treatment.session, "ivanova"))
        bench.harvest(vessels, count=counted(5_000_000), close=True)
        code = vessels[0].code

    (told,) = tell(code, takes="filled").json["told"]

    assert told["tone"] == "stop"
    assert "is harvested: no cells live in it any more." in told["sentence"]


def test_a_stop_writes_days_of_birth_as_its_reader_does(tell, codes, database):
    with working(database) as session:
        laboratory.person(session, "technician").language = "ru"
        born = load(session, codes["patient"], Patient).birth_date

    screen = tell(codes["foreign"], patient=codes["patient"]).json["stop"]

    months = ["янв", "фев", "мар", "апр", "мая", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"]
    assert re.search(rf"{born.day} {months[born.month - 1]}\S* {born.year}", screen)
    assert f"{born:%d.%m.%Y}" not in screen


def test_another_patients_than_what_was_scanned_before_stops(tell, codes):
    answer = tell(codes["foreign"], beside=f"{codes['bench']} {codes['own']}")

    assert answer.status_code == 409
    assert answer.json["sentence"].startswith("STOP.")


def test_the_badge_of_who_has_left_confirms_nothing(tell, database):
    with working(database) as session:
        left = laboratory.person(session, "lead")
        states.move(session, left, UserStatus.DISABLED)
        code = left.code

    for takes in ("", "colleague", "witness"):
        (told,) = tell(code, takes=takes).json["told"]
        assert told["tone"] == "stop"
        assert "is closed. A colleague who works here confirms." in told["sentence"]


def test_who_took_part_in_a_step_is_told_at_the_scan_that_they_do_not_check_its_line(
    tell, database, codes
):
    with database.reading() as session:
        performer = laboratory.person(session, "technician").code

    (told,) = tell(performer, "lead", takes=f"colleague {codes['step']}").json["told"]
    (free,) = tell(performer, "lead", takes="colleague").json["told"]

    assert (told["tone"], free["tone"]) == ("stop", "ok")
    assert "took part in this step" in told["sentence"]


def test_the_badge_of_who_may_not_check_a_line_is_red_at_its_scan(tell, database):
    with database.reading() as session:
        officer = laboratory.person(session, "qa").code

    (told,) = tell(officer, takes="colleague").json["told"]

    assert told["tone"] == "stop"
    assert "may not check a line clearance" in told["sentence"]


@pytest.fixture
def misplace(signed_in):
    """What somebody is answered whose scan no place of the page takes."""

    def scanned(code, login="technician", **beside):
        visitor = signed_in(login)
        token = dict(visitor.form("/", "/scan").fields)["csrf_token"]
        sent = {"code": code, "csrf_token": token, "waits": "VE LT", **beside}
        return visitor.client.post("/scan/misplaced", data=sent)

    return scanned


def test_a_wrong_scan_is_told_with_what_it_is_whose_and_what_is_waited_for(misplace, codes):
    said = misplace(codes["own"], patient=codes["patient"]).json["sentence"]

    assert said.startswith("This is: sample · Иванова Мария Петровна.")
    assert "This page waits for: vessel, lot." in said


def test_a_wrong_scan_of_what_is_nobodys_is_told_with_what_it_is(misplace, codes):
    said = misplace(codes["device"], patient=codes["patient"]).json["sentence"]

    assert said.startswith("This is: equipment · ")
    assert "calibrated until" in said


def test_a_patients_name_is_not_told_to_whom_patients_are_closed(misplace, codes):
    assert misplace(codes["own"], "administrator").json["sentence"].startswith("This is: sample.")


def test_of_a_patients_card_its_kind_alone_is_told_to_whom_patients_are_closed(misplace, codes):
    said = misplace(codes["patient"], "administrator", waits="PL").json["sentence"]

    assert said.startswith("This is: patient. This page waits for: place.")


def test_beside_another_code_a_patients_card_tells_no_name_to_whom_patients_are_closed(
    misplace, codes
):
    said = misplace(codes["patient"], "administrator", taken=codes["bench"]).json["taken"]

    assert said.startswith("This is: patient. Its place holds")


def test_no_stop_shows_two_patients_to_whom_patients_are_closed(misplace, tell, codes):
    asked = {"patient": codes["patient"], "beside": codes["own"]}

    assert misplace(codes["foreign"], "administrator", **asked).json == misplace(
        codes["foreign"], "administrator"
    ).json  # fmt: skip
    assert sentence(tell(codes["foreign"], "administrator", **asked)) == "sample"


@pytest.mark.parametrize("also", [{}, {"each": "yes"}])
def test_a_form_tells_of_a_patients_code_its_kind_alone_to_whom_patients_are_closed(
    tell, codes, also
):
    answer = tell(codes["patient"], "administrator", **also)

    assert sentence(answer) == "patient"
    assert not answer.json.get("band")


@pytest.mark.parametrize("waits", ["VE LT", "SA"])
def test_a_keeper_who_scans_another_patients_is_stopped_whatever_the_page_waits_for(
    misplace, codes, database, waits
):
    answer = misplace(codes["foreign"], "keeper", patient=codes["patient"], waits=waits)

    assert answer.status_code == 409
    assert "stop-screen" in answer.json["stop"]
    with database.reading() as session:
        assert session.scalars(select(Refusal.error)).all() == ["Mismatch"]


def test_another_patients_than_what_the_page_holds_stops_though_it_waits_for_another_kind(
    misplace, codes
):
    assert misplace(codes["foreign"], beside=codes["own"]).status_code == 409


def test_another_patients_stops_though_its_place_holds_a_code_already(misplace, codes, database):
    answer = misplace(codes["foreign"], beside=codes["own"], taken=codes["own"])

    assert "stop-screen" in answer.json["stop"]
    with database.reading() as session:
        assert session.scalars(select(Refusal.error)).all() == ["Mismatch"]


def test_one_more_of_the_same_patient_is_told_with_what_its_place_holds(misplace, codes):
    said = misplace(codes["own"], beside=codes["own"], taken=codes["own"]).json["taken"]

    assert said.startswith("This is: sample · Иванова Мария Петровна. Its place holds")


def test_a_code_that_names_nothing_is_refused(tell):
    answer = tell(code("VE", 999_000))

    assert (answer.status_code, answer.json["stop"]) == (404, None)


def test_a_bench_that_is_open_for_a_step_is_told(tell, signed_in, codes):
    lead = {"checker-login": "lead", "checker-password": PASSWORD}
    begun = {"station": codes["bench"], "vessels": "2", "aliquots": "1", **lead}
    signed_in("technician").send(f"/isolations/from/{codes['own']}", begun)

    assert "is open for another step" in sentence(tell(codes["bench"]))


def test_a_bench_in_use_names_its_code_once_and_leads_to_its_page(tell, signed_in, codes):
    lead = {"checker-login": "lead", "checker-password": PASSWORD}
    begun = {"station": codes["bench"], "vessels": "2", "aliquots": "1", **lead}
    signed_in("technician").send(f"/isolations/from/{codes['own']}", begun)

    [told] = tell(codes["bench"]).json["told"]

    assert told["sentence"].count(codes["bench"]) == 1
    assert told["address"] == f"/places/{codes['bench']}"


def test_a_lot_of_another_kind_than_its_place_takes_is_told(tell, codes):
    answer = tell(codes["good"], patient=codes["patient"], takes="medium")

    assert answer.json["told"][0]["tone"] == "stop"
    assert "of the kind enzyme; medium is expected" in sentence(answer)


def test_a_place_that_is_no_bench_is_refused_where_a_bench_is_waited_for(tell, codes):
    answer = tell(codes["reception"], patient=codes["patient"], takes="processing_bench")

    assert "told" not in answer.json
    assert "is not a processing bench" in answer.json["sentence"]
