"""The page of a step, at a bench: supplies, labels, the record, the end."""

import re
from io import BytesIO

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader
from sqlalchemy import select

from lims.labels import STOCKS
from lims.models.filling import Filling
from lims.models.label import LabelStatus
from lims.models.step import IdentityCheck, Step
from lims.models.suspension import Suspension
from lims.web import step_acts
from lims.web.fill_forms import FillingForm
from lims.workflows import containers, suspensions
from lims.workflows.codes import find, load
from tests.labels.printed import raster, scanned
from tests.laboratory import PASSWORD, STAFF, clinic, supplies, working
from tests.laboratory.cells import NONE_SCANNED, counted
from tests.laboratory.treatment import treating
from tests.web.scanner import HAND_S, SCANNER_S, press, scan, sign_in
from tests.web.serving import serving
from tests.web.visitor import forms_of

LEAD = {"checker-login": "lead", "checker-password": PASSWORD}
UNSCANNED = {**LEAD, "comment": NONE_SCANNED}
DIGESTED = {
    "enzyme_pct": "0,075",
    "digestion_min": "60",
    "digestion_c": "37",
    "spin_g": "400",
    "spin_min": "5",
    "washes": "3",
    "volume_ml": "10",
    "comment": "the page was opened when the digestion was over",
}


def story(database, _stage):
    """Accepted tissue of two patients; the codes of benches, lots and equipment by name."""
    with treating(database) as treatment:
        session, bench = treatment.session, treatment.room.bench
        names = ("bench", "second_bench", "reception")
        return {
            "tissue": bench.tissue(clinic.course(session, "ivanova")).code,
            "other_tissue": bench.tissue(clinic.course(session, "schmidt")).code,
            **{name: supplies.place(session, name).code for name in names},
            **{name: supplies.lot(session, name).code for name in ("enzyme", "expired")},
            **{name: supplies.equipment(session, name).code for name in ("overdue", "incubator")},
        }


@pytest.fixture
def database(committed):
    return committed.database


@pytest.fixture
def world(codes):
    return codes


@pytest.fixture
def technician(signed_in):
    return signed_in("technician")


@pytest.fixture
def start(technician, world):
    def started(tissue="tissue", bench="bench", **values):
        given = {"station": world[bench], "vessels": "2", "aliquots": "1", **LEAD}
        return technician.send(f"/isolations/from/{world[tissue]}", given | values)

    return started


@pytest.fixture
def step(start):
    """The address of an open isolation."""
    return start().location


@pytest.fixture
def supply(technician, step):
    def entered(code, **values):
        return technician.send(step, {"supply": code, **values}, action=f"{step}/supplies")

    return entered


@pytest.fixture
def codes_of(database, step):
    def planned(kind):
        with database.reading() as session:
            found = containers.planned_for(session, find(session, code_of(step)))
            return [each.container_code for each in found if each.kind == kind]

    return planned


@pytest.fixture
def print_all(technician, step):
    """Presses each button that prints; the sheets' addresses."""

    def printed():
        forms = [f for f in forms_of(technician.open(step).text) if f.action.endswith("/print")]
        return [technician.client.post(f.action, data=f.filled({})).location for f in forms]

    return printed


@pytest.fixture
def record(technician, step, codes_of, world):
    def recorded(**values):
        given = {**DIGESTED, "tissue": world["tissue"], "suspension": codes_of("SU")[0]}
        return technician.send(f"/isolations/record/{code_of(step)}", given | values)

    return recorded


def code_of(address):
    return address.rpartition("/")[2]


def label_of(database, code):
    with database.reading() as session:
        return containers.current_label(session, code)


def test_an_open_step_shows_its_bench_its_plan_and_what_is_next(technician, step, codes_of):
    page = technician.open(step).text

    assert "Line clearance" in page
    assert "Андрей Коваленко" in page
    assert all(code in page for code in codes_of("VE"))
    assert f"/isolations/record/{code_of(step)}" in page


