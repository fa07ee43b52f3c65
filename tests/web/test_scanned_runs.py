"""Vials beside the freezer, the dewar and the bath, where no hand is free: a scan says it all."""

import pytest
import time_machine
from playwright.sync_api import expect
from sqlalchemy import select

from lims import clock
from lims.database import Database
from lims.models.command_run import CommandRun
from lims.models.fill import FillKind, Vial, VialStatus
from lims.models.order import OrderKind
from lims.models.suspension import Suspension
from lims.web.app import create_app
from lims.workflows import filling, vial_places
from lims.workflows import freezing as freezes
from lims.workflows.codes import load
from tests.laboratory import supplies
from tests.walks import freezing, ordering, specifying, thawing
from tests.walks.walker import Walk, at, named
from tests.web.hands import IDLE
from tests.web.scanner import EOT, scan, scan_again, signed_in_at
from tests.web.serving import serving
from tests.worlds import site_settings

pytestmark = pytest.mark.browser


class Runs:
    """The pages on which vials are scanned, the vials, and where all of it is served."""


def told(walk):
    """A run of the freezer, a retrieval and a thaw, each with two vials to be scanned."""
    runs = Runs()
    specifying.approve(walk, specifying.lenient(()))
    ordering.with_vials(walk, 6)
    fill, runs.filled = freezing.vials_filled(walk, freezing.cells(walk), 2)
    runs.tube = tube = freezing.cells(walk)
    freezing.reserved(walk, 2)
    waiting, runs.waiting = freezing.vials_filled(walk, freezing.cells(walk), 2)
    freezing.frozen(walk, waiting, runs.waiting)
    run = walk.act(
        "technician", freezes.start_freezing, fill=walk.filled(fill),
        station=named(supplies.equipment, "freezer"),
    )  # fmt: skip
    order, runs.out = thawing.out(walk, 2)
    thaw = thawing.begun(walk, order)
    order = ordering.scheduled(walk, ordering.drafted(walk, 2))
    runs.kept = ordering.kept(walk, order)
    runs.away = ordering.scheduled(walk, ordering.away(walk, OrderKind.TRANSFER))
    runs.handed = ordering.retrieved(walk, runs.away)
    taking, runs.badge = ordering.begun(walk, order), walk.badge("technician")
    runs.others = walk.badge("qa")
    second = {"station": named(supplies.place, "second_bench")}
    runs.filling = walk.act(
        "technician", filling.start_filling, suspension=at(Suspension, tube),
        kind=FillKind.VIALS, number=2, **walk.bench() | second,
    ).code  # fmt: skip
    runs.empty = walk.planned(runs.filling, "VL")
    runs.pages = f"/freezings/{run.code}", f"/thaws/{thaw}", f"/retrievals/{taking}"
    return runs


@pytest.fixture(scope="module")
def runs(sqlite_server, tmp_path_factory):
    url = sqlite_server.fresh()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        other = Walk(Database(url), traveller, "Foreign")
        other.begin()
        foreign = other.cells()
        runs = told(Walk(Database(url), traveller, "Runs"))
        runs.foreign = foreign
        now = clock.now()
    app = create_app(site_settings(url, tmp_path_factory.mktemp("runs")))
    runs.database = app.extensions["lims"].database
    with time_machine.travel(now, tick=True), serving(app) as runs.site:
        yield runs


@pytest.fixture
def standing(runs):
    """How the vials stand, by their codes."""

    def standing(codes):
        with runs.database.reading() as session:
            return [load(session, code, Vial).status for code in codes]

    return standing


def test_at_the_bath_a_vial_of_another_order_stops_all(chromium, runs):
    with signed_in_at(chromium, runs.site, "technician", runs.pages[1]) as page:
        with page.expect_navigation():
            scan(page, runs.kept[0])

        screen = page.locator("dialog.stop-screen:modal")
        for told in (runs.kept[0], *runs.out):
            expect(screen).to_contain_text(told)


def test_a_refused_vial_leaves_its_place_to_the_next_scan(chromium, runs):
    wrong = runs.kept[0]
    with signed_in_at(chromium, runs.site, "technician", runs.pages[0]) as page:
        for _again in range(2):
            with page.expect_navigation():
                scan(page, wrong)
            expect(page.locator(".problems")).to_contain_text(wrong)
            expect(page.locator("main [name=vial]")).to_have_value("")


def test_at_the_dewar_a_vial_that_is_not_ordered_stops_all_at_its_first_scan(chromium, runs):
    with signed_in_at(chromium, runs.site, "keeper", runs.pages[2]) as page:
        scan(page, runs.filled[0])

        screen = page.locator("dialog.stop-screen:modal")
        for told in (runs.filled[0], *runs.kept):
            expect(screen).to_contain_text(told)
        expect(page.locator("main [name=vial]")).to_have_value("")
        screen.locator("button").click()
        scan(page, runs.kept[0])
        expect(page.locator("main [name=vial]")).to_have_value(runs.kept[0])


