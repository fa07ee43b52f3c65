"""A run at QC at a browser: begun, tubes scanned in, each read by name, a tube outside it stops."""

import re
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from lims import clock, downtime
from lims.database import Recording
from lims.models.aliquot import Aliquot, QcTest, QcTestStatus
from lims.models.batch import Batch
from lims.models.command_run import Refusal
from lims.models.job import Job
from lims.models.patient import Patient
from lims.models.qc_run import QcRun, QcRunResult, QcRunStatus
from lims.models.user import User
from lims.permissions import GRANTED, Permission, Role
from lims.web.app import create_app
from lims.workflows import agenda, qc_deciding, qc_readings, roles, signing
from lims.workflows.codes import load
from lims.workflows.qc_deciding import OwnResult
from lims.workflows.signing import Proof
from tests import laboratory
from tests.laboratory import PASSWORD, clinic, supplies, working
from tests.laboratory.cells import AtTheBench
from tests.laboratory.quality import QcRoom
from tests.laboratory.runs import LINE, QcRuns
from tests.web.conftest import beginning
from tests.web.scanner import scan, signed_in_at
from tests.web.serving import serving
from tests.web.visitor import forms_of
from tests.worlds import site_settings

MINSK = ZoneInfo("Europe/Minsk")


@dataclass
class Told:
    tubes: tuple[str, str, str]
    """Two in the run, of two patients, and one outside."""
    run: str
    station: str
    kit: str
    reader: str
    bench: str


def room(database):
    session = Recording(database.engine, expire_on_commit=False)
    session.info.update(command="test", key="test", schema_revision="test")
    of = {login: laboratory.person(session, login) for login in laboratory.STAFF}
    bench = AtTheBench(session, of["technician"], of["lead"])
    return QcRuns(QcRoom(session, bench, of["analyst"], of["keeper"], of["qa"]))


def story(database, stage):
    """`None`: tubes wait; `open`: two are in a run; `reading`: they are read."""
    with closing((runs := room(database)).session) as session:
        first = runs.tube(clinic.course(session, "ivanova"))
        second = runs.tube(clinic.course(session, "schmidt"))
        (third,) = runs.room.sample(first.batch, (first.withdrawal.suspension, "0.3"))
        runs.room.ask(third, LINE)
        run = runs.reading(first, second) if stage == "reading" else None
        if stage == "open":
            runs.scan(run := runs.begin(), first, second)
        told = Told(
            (first.code, second.code, third.code),
            run.code if run else "",
            supplies.place(session, "qc_station").code,
            supplies.lot(session, "endotoxin_test").code,
            supplies.equipment(session, "analyser").code,
            supplies.place(session, "bench").code,
        )
        session.commit()
        return told


@pytest.fixture
def database(committed):
    return committed.database


@pytest.fixture
def analyst(signed_in):
    return signed_in("analyst")


@pytest.fixture
def kept(database):
    """`kept(select(…))`: the one record, as it is now."""

    def kept(query):
        with database.reading() as session:
            return session.scalars(query).unique().one()

    return kept


def test_a_run_is_begun_where_tests_of_tubes_wait(analyst, codes, kept):
    page = analyst.open("/qc/runs/begin").text
    assert "3 tubes wait" in page

    opened = analyst.send(
        f"/qc/runs/begin/{LINE}", {"station": codes.station, "procedure": "SOP-QC-7, edition 2"}
    )

    assert opened.location == f"/qc/runs/{kept(select(QcRun)).code}"


@beginning("open")
def test_tubes_and_supplies_are_scanned_in_and_counted(analyst, codes):
    page = f"/qc/runs/{codes.run}"

    analyst.send(page, {"tube": codes.tubes[2]}, action=f"{page}/tubes")
    for supply in ({"supply": codes.kit, "quantity": "3"}, {"supply": codes.reader}):
        analyst.send(page, supply, action=f"{page}/supplies")

    shown = analyst.open(page).text
    assert "3 tubes" in shown
    assert "Endotoxin cartridge" in shown
    assert "Endotoxin reader" in shown


@beginning("open")
def test_what_was_scanned_by_mistake_is_taken_off(analyst, codes):
    page = f"/qc/runs/{codes.run}"
    analyst.send(page, {"supply": codes.kit, "quantity": "3"}, action=f"{page}/supplies")

    analyst.send(f"{page}/off/{codes.kit}", {})

    assert "taken off" in analyst.open(page).text