def test_a_bench_open_for_another_patient_is_refused(start, step):
    answer = start("other_tissue")

    assert answer.status_code == 409
    assert "is open for another step" in answer.text


def test_a_bench_that_its_performer_left_is_cleared_from_the_page_of_the_bench(
    technician, record, step, start, world
):
    record(**{"performer-login": "lead", "comment": "she checked the line as well"})
    bench, clear = f"/places/{world['bench']}", f"{step}/clear"
    assert f'href="{bench}"' in start("other_tissue").text
    assert f'href="{clear}"' in technician.open(bench).text

    answer = technician.send(
        clear, {"reason": "home", "checker-login": "keeper", "checker-password": PASSWORD}
    )

    assert answer.status_code == 303
    assert clear not in technician.open(step).text
    assert start("other_tissue").status_code == 303


def test_the_page_of_a_bench_leads_to_what_ends_its_open_step(technician, step, world):
    page = technician.open(f"/places/{world['bench']}").text

    assert f'href="/isolations/record/{code_of(step)}"' in page
    assert f'href="{step}/void"' in page


def test_a_station_of_another_kind_is_refused(start):
    answer = start(bench="reception")

    assert answer.status_code == 422
    assert "is not a processing bench" in answer.text


def test_the_one_who_opens_does_not_check(start):
    answer = start(**{"checker-login": "technician"})

    assert answer.status_code == 422
    assert "took part in this step" in answer.text


def test_a_lot_is_scanned_with_its_quantity(technician, supply, step, world):
    assert supply(world["enzyme"], quantity="12").status_code == 303

    assert "12\u202fmg" in technician.open(step).text


def test_a_lot_without_a_quantity_asks_for_it(supply, world):
    answer = supply(world["enzyme"])

    assert answer.status_code == 422
    assert "Enter how much of this lot is used." in answer.text


def test_an_open_step_asks_at_each_scan_whether_it_is_of_its_bench(technician, step):
    assert f'data-takes="step {code_of(step)}"' in technician.open(step).text


def test_an_expired_lot_is_refused_and_what_was_typed_stays(supply, world):
    answer = supply(world["expired"], quantity="5")

    assert answer.status_code == 422
    assert "Take another lot." in answer.text
    assert f'value="{world["expired"]}"' in answer.text
    assert '<details class="more" open>' in answer.text


@pytest.mark.parametrize("name", ["expired", "overdue"])
def test_a_second_person_lets_it_be_used_and_a_deviation_is_shown(
    technician, supply, step, world, name
):
    supply(
        world[name],
        quantity="5",
        reason="nothing else is here",
        **{"override-login": "lead", "override-password": PASSWORD},
    )

    page = technician.open(step).text
    assert "let be used" in page
    assert "A lot or equipment was used that was not in order" in page


def test_labels_are_printed_by_paper_and_every_code_decodes(
    technician, print_all, codes_of, step, app
):
    sheets = print_all()

    found = []
    for sheet in sheets:
        answer = technician.open(sheet)
        assert answer.mimetype == "application/pdf"
        assert answer.headers["Content-Disposition"].startswith("inline")
        for page in range(len(PdfReader(BytesIO(answer.data)).pages)):
            found += scanned(raster(answer.data, stock_of(answer.data), page))
    assert sorted(found) == sorted(codes_of("SU") + codes_of("VE") + codes_of("QC"))


def stock_of(pdf):
    """The paper whose size the sheet has."""
    width = float(PdfReader(BytesIO(pdf)).pages[0].mediabox.width)
    return next(
        each for stock in STOCKS.values() if abs((each := stock.at(203)).page_pt[0] - width) < 0.1
    )


def test_printing_twice_by_one_press_is_one_print(technician, step, codes_of, database):
    [form, *_rest] = [
        f for f in forms_of(technician.open(step).text) if f.action.endswith("/print")
    ]
    sent = form.filled({})

    first = technician.client.post(form.action, data=sent).location
    second = technician.client.post(form.action, data=sent).location

    assert first == second
    assert label_of(database, codes_of("SU")[0]).copy == 1


