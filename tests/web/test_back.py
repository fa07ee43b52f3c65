"""Going back from anywhere shows a page of the site: a refused form leaves none that is gone."""

import pytest
from playwright.sync_api import expect

from lims.web.app import create_app
from tests.web.scanner import signed_in_at
from tests.web.serving import serving
from tests.worlds import site_settings


@pytest.fixture(scope="module")
def site(sqlite_server, tmp_path_factory):
    app = create_app(site_settings(sqlite_server.fresh(), tmp_path_factory.mktemp("site")))
    with serving(app) as address:
        yield address


@pytest.fixture
def refused(chromium, site):
    """The page of one's account, as it is shown after a form on it was refused twice."""
    with signed_in_at(chromium, site, "technician", "/account") as page:
        form = page.locator("form[action='/account/password']")
        for _time in range(2):
            with page.expect_navigation():
                form.locator("button").last.click()
            expect(page.locator(".problems")).to_be_visible()
        yield page


@pytest.mark.browser
def test_back_to_a_refused_form_shows_the_page_it_was_on(refused, site):
    refused.goto(f"{site}/")

    answer = refused.go_back()

    assert answer.status == 200
    assert refused.url == f"{site}/account"
    expect(refused.locator("form[action='/account/password']")).to_be_visible()


@pytest.mark.browser
def test_a_refused_page_read_anew_shows_the_page_its_form_was_on(refused, site):
    answer = refused.reload()

    assert (answer.status, answer.request.method) == (200, "GET")
    assert refused.url == f"{site}/account"


@pytest.mark.browser
def test_one_step_back_leads_out_of_a_form_that_was_refused_twice(chromium, site):
    with signed_in_at(chromium, site, "technician", "/culture/") as page:
        page.goto(f"{site}/account")
        form = page.locator("form[action='/account/password']")
        for _time in range(2):
            with page.expect_navigation():
                form.locator("button").last.click()
            expect(page.locator(".problems")).to_be_visible()

        page.go_back()

        page.wait_for_url(f"{site}/culture/")


@pytest.mark.browser
def test_back_from_what_came_after_a_refusal_still_shows_the_page_of_the_form(refused, site):
    refused.goto(f"{site}/culture/")
    refused.go_back()
    refused.wait_for_url(f"{site}/account")

    expect(refused.locator("form[action='/account/password']")).to_be_visible()
    refused.wait_for_timeout(300)
    assert refused.url == f"{site}/account"