@beginning("open")
def test_a_tube_is_taken_out_with_why(analyst, codes):
    page = f"/qc/runs/{codes.run}"

    analyst.send(f"{page}/out/{codes.tubes[0]}", {"reason": "cracked"})

    assert "cracked" in analyst.open(page).text


@beginning("reading")
def test_the_tube_that_is_next_is_asked_for_by_name(analyst, codes):
    asked = analyst.open(f"/qc/runs/{codes.run}/read")

    assert asked.location == f"/qc/runs/{codes.run}/read/{codes.tubes[0]}"
    assert f"number 1, {codes.tubes[0]}" in analyst.open(asked.location).text


def read(analyst, codes, tube, scanned=None):
    return analyst.send(
        f"/qc/runs/{codes.run}/read/{tube}",
        {"tube": scanned or tube, "result": "<0.05", "spike_recovery_pct": "101"},
    )


@beginning("reading")
def test_a_tube_is_read_and_the_next_is_asked_for(analyst, codes, kept):
    done = read(analyst, codes, codes.tubes[0])

    assert done.status_code == 303
    following = analyst.open(done.location).location
    assert following.endswith(codes.tubes[1])
    assert "1 of 2 read" in analyst.open(following).text
    test = kept(select(QcTest).join(Aliquot).where(Aliquot.code == codes.tubes[0]))
    assert test.status is QcTestStatus.ENTERED


@beginning("reading")
def test_a_tube_outside_the_run_stops_over_the_whole_screen(analyst, codes, kept):
    stopped = read(analyst, codes, codes.tubes[0], scanned=codes.tubes[2])

    assert stopped.status_code == 409
    assert "stop-screen" in stopped.text
    assert kept(select(Refusal).where(Refusal.error == "OutsideRun")).subject_code == codes.tubes[2]


@beginning("reading")
def test_a_stop_of_a_run_tells_who_is_asked_for_as_its_reader_writes(analyst, codes, database):
    with working(database) as session:
        laboratory.person(session, "analyst").language = "ru"
        born = session.get_one(
            Patient, load(session, codes.tubes[0], Aliquot).patient_id
        ).birth_date

    stopped = read(analyst, codes, codes.tubes[0], scanned=codes.tubes[1])

    assert f"1. {codes.tubes[0]}" in stopped.text
    assert re.search(rf"дата рождения {born.day} [а-я]+\.? {born.year}", stopped.text)
    assert str(born) not in stopped.text


@beginning("reading")
def test_a_run_that_is_read_is_closed_by_two(analyst, codes, kept):
    for tube in codes.tubes[:2]:
        read(analyst, codes, tube)

    analyst.send(
        f"/qc/runs/{codes.run}/close", {"checker-login": "keeper", "checker-password": PASSWORD}
    )

    assert kept(select(QcRun)).status is QcRunStatus.CLOSED


@beginning("reading")
def test_a_run_is_set_aside_and_goes_on_elsewhere(analyst, codes, kept):
    page = f"/qc/runs/{codes.run}"
    analyst.send(f"{page}/aside", {"checker-login": "keeper", "checker-password": PASSWORD})
    assert kept(select(QcRun)).status is QcRunStatus.PAUSED

    analyst.send(page, {"station": codes.station}, action=f"{page}/station")

    assert kept(select(QcRun)).status is QcRunStatus.READING


@beginning("reading")
def test_who_worked_in_a_run_is_told_at_the_scan_that_they_do_not_check_its_station(
    signed_in, codes, kept
):
    worker = kept(select(User).where(User.login == "analyst")).code
    keeper, page = signed_in("keeper"), f"/qc/runs/{codes.run}/aside"
    sent = keeper.form("/account", "/scan").filled({"code": worker})

    answer = keeper.client.post("/scan/told", data=sent | {"takes": f"colleague {codes.run}"})

    assert "worked in this run" in answer.json["told"][0]["sentence"]
    assert "Who may: " in signed_in("analyst").open(page).text


@beginning("reading")
def test_the_page_of_a_test_in_a_run_leads_to_the_run(analyst, codes, kept):
    test = kept(select(QcTest).join(Aliquot).where(Aliquot.code == codes.tubes[0])).code

    for page in (f"/qc/{test}", f"/qc/{test}/result", f"/qc/of/{codes.tubes[0]}/results"):
        assert f"/qc/runs/{codes.run}/read/{codes.tubes[0]}" in analyst.open(page).text