def test_only_sheets_are_served(technician, print_all, app):
    from lims.web.current import store

    print_all()
    with app.app_context():
        stranger = store().put(b"something else")

    assert technician.open(f"/labels/{stranger}.pdf").status_code == 404


def test_who_prints_nothing_gets_no_sheet(signed_in, print_all):
    [sheet, *_rest] = print_all()

    assert signed_in("auditor").open(sheet).status_code == 403


def test_a_label_is_scanned_back_on_the_page_of_its_step(
    technician, print_all, step, codes_of, database
):
    print_all()
    [vessel, *_rest] = codes_of("VE")

    technician.send(step, {"label": vessel}, action=f"{step}/labels/scan-back")

    assert label_of(database, vessel).status == LabelStatus.APPLIED


def test_a_reprint_asks_why_and_is_copy_two(technician, print_all, codes_of):
    print_all()
    page = f"/containers/{codes_of('SU')[0]}"

    refused = technician.send(page, {"reason": ""}, action=f"{page}/reprint")
    answer = technician.send(page, {"reason": "smeared"}, action=f"{page}/reprint")

    assert refused.status_code == 422
    text = PdfReader(BytesIO(technician.open(answer.location).data)).pages[0].extract_text()
    assert re.search("copy 2|копия 2", text)


def test_of_a_second_copy_the_page_asks_which_one_is_in_the_hand(technician, print_all, codes_of):
    print_all()
    code = codes_of("VE")[0]
    page = f"/containers/{code}"
    technician.send(page, {"reason": "smeared"}, action=f"{page}/reprint")

    scans = [{"scanned": code, "copy": copy} for copy in ("", "1", "2")]
    answers = [technician.send(page, each, action=f"{page}/scan-back") for each in scans]

    assert [answer.status_code for answer in answers] == [422, 409, 303]
    assert "that is copy 2" in answers[1].text
    assert "smeared" in technician.open(page).text


def test_a_void_label_is_destroyed_and_no_longer_scanned(technician, print_all, codes_of, database):
    print_all()
    [vessel, *_rest] = codes_of("VE")
    page = f"/containers/{vessel}"
    technician.send(page, {"reason": "torn"}, action=f"{page}/void")

    technician.send(page, {}, action=f"{page}/destroy/1")

    assert label_of(database, vessel).status == LabelStatus.DESTROYED


def test_a_void_label_scanned_into_the_record_is_refused(technician, print_all, codes_of, record):
    print_all()
    page = f"/containers/{codes_of('SU')[0]}"
    technician.send(page, {"reason": "torn"}, action=f"{page}/void")

    answer = record()

    assert answer.status_code == 422
    assert "is void" in answer.text


def test_an_isolation_is_recorded_shown_and_closed(technician, record, step, print_all):
    print_all()
    assert record(live="8000000", dead="500000", method="automated").status_code == 303
    page = technician.open(step).text
    assert "0.075" in page
    assert "8\u202f000\u202f000" in page

    answer = technician.send(f"{step}/close", UNSCANNED | {"left_over": "destroyed"})

    assert answer.status_code == 303
    assert "closed" in technician.open(step).text


def test_a_bench_cleared_before_it_is_entered_keeps_when_and_its_paper(
    technician, record, step, print_all
):
    print_all()
    record(live="8000000", dead="500000", method="automated")
    before = {"cleared_at": "2020-01-01T08:00", "late_reason": "the program was down"}
    sent = UNSCANNED | {"left_over": "destroyed", "paper": (BytesIO(b"%PDF-1.4 paper"), "a.pdf")}

    assert "cannot have been done before" in technician.send(f"{step}/close", sent | before).text
    sent["paper"] = BytesIO(b"%PDF-1.4 paper"), "a.pdf"
    technician.send(f"{step}/close", sent)

    assert "The paper it was written on" in technician.open(step).text