def test_a_second_vial_read_in_place_of_the_badge_stops_all(chromium, runs):
    with signed_in_at(chromium, runs.site, "keeper", runs.pages[2]) as page:
        scan(page, runs.kept[0])
        scan(page, runs.kept[1])

        screen = page.locator("dialog.stop-screen:modal")
        for told in runs.kept:
            expect(screen).to_contain_text(told)


def test_a_stop_is_left_by_its_button_alone_and_that_is_kept(chromium, runs):
    with signed_in_at(chromium, runs.site, "keeper", runs.pages[2]) as page:
        scan(page, runs.filled[0])
        screen = page.locator("dialog.stop-screen:modal")
        expect(screen).to_be_visible()
        for key in ("Escape", "Escape", "Tab", "Tab", "Tab"):
            page.keyboard.press(key)
        assert page.evaluate(
            "document.querySelector('.stop-screen').matches(':modal:focus-within')"
        )
        with page.expect_response("**/scan/acknowledged") as answer:
            screen.locator("button").click()

    assert answer.value.ok
    with runs.database.reading() as session:
        run = session.scalars(select(CommandRun).order_by(CommandRun.id.desc())).first()
    assert (run.command, run.result_table) == ("acknowledge_stop", "refusal")


@pytest.mark.parametrize("pause", [scan_again, scan], ids=["at once", "later"])
def test_a_scanner_that_stutters_is_no_second_person(chromium, runs, standing, pause):
    with signed_in_at(chromium, runs.site, "keeper", runs.pages[2]) as page:
        scan(page, runs.kept[0])
        pause(page, runs.kept[0])
        page.wait_for_function(IDLE)

        expect(page.locator("h1")).to_have_text("Taken out: 0 of 2")
        expect(page.locator("main [name=second_scan]")).to_have_value("")
    assert standing(runs.kept) == [VialStatus.RESERVED] * 2


def test_a_badge_before_its_vial_is_too_early(chromium, runs):
    with signed_in_at(chromium, runs.site, "keeper", runs.pages[2]) as page:
        scan(page, runs.badge)

        expect(page.locator(".banner.stop")).to_contain_text("Too early")
        expect(page.locator("main [name=second_scan]")).to_have_value("")


def test_another_badge_than_that_of_who_signed_is_told_at_its_scan(chromium, runs):
    with signed_in_at(chromium, runs.site, "keeper", runs.pages[2]) as page:
        scan(page, runs.kept[0])
        scan(page, runs.others)

        expect(page.locator(".banner.stop")).to_contain_text("did not sign as the second person")


def test_another_patients_tube_stops_all_though_its_place_holds_one_already(chromium, runs):
    page_of = f"/suspensions/{runs.foreign}/discard"
    with signed_in_at(chromium, runs.site, "technician", page_of) as page:
        scan(page, runs.foreign)
        scan(page, runs.tube)

        expect(page.locator("dialog.stop-screen:modal")).to_contain_text(runs.tube)
        expect(page.locator("main [name=tube]")).to_have_value(runs.foreign)


def test_the_seconds_out_of_the_cold_run_on(chromium, runs):
    with signed_in_at(chromium, runs.site, "keeper", "/retrievals/") as page:
        running = page.locator("[data-seconds]").first
        expect(running).not_to_have_text(running.get_attribute("data-seconds"))


def test_the_band_names_the_vial_that_was_scanned_last(chromium, runs):
    first, second = runs.waiting
    with signed_in_at(chromium, runs.site, "keeper", f"/placing/place?vial={first}") as page:
        named = page.locator(".band [data-in-hand-of]")
        expect(named).to_have_text("no vial scanned yet")

        scan(page, second)

        expect(named).to_have_text(second)


@pytest.fixture
def bringing(chromium, runs):
    """The page on which a vial is brought back, and the box of one that is kept."""
    with runs.database.reading() as session:
        box = vial_places.where(session, load(session, runs.kept[0], Vial)).allocation.position.box
    with signed_in_at(chromium, runs.site, "keeper", "/retrievals/back") as page:
        yield page, box.code


def test_who_types_sees_what_is_asked_of_paper_before_enter_sends(runs, bringing):
    page, box = bringing
    page.fill("[name=vial]", runs.kept[0])
    page.fill("[name=box]", box)
    page.press("[name=vial]", "Enter")

    expect(page.locator("main details.more > summary")).to_be_focused()
    expect(page.locator("main .problems")).to_have_count(0)


def test_what_was_unfolded_is_filled_in_before_a_scan_sends(runs, bringing):
    page, box = bringing
    page.click("main details.more > summary")
    page.fill("[name=vial]", runs.kept[0])
    scan(page, box)

    expect(page.locator("main [name=at]")).to_be_focused()
    expect(page.locator("main [name=box]")).to_have_value(box)