@beginning("reading")
def test_a_result_read_now_outside_the_run_is_refused(analyst, codes, kept):
    test = kept(select(QcTest).join(Aliquot).where(Aliquot.code == codes.tubes[0])).code

    refused = analyst.send(
        f"/qc/{test}/result",
        {"result": "<0.05", "spike_recovery_pct": "101", "late_reason": "quicker"},
    )

    assert refused.status_code == 409
    assert codes.run in refused.text


@pytest.fixture
def typed_by_another(signed_in, codes, database, kept):
    """The code of a test whose reading the technician typed from what the analyst wrote."""
    with working(database) as session:
        typing, admin = (laboratory.person(session, who) for who in ("technician", "administrator"))
        roles.grant_role(session, typing, role=Role.QC_ANALYST, by=admin)
    test = kept(select(QcTest).join(Aliquot).where(Aliquot.code == codes.tubes[0])).code
    typist = signed_in("technician")
    form = typist.form(f"/qc/{test}/result")
    told = {
        "result": "<0.05", "spike_recovery_pct": "101", "performer-login": "analyst",
        "late_reason": "the program was down",
    }  # fmt: skip
    paper = BytesIO(b"%PDF-1.4 the sheet of the run"), "run.pdf"
    typist.client.post(form.action, data={**form.filled(told), "paper": paper})
    return test


@beginning("reading")
def test_what_was_written_on_the_sheet_is_entered_with_who_read_it(
    typed_by_another, analyst, codes, database
):
    with database.reading() as session:
        (row,) = load(session, typed_by_another, QcTest).results
        (read,) = session.scalars(select(QcRunResult)).all()
        assert row.analyst.login == "analyst"
        assert read.sha256
    assert "the program was down" in analyst.open(f"/qc/runs/{codes.run}").text


@beginning("reading")
def test_wherever_a_reading_from_paper_is_shown_stands_who_wrote_and_who_typed_it(
    typed_by_another, analyst, signed_in, codes
):
    tube, test = f"/qc/of/{codes.tubes[0]}", f"/qc/{typed_by_another}"
    names = {login: laboratory.STAFF[login][0] for login in ("analyst", "technician")}
    said = f"written by {names['analyst']}, typed by {names['technician']}"
    read = [f"/qc/runs/{codes.run}", f"/aliquots/{codes.tubes[0]}", test]
    keeper, officer = signed_in("keeper"), signed_in("qa")

    shown = [analyst.open(page).text for page in read]
    shown += [keeper.open(f"{each}/verify").text for each in (tube, test)]
    keeper.send(f"{test}/verify", {"signature-password": PASSWORD})
    shown += [officer.open(f"{each}/approve").text for each in (tube, test)]

    assert [said in page for page in shown] == [True] * 7


@pytest.fixture
def sheet(signed_in, codes, database, kept):
    """`sheet(first, second, **also)`: both results of a sheet are entered by the technician, as the
    analyst wrote them; the answer."""
    with working(database) as session:
        typing, admin = (laboratory.person(session, who) for who in ("technician", "administrator"))
        roles.grant_role(session, typing, role=Role.QC_ANALYST, by=admin)
    tests = [
        kept(select(QcTest).join(Aliquot).where(Aliquot.code == tube)).code
        for tube in codes.tubes[:2]
    ]
    typist = signed_in("technician")

    def entered(*results, **also):
        form = typist.form(f"/qc/runs/{codes.run}/paper")
        told = {
            "read_at": f"{clock.now().astimezone(MINSK):%d.%m.%Y %H:%M}",
            "performer-login": "analyst", "performer-password": PASSWORD,
            "late_reason": "the program was down",
        }  # fmt: skip
        for test, result in zip(tests, results, strict=True):
            told |= {f"{test}-result": result, f"{test}-spike_recovery_pct": "101"}
        paper = BytesIO(b"%PDF-1.4 the sheet of the run"), "run.pdf"
        return typist.client.post(form.action, data=form.filled(told | also) | {"paper": paper})

    entered.tests = tests
    return entered


@beginning("reading")
def test_the_sheet_of_a_run_is_entered_as_a_whole_and_each_tube_is_a_record(sheet, database):
    answer = sheet("<0.05", "0.2")

    assert answer.status_code == 303, answer.text
    with database.reading() as session:
        rows = [load(session, test, QcTest).results for test in sheet.tests]
        assert [[(row.entered, row.analyst.login) for row in each] for each in rows] == [
            [("<0.05", "analyst")],
            [("0.2", "analyst")],
        ]
        read = session.scalars(select(QcRunResult)).all()
        assert [each.outside_reason for each in read] == ["the program was down"] * 2
        assert len({each.sha256 for each in read}) == 1