def test_the_end_of_a_step_asks_what_became_of_labels_stuck_on_nothing(
    technician, record, step, print_all, codes_of, database
):
    print_all()
    vessel = codes_of("VE")[0]
    technician.send(step, {"label": vessel}, action=f"{step}/labels/scan-back")
    record()
    page = technician.open(f"{step}/close").text

    answers = [
        technician.send(f"{step}/close", UNSCANNED | told)
        for told in ({}, {"left_over": "destroyed"})
    ]

    assert vessel in page
    assert [answer.status_code for answer in answers] == [422, 303]
    assert label_of(database, vessel).status == LabelStatus.DESTROYED


def test_a_step_without_a_reagent_or_a_device_ends_with_a_reason_that_is_kept(
    technician, record, step, print_all
):
    print_all()
    record()
    given = LEAD | {"left_over": "destroyed"}

    silent, told = (
        technician.send(f"{step}/close", given | said) for said in ({}, {"comment": NONE_SCANNED})
    )

    assert (silent.status_code, told.status_code) == (422, 303)
    assert "No lot was scanned in" in silent.text
    assert re.search(r'name="comment"[^>]* required', silent.text)
    assert NONE_SCANNED in technician.open(step).text


def test_what_was_used_is_scanned_on_the_page_that_closes_the_step(
    technician, record, step, print_all, world
):
    print_all()
    record()

    answer = technician.send(
        f"{step}/close", {"supply": world["incubator"]}, f"{step}/close/supplies"
    )

    assert answer.location == f"{step}/close"
    page = technician.open(f"{step}/close").text
    assert "No equipment was scanned" not in page
    assert "No lot was scanned" in page


def test_a_step_that_took_a_device_still_waits_for_its_lots(technician, supply, step, world):
    supply(world["incubator"])

    waits = technician.open(step).text.partition('<ol class="steps')[2].partition("</ol>")[0]
    assert ">Lots<" in waits
    assert ">Equipment<" not in waits


def test_what_is_recorded_is_shown_instead_of_its_form(technician, record, step):
    record()

    answer = technician.open(f"/isolations/record/{code_of(step)}")
    assert answer.location.endswith(step)
    assert f"/corrections/{code_of(step)}" in technician.open(step).text


def test_the_end_is_not_signed_off_from_a_page_opened_before_the_step_was_recorded(
    technician, record, step
):
    opened = technician.form(f"{step}/close")
    record()

    answer = technician.post(opened, LEAD)

    assert answer.status_code == 409
    assert "was changed after this page was opened" in answer.text


def test_an_unrecorded_step_is_recorded_before_it_is_closed(technician, step):
    answer = technician.send(f"{step}/close", LEAD)

    assert answer.status_code == 409
    assert "Record first what was done in" in answer.text


def test_half_a_count_is_refused_and_nothing_is_lost(record):
    answer = record(live="8000000")

    assert answer.status_code == 422
    assert 'value="8000000"' in answer.text
    assert 'value="0,075"' in answer.text


def who_may(page):
    return page.split("Who may: ")[1].split("</p>")[0]


def test_who_may_check_the_line_is_named_beside_the_question(technician, world):
    named = who_may(technician.open(f"/isolations/from/{world['tissue']}").text)

    assert STAFF["keeper"][0] in named
    assert STAFF["qa"][0] not in named
    assert STAFF["technician"][0] not in named


def test_who_did_the_work_is_not_among_those_who_may_check_its_line(signed_in, record, step):
    record()

    named = who_may(signed_in("lead").open(f"{step}/close").text)

    assert STAFF["keeper"][0] in named
    assert STAFF["technician"][0] not in named


def test_of_many_who_may_check_their_roles_are_told(technician, world, monkeypatch):
    monkeypatch.setattr("lims.web.people.MOST_NAMED", 1)

    named = who_may(technician.open(f"/isolations/from/{world['tissue']}").text)

    assert named == "technician, production lead, QC analyst, cryobank keeper."


