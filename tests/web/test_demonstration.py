"""What a demonstration shows of itself, and that no other database shows it."""

from io import BytesIO

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect
from pypdf import PdfReader
from sqlalchemy import text

from lims import locks
from lims.demo import accounts
from lims.labels import render
from lims.labels.face import NOT_FOR_USE
from lims.papers import heading
from lims.web import demonstration
from lims.worker import Worker
from lims.workflows import demonstrating
from tests.begun import begun, done
from tests.labels.samples import EVERY_KIND
from tests.web.serving import serving


def test_a_real_database_shows_no_account_and_no_band(visitor):
    page = visitor.open("/sign-in").text

    assert accounts.PASSWORD not in page
    assert "DEMONSTRATION" not in page


def test_while_it_is_filled_a_page_says_how_far(app, database, settings, signed_in):
    person = signed_in("technician")
    begun(database)

    with locks.filling(settings.data_dir):
        assert "is being filled (0 of 7)" in person.open("/").text


def test_who_tries_it_reads_on_in_the_language_of_the_browser(app, database, visitor):
    begun(database)
    done(database)
    visitor.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "ru"

    assert "<h1>Сегодня</h1>" in visitor.sign_in("technician").open("/").text


def test_elsewhere_the_language_of_the_browser_is_nobodys_choice(visitor):
    visitor.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "ru"

    assert "<h1>Today</h1>" in visitor.sign_in("technician").open("/").text


def test_today_says_that_it_is_being_told_in_place_of_what_is_overdue(
    app, database, settings, signed_in
):
    person = signed_in("technician")
    begun(database)

    with locks.filling(settings.data_dir):
        page = person.open("/").text

    assert "still being told" in page
    assert "Nothing waits for you" not in page


def test_nothing_is_entered_while_it_is_filled(app, database, settings, signed_in, caplog):
    person = signed_in("technician")
    begun(database)

    with locks.filling(settings.data_dir):
        answer = person.send("/account", {"language": "ru"}, action="/account/language")

    assert answer.status_code == 503
    (line,) = [each for each in caplog.records if each.name == "lims.web"]
    assert (line.levelname, line.exc_info) == ("WARNING", None)


def test_one_that_nobody_fills_any_more_is_told_to_be_half_made(app, database, signed_in):
    person = signed_in("technician")
    begun(database)

    assert "is half made" in person.open("/").text


def test_the_worker_rests_while_it_is_filled(database, settings):
    begun(database)

    worker = Worker(database, settings)
    assert worker.round()
    assert worker.claim() is None
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM worker_round")).scalar() == 0


def test_every_paper_of_it_is_headed_by_that_it_is_not_for_use(database):
    begun(database)

    with database.reading() as session:
        assert heading.site_of(session, "LIMS").startswith(heading.NOT_FOR_USE)


@pytest.mark.parametrize("label", EVERY_KIND, ids=lambda label: type(label).__name__)
def test_every_label_of_it_says_that_it_is_not_for_use(label):
    pdf = render([label], label.stock, demonstration=True)

    assert NOT_FOR_USE in PdfReader(BytesIO(pdf)).pages[0].extract_text()


def test_every_spreadsheet_of_it_is_headed_so(app, database, signed_in):
    person = signed_in("technician")
    begun(database)
    done(database)

    book = load_workbook(BytesIO(person.open("/places/?as=xlsx").data))

    assert book.sheetnames[0] == demonstration.NOT_FOR_USE["en"]


def test_it_is_refused_where_anybody_is_recorded(database):
    with pytest.raises(demonstrating.NotEmpty):
        database.run(demonstrating.begin, None, key="", arguments=lambda _: {"batches": 1})


def test_half_made_it_is_not_begun_again(database):
    begun(database)

    with pytest.raises(demonstrating.HalfMade):
        database.run(demonstrating.begin, None, key="", arguments=lambda _: {"batches": 1})


def test_the_accounts_to_try_are_those_there_are(app, database):
    begun(database)

    with app.test_request_context():
        assert [each.login for each in demonstration.to_try()][:-1] == list(accounts.PEOPLE)


@pytest.mark.browser
def test_whoever_waits_for_it_sees_the_page_as_it_is_once_it_is_filled(
    app, database, settings, chromium
):
    begun(database)
    with serving(app) as site, chromium.new_context() as context:
        page = context.new_page()
        with locks.filling(settings.data_dir):
            page.goto(f"{site}/sign-in")
            expect(page.locator("[data-filling]")).to_contain_text("(0 of 7)")
            done(database)
        expect(page.locator("aside.demonstration")).to_contain_text("are invented")
        page.goto("about:blank")