@beginning("reading")
def test_of_a_sheet_one_tube_is_refused_by_itself_and_stays_as_it_was_typed(sheet, database):
    answer = sheet("<0.05", "cloudy")

    assert answer.status_code == 422
    assert "What is marked below is not recorded yet." in answer.text
    assert 'value="cloudy"' in answer.text
    assert f'name="{sheet.tests[0]}-result"' not in answer.text
    with database.reading() as session:
        assert [len(load(session, test, QcTest).results) for test in sheet.tests] == [1, 0]


@beginning("reading")
def test_a_sheet_of_a_time_to_come_says_so_and_that_nothing_was_recorded(sheet):
    ahead = clock.now().astimezone(MINSK) + timedelta(hours=2)

    answer = sheet("<0.05", "0.2", read_at=f"{ahead:%d.%m.%Y %H:%M}")

    assert answer.status_code == 422
    assert "This time lies in the future" in answer.text
    assert "Nothing was recorded yet: look at what is marked below." in answer.text


@beginning("reading")
def test_of_a_sheet_without_its_reason_nothing_is_recorded_and_nothing_lost(sheet, database):
    answer = sheet("<0.05", "0.2", late_reason="")

    assert answer.status_code == 422
    assert 'value="&lt;0.05"' in answer.text
    with database.reading() as session:
        assert not session.scalars(select(QcRunResult)).all()


@beginning("reading")
def test_the_page_of_a_run_leads_to_its_sheet(analyst, codes):
    assert f"/qc/runs/{codes.run}/paper" in analyst.open(f"/qc/runs/{codes.run}").text


@beginning("reading")
def test_the_paper_is_read_from_the_page_of_the_run(typed_by_another, analyst, codes):
    page = analyst.open(f"/qc/runs/{codes.run}").text
    (address,) = re.findall(rf"/qc/runs/{codes.run}/papers/\d+", page)

    assert analyst.open(address).data == b"%PDF-1.4 the sheet of the run"


@beginning("reading")
def test_each_morning_the_runs_under_way_and_an_empty_one_are_printed(codes, database, tmp_path):
    settings = site_settings("sqlite://", tmp_path)
    downtime.print_kits(Job(), database, settings)

    folder = settings.downtime_dir / clock.today().isoformat()
    assert {f"{codes.run}.pdf", downtime.EMPTY_RUN} <= {each.name for each in folder.iterdir()}


@beginning("reading")
def test_the_kit_of_a_run_is_made_at_once_from_its_page(analyst, codes):
    run = f"/qc/runs/{codes.run}"
    for page, kit in ((run, f"{run}/downtime-kit"), ("/qc/runs/", "/qc/runs/downtime-kit")):
        assert kit in analyst.open(page).text
        assert analyst.open(kit).data.startswith(b"%PDF-")


@beginning("reading")
def test_who_typed_it_does_not_verify_it(typed_by_another, signed_in, database, kept):
    page = f"/qc/{typed_by_another}"
    assert f"{page}/verify" not in signed_in("technician").open(page).text
    assert f"{page}/verify" in signed_in("keeper").open(page).text

    with database.reading() as session:
        test, typist = (
            load(session, typed_by_another, QcTest),
            laboratory.person(session, "technician"),
        )
        seen = signing.sha256_of(qc_readings.shown_of(test))
        with pytest.raises(OwnResult):
            qc_deciding.verify_result(
                session, test, seen=seen, proof=Proof(typist.id, typist.full_name), by=typist
            )
        waiting = agenda.of(session, typist, most=50).items
    assert [each.code for each in waiting if each.task == "verify"] == []


@beginning("reading")
def test_a_tube_scanned_on_today_opens_where_it_is_read(analyst, codes):
    opened = analyst.scan(codes.tubes[1], "/")

    assert opened["address"] == f"/qc/runs/{codes.run}/read/{codes.tubes[1]}"
    assert opened["again"]


@beginning("reading")
def test_a_stop_takes_the_wrong_tube_off_the_page(analyst, codes):
    stopped = read(analyst, codes, codes.tubes[0], scanned=codes.tubes[2])

    form = next(each for each in forms_of(stopped.text) if each.action.endswith(codes.tubes[0]))
    assert dict(form.fields)["tube"] == ""
    assert dict(form.fields)["result"] == "<0.05"