def test_a_scan_alone_puts_a_vial_into_the_run_of_the_freezer(chromium, runs, standing):
    with signed_in_at(chromium, runs.site, "technician", runs.pages[0]) as page:
        for number, vial in enumerate(runs.filled, start=1):
            scan(page, vial)
            expect(page.locator("h1")).to_have_text(f"Vials in the run: {number} of 2")

    assert standing(runs.filled) == [VialStatus.LABELLED] * 2


def test_vials_scanned_in_one_burst_are_each_in_the_bath(chromium, runs, standing):
    """Each scan sends the page away, with the next ones under way."""
    with signed_in_at(chromium, runs.site, "technician", runs.pages[1]) as page:
        for vial, end in zip(runs.out, ("\t", EOT), strict=True):
            scan(page, vial, end)
        expect(page.locator("h1")).to_have_text("Vials in the bath: 2 of 2")

    assert standing(runs.out) == [VialStatus.THAWED] * 2


def test_a_vial_and_the_badge_of_the_second_person_send_it_out(chromium, runs, standing):
    first, second = runs.kept
    with signed_in_at(chromium, runs.site, "keeper", runs.pages[2]) as page:
        scan(page, first)
        expect(page.locator("main [name=second_scan]")).to_be_focused()
        expect(page.locator(".awaited.now .told")).to_have_text("▸ waits for a badge")
        scan_again(page, first)
        expect(page.locator("main [name=second_scan]")).to_have_value("")
        scan(page, runs.badge)
        expect(page.locator("h1")).to_have_text("Taken out: 1 of 2")
        expect(page.locator("main table tr", has_text=first).first).to_contain_text("✓")
        expect(page.locator("main table tr", has_text=second).first).not_to_contain_text("✓")
        scan(page, second)
        scan(page, runs.badge)
        scan_again(page, runs.badge)
        expect(page.locator("h1")).to_have_text("Taken out: 2 of 2")

    assert standing(runs.kept) == [VialStatus.RETRIEVED] * 2


def test_what_is_handed_over_is_ticked_off_and_counted_as_it_is_scanned(chromium, runs):
    number = len(runs.handed)
    with signed_in_at(chromium, runs.site, "keeper", f"/orders/{runs.away}/transfer") as page:
        expect(page.locator("[data-ticks-of]")).to_have_text(f"Scanned: 0 of {number}")
        scan(page, runs.handed[0])

        expect(page.locator("[data-ticks-of]")).to_have_text(f"Scanned: 1 of {number}")
        expect(page.locator(f"[data-tick={runs.handed[0]}]")).to_have_text("✓")


def test_another_patients_tube_stops_the_filling_at_its_scan(chromium, runs):
    with signed_in_at(chromium, runs.site, "technician", f"/fills/record/{runs.filling}") as page:
        scan(page, runs.foreign)

        expect(page.locator("dialog.stop-screen[open]")).to_contain_text(runs.foreign)
        assert page.input_value("[name=source]") == ""
        scan(page, runs.empty[0])
        scan(page, runs.filled[0])
        for ignored in (runs.empty[0], runs.filled[0]):
            expect(page.locator(".banner.stop")).to_contain_text(ignored)
        page.click("dialog.stop-screen button")
        scan(page, runs.empty[0])
        assert page.input_value("[name=portions-0-container]") == runs.empty[0]


def test_a_stop_stays_as_it_is_whatever_is_scanned_while_it_stands(chromium, runs):
    where = "[...document.querySelectorAll('.stop-screen h1, .stop-screen section')].map((each) => each.getBoundingClientRect().top).concat(document.querySelector('.stop-screen').scrollTop)"  # noqa: E501
    with signed_in_at(chromium, runs.site, "technician", f"/fills/record/{runs.filling}") as page:
        scan(page, runs.foreign)
        expect(page.locator("dialog.stop-screen[open]")).to_contain_text(runs.foreign)
        stood = page.evaluate(where)
        for code in (*runs.empty, *runs.filled, *runs.kept, *runs.out):
            scan(page, code)
        expect(page.locator(".banner.stop")).to_contain_text(runs.out[-1])

        assert page.evaluate(where) == stood


def test_what_belongs_here_and_what_was_read_look_unlike_on_a_stop(chromium, runs):
    looks = "(each) => [getComputedStyle(each).backgroundColor, getComputedStyle(each).borderStyle, getComputedStyle(each.querySelector('h2'), '::before').content]"  # noqa: E501
    with signed_in_at(chromium, runs.site, "technician", f"/fills/record/{runs.filling}") as page:
        scan(page, runs.foreign)
        here = page.locator("dialog.stop-screen .here").evaluate(looks)
        other = page.locator("dialog.stop-screen .other").evaluate(looks)

        assert all(one != another for one, another in zip(here, other, strict=True))


def test_a_container_scanned_into_a_second_row_is_told_of_the_first(chromium, runs):
    with signed_in_at(chromium, runs.site, "technician", f"/fills/record/{runs.filling}") as page:
        scan(page, runs.empty[0])
        scan(page, runs.empty[0])

        assert page.inner_text("[data-banner]").endswith("stands above already, in row 1.")
        assert page.input_value("[name=portions-1-container]") == ""