def test_the_same_person_does_not_check_the_end(technician, record, step):
    record()

    answer = technician.send(
        f"{step}/close", {"checker-login": "technician", "checker-password": PASSWORD}
    )

    assert answer.status_code == 422


def test_a_step_is_given_up_with_a_reason(technician, step):
    answer = technician.send(f"{step}/void", {"reason": "the power failed", **LEAD})

    assert answer.status_code == 303
    assert "the power failed" in technician.open(step).text


def test_a_scan_of_a_container_that_is_still_empty_opens_its_label(technician, step, codes_of):
    [vessel, *_rest] = codes_of("VE")

    answer = technician.send(step, {"code": vessel}, action="/scan")

    assert answer.location == f"/containers/{vessel}"


def test_an_auditor_reads_a_step_and_changes_nothing(signed_in, step):
    page = signed_in("auditor").open(step).text

    assert "Line clearance" in page
    assert f"{step}/supplies" not in page
    assert f"/isolations/record/{code_of(step)}" not in page


def test_every_kind_of_record_page_exists(app):
    pages = [*step_acts.RECORD_PAGES.values()]
    pages += [name for many in step_acts.WHILE_UNDER_WAY.values() for _, name in many]

    assert not [name for name in pages if name not in app.view_functions]


def test_a_correction_is_shown_with_the_old_value_and_the_reason(
    technician, signed_in, record, step, database
):
    from lims.models.step import Step
    from lims.workflows import corrections

    record()
    with database.reading() as session:
        lead = session.query(supplies.User).filter_by(login="lead").one().id

    database.run(
        corrections.correct_step,
        lead,
        key="correct",
        arguments=lambda session: {
            "step": (found := load(session, code_of(step), Step)),
            "version": found.version,
            "field": "washes",
            "value": 4,
            "reason": "miscounted",
        },
    )

    page = technician.open(step).text
    assert "<s>3</s> → 4" in page
    assert "miscounted" in page


@pytest.fixture
def filling(technician, database, world):
    """The code of an open filling of one dose for the first session."""
    with treating(database) as treatment:
        course = clinic.course(treatment.session, "ivanova")
        tube, sitting = treatment.room.cells(course).code, course.sessions[0].code
    given = {"kind": "doses", "number": "1", "aliquots": "1", "sitting": sitting, **LEAD}
    given |= {"station": world["bench"], "comment": "in good time"}
    return code_of(technician.send(f"/fills/from/{tube}", given).location)


def test_before_vials_are_filled_the_keeper_is_called_for_their_positions(
    technician, filling, database
):
    with database.reading() as session:
        step = load(session, filling, Filling)
        tube = session.get_one(Suspension, step.suspension_id).code

    page = technician.open(f"/fills/from/{tube}").text

    assert "0 free positions" in page
    assert "Call the keeper before the cryoprotectant is added" in page


def test_cells_too_dense_to_be_frozen_are_told_before_a_label_is_printed(
    technician, filling, database
):
    with working(database) as session:
        step = load(session, filling, Filling)
        tube = session.get_one(Suspension, step.suspension_id)
        live = 30_000_000 * int(tube.volume_ml)
        suspensions.add_count(session, tube.made_by, tube, counted(live), by=step.started_by)

    assert "Dilute it to at least" in technician.open(f"/fills/from/{tube.code}").text


def test_before_vials_are_filled_their_tests_are_asked_of_a_vial(technician, filling, database):
    with database.reading() as session:
        step = load(session, filling, Filling)
        tube = session.get_one(Suspension, step.suspension_id).code

    of_vials, of_doses = (
        technician.open(f"/fills/from/{tube}?kind={kind}").text for kind in ("vials", "doses")
    )

    assert "what is taken out of a vial is missing in it" in of_vials
    assert "choose no injection for that one" in of_doses
    assert "choose no injection" not in of_vials