@beginning("reading")
def test_the_sheet_is_kept_and_served_as_printed(analyst, codes):
    page = f"/qc/runs/{codes.run}"

    kept = [analyst.send(page, {}, action=f"{page}/sheet").location for _again in range(2)]

    assert kept == [f"{page}/sheet/en-1.pdf"] * 2
    first, second = (analyst.open(each) for each in kept)
    assert first.data == second.data
    assert first.data.startswith(b"%PDF")


@beginning("reading")
def test_the_code_of_a_run_opens_it(analyst, codes):
    assert analyst.scan(codes.run, "/")["address"] == f"/qc/runs/{codes.run}"


@beginning("reading")
def test_the_place_says_which_run_is_there(analyst, codes):
    assert codes.run in analyst.open(f"/places/{codes.station}").text


@beginning("reading")
def test_quality_finds_the_runs_behind_the_figure_of_their_scans(signed_in, codes):
    qa = signed_in("qa")
    figures, behind = "/quality/scans/", "/quality/scans/scans?kind=QR"

    assert behind in qa.open(figures).text
    for address in (behind, "/quality/scans/scans"):
        assert qa.open(address).text.count(f'href="/qc/runs/{codes.run}"') == 5, address


def test_the_list_finds_a_run_by_its_tube(analyst, signed_in, codes):
    assert "No run yet" in analyst.open("/qc/runs/").text


@pytest.fixture(scope="module")
def served(sqlite_server, tmp_path_factory):
    url = sqlite_server.fresh()
    app = create_app(site_settings(url, tmp_path_factory.mktemp("qc")))
    database = app.extensions["lims"].database
    told = story(database, "open")
    with serving(app) as told.site:
        yield told


@pytest.mark.browser
def test_tubes_go_in_by_their_scans_and_one_outside_stops_all(chromium, served):
    first, second, third = served.tubes
    with signed_in_at(chromium, served.site, "analyst", f"/qc/runs/{served.run}") as page:
        with page.expect_navigation():
            scan(page, second)  # it is in the run already
        expect(page.locator(".problems")).to_contain_text(served.run)
        with page.expect_navigation():
            scan(page, served.reader)
        page.get_by_role("button", name="All are scanned in: begin reading").click()
        expect(page.locator(".band")).to_contain_text(first)

        scan(page, third)

        screen = page.locator("dialog.stop-screen:modal")
        for told in (first, third):
            expect(screen).to_contain_text(told)
        screen.locator("button").click()
        scan(page, first)
        expect(page.locator("main [name=tube]")).to_have_value(first)

        with page.expect_response(lambda answer: "/drafts/" in answer.url and answer.ok):
            page.locator("main [name=result]").fill("<0.05")
        page.reload()

        expect(page.locator("main [name=result]")).to_have_value("<0.05")
        expect(page.locator("main [name=tube]")).to_have_value("")
        expect(page.locator("main form:has([name=tube]) [name=by_scanner]")).to_have_value("")


@pytest.mark.browser
def test_a_stop_and_a_locked_screen_take_what_was_in_the_hand_off_the_page(chromium, served):
    first, second, third = served.tubes
    with signed_in_at(chromium, served.site, "analyst", f"/qc/runs/{served.run}/read") as page:
        if (begin := page.get_by_role("button", name="begin reading")).count():
            page.locator("main [name=comment]").fill("read by eye")
            begin.click()
        for leave in (
            lambda: (scan(page, third), page.locator("dialog.stop-screen button").click()),
            lambda: page.evaluate("window.lims.cover()"),
        ):
            scan(page, first)
            expect(page.locator("main [name=tube]")).to_have_value(first)

            leave()

            expect(page.locator("main [name=tube]")).to_have_value("")


@pytest.mark.browser
def test_a_place_of_another_kind_that_was_typed_is_red_before_the_form_is_sent(chromium, served):
    page_of_form = f"/qc/runs/begin/{LINE}"
    with signed_in_at(chromium, served.site, "analyst", page_of_form) as page:
        station = page.locator("main [name=station]")

        station.fill(served.bench)
        station.blur()

        field = page.locator("main .field", has=page.locator("[name=station]"))
        expect(field).to_have_class(re.compile("wrong"))
        expect(field.locator(".told")).to_contain_text("run station")
        station.fill(served.station)
        station.blur()
        expect(field).not_to_have_class(re.compile("wrong"))


