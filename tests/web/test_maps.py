"""Maps of boxes, racks and tanks by the keyboard alone, and by touch."""

import pytest

from lims.web.app import create_app
from tests.laboratory import cryobank
from tests.web.scanner import sign_in
from tests.web.serving import serving
from tests.worlds import site_settings

pytestmark = pytest.mark.browser
HERE = "document.activeElement.closest('td').title"


@pytest.fixture(scope="module")
def site(sqlite_server, tmp_path_factory):
    app = create_app(site_settings(sqlite_server.fresh(), tmp_path_factory.mktemp("site")))
    with app.extensions["lims"].database.reading() as session:
        box, tank = cryobank.box(session).code, cryobank.tank(session).code
    with serving(app) as address:
        yield address, box, tank


@pytest.fixture
def keeper(chromium, site):
    page = chromium.new_page()
    sign_in(page.context, site[0], "keeper")
    yield page
    page.close()


def test_the_arrows_go_from_position_to_position_and_stay_within_the_box(keeper, site):
    keeper.goto(f"{site[0]}/boxes/{site[1]}")
    keeper.focus(".map [tabindex='0']")

    found = []
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft", "ArrowLeft", "End", "Home"):
        keeper.keyboard.press(key)
        found.append(keeper.evaluate(HERE))
    assert found[:5] == ["A2", "B2", "C2", "C1", "C1"]
    assert (found[5][0], found[6]) == ("C", "C1")


def test_a_map_is_one_stop_for_the_tab_key(keeper, site):
    keeper.goto(f"{site[0]}/boxes/{site[1]}")

    assert keeper.locator(".map [tabindex='0']").count() == 1


def test_enter_leads_from_a_tank_to_its_box(keeper, site):
    keeper.goto(f"{site[0]}/tanks/{site[2]}")
    keeper.focus(".map [tabindex='0']")
    keeper.keyboard.press("Enter")

    keeper.wait_for_url("**/boxes/*")


def test_the_head_of_a_tower_leads_by_touch_to_its_rack_and_on_to_the_box(chromium, site):
    context = chromium.new_context(viewport={"width": 800, "height": 1180}, has_touch=True)
    sign_in(context, site[0], "keeper")
    page = context.new_page()
    page.goto(f"{site[0]}/tanks/{site[2]}")

    page.tap("table.map thead a >> nth=0")
    page.wait_for_url("**/rack?tower=A")
    page.tap("table.map.rack td a >> nth=0")
    page.wait_for_url(f"**/boxes/{site[1]}")
    context.close()


def test_enter_leads_from_a_rack_to_its_box(keeper, site):
    keeper.goto(f"{site[0]}/tanks/{site[2]}/rack?tower=A")
    keeper.focus(".map [tabindex='0']")
    keeper.keyboard.press("Enter")

    keeper.wait_for_url(f"**/boxes/{site[1]}")