def test_the_injection_of_a_dose_is_chosen_among_those_planned(technician, filling):
    form = technician.form(f"/fills/record/{filling}")

    assert form.choices["portions-0-planned"] == ["1"]


def test_beside_each_injection_stands_what_of_the_tube_has_its_cells(technician, filling):
    page = technician.open(f"/fills/record/{filling}").text

    assert "50\u202f000\u202f000 cells" in page
    assert "These cells are in 2.94\u202fmL of the tube." in page


def test_a_label_by_the_plan_is_told_of_once_another_volume_was_filled(
    technician, filling, database
):
    with database.reading() as session:
        step = load(session, filling, Filling)
        dose = containers.planned_for(session, step)[0].container_code
        tube = session.get_one(Suspension, step.suspension_id).code
    for form in forms_of(technician.open(f"/steps/{filling}").text):
        if form.action.endswith("/print"):
            technician.client.post(form.action, data=form.filled({}))

    poured = {"source": tube, "portions-0-container": dose, "portions-0-volume_ml": "0.3"}
    good = {"vehicle": "Saline", "appearance_good": "yes", "containers_intact": "yes"}
    technician.send(f"/fills/record/{filling}", {**good, **poured})

    page = technician.open(f"/steps/{filling}").text
    assert f"The label of {dose} says 3\u202fmL" in page
    assert "and it holds 0.3\u202fmL" in page


def test_what_is_filled_without_a_label_is_named_before_it_is_sent(technician, filling, database):
    with database.reading() as session:
        planned = containers.planned_for(session, load(session, filling, Step))
    page = technician.open(f"/fills/record/{filling}").text

    told = page.split("No label was scanned back of:")[1].split("One filled without a label")[0]
    assert planned[0].container_code in told
    assert planned[1].container_code not in told


@pytest.mark.parametrize(("read", "typed"), [("", [True, True]), ("tissue", [False, True])])
def test_what_no_scanner_read_is_kept_as_typed(database, record, world, read, typed):
    record(by_scanner=world.get(read, ""))

    with database.reading() as session:
        recorded = select(IdentityCheck).where(IdentityCheck.scanned != world["bench"])
        checks = session.scalars(recorded.order_by(IdentityCheck.id))
        assert [each.typed for each in checks] == typed


def test_labels_printed_are_ticked_off_once_they_stick_on(technician, step, print_all):
    print_all()

    page = technician.open(step).text

    line = next(each for each in page.split("<li class=")[1:] if "planned</div>" in each)
    assert re.search(r"4 of 4 printed.*0 of 4 applied", line, re.S)
    assert not line.startswith('"done"')


def test_of_a_label_printed_again_the_page_asks_which_copy_the_container_bears(
    technician, record, print_all, codes_of, database
):
    print_all()
    tube = codes_of("SU")[0]
    technician.send(f"/containers/{tube}", {"reason": "wet"}, action=f"/containers/{tube}/reprint")

    asked = record()
    again = next(form for form in forms_of(asked.text) if "/record/" in form.action)
    wrong = technician.post(again, {f"copies-{tube}": "1"})
    right = technician.post(again, {f"copies-{tube}": "2"})

    assert (asked.status_code, wrong.status_code, right.status_code) == (422, 409, 303)
    assert f'name="copies-{tube}" value=""' in asked.text
    assert f'name="copies-{tube}" value="1"' in wrong.text
    assert label_of(database, tube).status == "applied"


def test_the_page_of_a_label_names_the_old_copy_whose_paper_is_not_destroyed(
    technician, print_all, codes_of
):
    print_all()
    tube = codes_of("SU")[0]
    page = f"/containers/{tube}"
    technician.send(page, {"reason": "wet"}, action=f"{page}/reprint")

    before = technician.open(page).text
    technician.send(page, {}, action=f"{page}/destroy/1")

    told = f"Copy 1 of the label {tube} is void, and its paper is not destroyed"
    assert told in before
    assert told not in technician.open(page).text