@beginning("reading")
def test_whoever_signs_a_result_is_shown_its_run_with_what_was_used(
    analyst, codes, kept, signed_in, database
):
    for tube in codes.tubes[:2]:
        read(analyst, codes, tube)
    test = kept(select(QcTest).join(Aliquot).where(Aliquot.code == codes.tubes[0])).code
    pages = [f"/qc/{test}", f"/qc/{test}/verify", f"/qc/of/{codes.tubes[0]}/verify"]

    for page in pages:
        shown = signed_in("lead").open(page).text
        for told in (codes.run, codes.kit, codes.reader):
            assert told in shown, page


@beginning("reading")
def test_the_pages_of_tube_and_batch_name_its_run(analyst, codes, kept):
    read(analyst, codes, codes.tubes[0])
    batch = kept(select(Batch).join(Aliquot).where(Aliquot.code == codes.tubes[0])).code

    assert f"/qc/runs/{codes.run}" in analyst.open(f"/aliquots/{codes.tubes[0]}").text
    assert f"/qc/runs/{codes.run}" in analyst.open(f"/batches/{batch}").text


@beginning("reading")
def test_whoever_recalls_a_lot_sees_the_runs_and_tubes_it_reached(signed_in, codes):
    page = signed_in("qa").open(f"/lots/{codes.kit}/recall").text

    for reached in (codes.run, *codes.tubes[:2]):
        assert reached in page
    assert codes.tubes[2] not in page


@beginning("reading")
def test_a_recalled_lot_is_nowhere_told_to_be_good(analyst, signed_in, codes):
    good = "good until"
    before = analyst.open(f"/qc/runs/{codes.run}").text
    signed_in("qa").send(
        f"/lots/{codes.kit}/recall", {"reason": "too high", "signature-password": PASSWORD}
    )

    after = analyst.open(f"/qc/runs/{codes.run}").text
    assert (good in before, good in after) == (True, False)
    assert "recalled" in after


@beginning("reading")
def test_the_second_of_two_readers_is_told_whose_result_stands(analyst, codes):
    page = f"/qc/runs/{codes.run}/read/{codes.tubes[0]}"
    late = next(each for each in forms_of(analyst.open(page).text) if each.action == page)
    read(analyst, codes, codes.tubes[0])

    typed = {"tube": codes.tubes[0], "result": "<0.06", "spike_recovery_pct": "101"}
    second = analyst.client.post(page, data=late.filled(typed))

    assert second.status_code == 303
    told = analyst.open(second.location).text
    assert "was read already by" in told
    assert "Yours, &lt;0.06, was not recorded." in told


@beginning("open")
def test_a_refusal_stands_on_the_page_that_shows_its_form_no_more(analyst, codes):
    page = f"/qc/runs/{codes.run}"
    late = next(
        each for each in forms_of(analyst.open(page).text) if each.action.endswith("/tubes")
    )
    analyst.send(page, {"supply": codes.reader}, action=f"{page}/supplies")
    analyst.send(page, {}, action=f"{page}/reading")

    refused = analyst.client.post(f"{page}/tubes", data=late.filled({"tube": codes.tubes[2]}))

    assert refused.status_code == 409
    assert 'class="problems"' in refused.text


@beginning("open")
def test_the_page_names_who_may_let_a_lot_out_of_order_be_used(analyst, codes):
    holders = [role for role, may in GRANTED.items() if Permission.OVERRIDE_SUPPLY in may]

    assert holders == [Role.PRODUCTION_LEAD]
    assert "The production lead lets it be used" in analyst.open(f"/qc/runs/{codes.run}").text


@beginning("open")
def test_a_tube_that_broke_is_taken_out_as_that_and_its_test_says_so(analyst, codes, kept):
    page = f"/qc/runs/{codes.run}/out/{codes.tubes[0]}"
    analyst.send(page, {"reason": "fell down", "gone": "y"})

    test = kept(select(QcTest).join(Aliquot).where(Aliquot.code == codes.tubes[0])).code
    assert "The tube broke or was lost." in analyst.open(f"/qc/{test}").text
    assert codes.tubes[0] not in analyst.open("/qc/to-test").text


@beginning("reading")
def test_whoever_reads_with_a_recalled_lot_is_warned(analyst, signed_in, codes):
    signed_in("qa").send(
        f"/lots/{codes.kit}/recall", {"reason": "too high", "signature-password": PASSWORD}
    )

    page = analyst.open(f"/qc/runs/{codes.run}/read/{codes.tubes[1]}").text

    assert f"lot {codes.kit}, is recalled" in page


@beginning("open")
def test_tests_that_wait_are_named_with_their_tubes(analyst, codes):
    page = analyst.open("/qc/runs/begin").text

    assert codes.tubes[2] in page
    assert "to read today: 1" in page
