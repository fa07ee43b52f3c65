"""The gate of a step: what was scanned is told at once, and another patient's stops all."""

import pytest
from sqlalchemy import select

from lims.models.command_run import Refusal
from tests.laboratory import PASSWORD, clinic, supplies
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
            "good": supplies.lot(session, "enzyme").code,
            "expired": supplies.lot(session, "expired").code,
            "device": supplies.equipment(session, "centrifuge").code,
            "bench": supplies.place(session, "bench").code,
            "reception": supplies.place(session, "reception").code,
        }


@pytest.fixture
def database(committed):
    return committed.database


@pytest.fixture
def tell(signed_in):
    """What the gate answers a technician to a scan."""

    def telling(scanned, **beside):
        visitor = signed_in("technician")
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


def test_a_lot_that_is_not_in_order_is_told_with_why(tell, codes):
    answer = tell(codes["expired"], patient=codes["patient"])

    assert answer.json["told"][0]["tone"] == "stop"
    assert "expired on" in sentence(answer)


def test_a_device_is_told_with_its_calibration(tell, codes):
    assert "calibrated until" in sentence(tell(codes["device"]))


def test_whose_tissue_it_is_is_told_where_no_page_says_it(tell, codes):
    assert sentence(tell(codes["own"])).endswith(" · Иванова Мария Петровна")


def test_another_patients_than_the_pages_stops_and_is_kept(tell, codes, database):
    answer = tell(codes["foreign"], patient=codes["patient"])

    assert answer.status_code == 409
    assert "stop-screen" in answer.json["stop"]
    with database.reading() as session:
        kept = session.scalars(select(Refusal).where(Refusal.error == "Mismatch")).one()
    assert kept.subject_code == codes["foreign"]


def test_another_patients_than_what_was_scanned_before_stops(tell, codes):
    answer = tell(codes["foreign"], beside=f"{codes['bench']} {codes['own']}")

    assert answer.status_code == 409
    assert answer.json["sentence"].startswith("STOP.")


def test_a_keeper_who_scans_another_patients_is_stopped_as_a_technician_is(
    signed_in, codes, database
):
    keeper = signed_in("keeper")
    token = dict(keeper.form("/", "/scan").fields)["csrf_token"]
    sent = {"code": codes["foreign"], "patient": codes["patient"], "csrf_token": token}

    answer = keeper.client.post("/scan/misplaced", data=sent)

    assert answer.status_code == 409
    assert "stop-screen" in answer.json["stop"]
    with database.reading() as session:
        assert session.scalars(select(Refusal.error)).all() == ["Mismatch"]


def test_a_code_that_names_nothing_is_refused(tell):
    answer = tell(code("VE", 999_000))

    assert (answer.status_code, answer.json["stop"]) == (404, None)


def test_a_bench_that_is_open_for_a_step_is_told(tell, signed_in, codes):
    lead = {"checker-login": "lead", "checker-password": PASSWORD}
    begun = {"station": codes["bench"], "vessels": "2", "aliquots": "1", **lead}
    signed_in("technician").send(f"/isolations/from/{codes['own']}", begun)

    assert "is open for another step" in sentence(tell(codes["bench"]))


def test_a_lot_of_another_kind_than_its_place_takes_is_told(tell, codes):
    answer = tell(codes["good"], patient=codes["patient"], takes="medium")

    assert answer.json["told"][0]["tone"] == "stop"
    assert "of the kind enzyme; medium is expected" in sentence(answer)


def test_a_place_that_is_no_bench_is_refused_where_a_bench_is_waited_for(tell, codes):
    answer = tell(codes["reception"], patient=codes["patient"], takes="processing_bench")

    assert "told" not in answer.json
    assert "is not a processing bench" in answer.json["sentence"]