def test_what_is_taken_of_a_filled_container_is_asked_for_after_the_filling(technician, filling):
    page = technician.open(f"/fills/record/{filling}").text

    at_once, afterwards = page.split("once the filling is recorded:")
    assert "Mycoplasma" in at_once.split("While there are cells, take:")[1]
    assert "<li>Sterility</li>" in afterwards
    assert "choose no injection for that one" in afterwards


def test_nothing_is_taken_of_a_dose_before_its_filling_is_recorded(technician, filling, database):
    with database.reading() as session:
        planned = containers.planned_for(session, load(session, filling, Step))
        dose, tube = (each.container_code for each in planned)

    scans = {"source": dose, "container": tube, "volume_ml": "0.1"}
    answer = technician.send(f"/aliquots/take/{filling}", scans)

    assert answer.status_code == 409
    assert f"{dose} holds nothing yet. Record in {filling} what went into it" in answer.text


@pytest.mark.parametrize(
    ("container", "kind"), [("VL26000001V", "cryoprotectant"), ("DS260000013", "vehicle")]
)
def test_what_cells_are_suspended_in_is_a_cryoprotectant_only_where_they_are_frozen(
    app, container, kind
):
    with app.test_request_context():
        form = FillingForm([])
        form.expect("SU260000016", [container])

    assert form.vehicle_lot.takes == kind


def test_no_container_is_filled_before_it_is_scanned(technician, filling):
    fields = dict(technician.form(f"/fills/record/{filling}").fields)

    assert (fields["source"], fields["portions-0-container"]) == ("", "")


def test_who_confirmed_is_named(technician, record, step):
    record()

    page = technician.open(step).text
    confirmed = page.partition("<dt>Confirmed</dt>")[2].partition("</dd>")[0]
    assert STAFF["technician"][0] in confirmed


@pytest.fixture
def bench(chromium, app, step):
    """The technician at a browser with the page of the step."""
    context = chromium.new_context()
    page = context.new_page()
    with serving(app) as site:
        sign_in(context, site, "technician")
        page.goto(f"{site}{step}")
        yield page
        context.close()


@pytest.mark.browser
def test_equipment_is_entered_by_its_scan_alone(bench, world):
    scan(bench, world["incubator"])
    bench.wait_for_selector(".flash.ok")

    assert f"{world['incubator']} is entered" in bench.inner_text(".flash.ok")


@pytest.mark.browser
def test_the_scan_of_a_lot_leads_to_its_quantity_and_enter_sends_it(bench, world):
    scan(bench, world["enzyme"])
    bench.wait_for_function("() => document.activeElement?.name === 'quantity'")
    press(bench, "2\r", HAND_S)
    bench.wait_for_selector(".flash.ok")

    assert f"{world['enzyme']} is entered" in bench.inner_text(".flash.ok")


@pytest.mark.browser
def test_the_next_scan_sends_a_lot_with_its_quantity_and_is_applied_itself(bench, world):
    scan(bench, world["enzyme"])
    bench.wait_for_function("() => document.activeElement?.name === 'quantity'")
    press(bench, "2", HAND_S)
    scan(bench, world["incubator"])

    expect(bench.locator(".flash.ok")).to_contain_text(f"{world['incubator']} is entered")
    assert bench.locator(f"main a[href='/lots/{world['enzyme']}']").count()


@pytest.mark.browser
def test_a_lot_whose_quantity_is_lacking_asks_for_it_at_the_next_scan(bench, world):
    scan(bench, world["enzyme"])
    bench.wait_for_function("() => document.activeElement?.name === 'quantity'")
    scan(bench, world["incubator"])

    expect(bench.locator(".problems")).to_contain_text("Enter how much of this lot is used.")
    expect(bench.locator("[name=supply]")).to_have_value(world["enzyme"])
    expect(bench.locator(".banner.stop")).to_contain_text(world["incubator"])


def print_labels(bench, kind):
    """The page shows the sheet; what has the focus then, as a scanner has no other."""
    with bench.expect_navigation():
        bench.locator("form[action$='/labels/print'] button", has_text=kind).first.click()
    expect(bench.frame_locator(".paper iframe").locator("body")).to_be_attached()
    return bench.context.pages[-1]


@pytest.mark.browser
def test_labels_are_shown_within_the_page_which_then_waits_for_them(bench, codes_of):
    [vessel, *_rest] = codes_of("VE")

    front = print_labels(bench, "VE")
    scan(front, vessel)

    assert bench.context.pages == [front]
    expect(front.locator(".flash.ok")).to_contain_text(f"{vessel} sticks on its container")


@pytest.mark.browser
def test_a_scan_is_heard_though_the_sheet_was_clicked_into(bench, codes_of):
    [vessel, *_rest] = codes_of("VE")

    print_labels(bench, "VE").click(".paper iframe")
    bench.wait_for_function("() => document.activeElement.tagName !== 'IFRAME'")
    scan(bench, vessel)

    expect(bench.locator(".flash.ok")).to_contain_text(f"{vessel} sticks on its container")


@pytest.mark.browser
def test_labels_that_were_not_printed_say_so_and_are_printed_at_the_next_press(bench):
    button = bench.locator("form[action$='/labels/print'] button").first
    bench.route("**/labels/print", lambda route: route.abort())
    button.click()
    expect(bench.locator(".banner.stop")).to_contain_text("The server did not answer. Try again.")

    bench.unroute("**/labels/print")
    with bench.expect_navigation():
        button.click()
    expect(bench.locator(".paper iframe")).to_be_visible()


@pytest.mark.browser
def test_a_lot_that_waits_for_its_quantity_is_not_lost_by_the_next_scan(bench, codes_of, world):
    [vessel, *_rest] = codes_of("VE")
    print_labels(bench, "VE")
    scan(bench, world["enzyme"])
    scan(bench, vessel)
    bench.wait_for_selector(".banner.stop")

    assert world["enzyme"] in bench.inner_text(".banner")
    assert bench.input_value("[name=label]") == ""
    assert world["enzyme"] in [each.input_value() for each in bench.locator("[data-kinds]").all()]


@pytest.mark.browser
def test_an_answer_fills_its_place_though_the_next_scan_is_half_typed_there(bench, codes_of, world):
    [vessel, *_rest] = codes_of("VE")
    asked = []
    bench.route("**/scan/told", lambda route: asked.append(route))
    with bench.expect_request("**/scan/told"):
        scan(bench, world["enzyme"])
    press(bench, vessel[:5], SCANNER_S)
    with bench.expect_response("**/scan/told"):
        asked.pop().continue_()
    expect(bench.locator("[name=supply]")).to_have_value(world["enzyme"] + vessel[:5])
    press(bench, vessel[5:] + "\r", SCANNER_S, SCANNER_S)

    expect(bench.locator("[name=supply]")).to_have_value(world["enzyme"])


@pytest.mark.browser
def test_the_rest_of_a_torn_scan_is_told_and_makes_room_for_the_whole_code(bench, world):
    bench.fill("[name=supply]", world["enzyme"][3:])
    bench.press("[name=supply]", "Tab")
    expect(bench.locator(".field.awaited.wrong")).to_contain_text("not one of our codes")
    scan(bench, world["enzyme"])

    expect(bench.locator("[name=supply]")).to_have_value(world["enzyme"])


@pytest.mark.browser
def test_what_a_scanner_read_is_not_typed_once_its_draft_is_restored(bench, world):
    with bench.expect_response(lambda answer: "/drafts/" in answer.url and answer.status == 204):
        scan(bench, world["enzyme"])
    bench.reload()
    expect(bench.locator("[name=supply]")).to_have_value(world["enzyme"])

    [form] = bench.locator("form", has=bench.locator("[name=supply]")).all()
    assert form.locator("[name=by_scanner]").input_value() == world["enzyme"]
