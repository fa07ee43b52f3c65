"""The pages of supplies show what used them, in as many queries whatever the number of uses."""

import pytest

from tests import laboratory
from tests.laboratory import supplies, uses, working
from tests.web.scanner import signed_in_at
from tests.web.serving import serving

CUT_OFF = "() => [...document.querySelectorAll('.wide')].some(w => w.scrollWidth > w.clientWidth)"


@pytest.fixture
def used(database):
    """`used(10)`: the enzyme, the incubator and bench 1 were used in ten steps more."""

    def using(times):
        with working(database) as session:
            technician = laboratory.person(session, "technician")
            sample = uses.tissue(session)
            for _ in range(times):
                step = uses.isolation(session, sample, technician)
                step.station = supplies.place(session, "bench")
                enzyme, lead = supplies.lot(session, "enzyme"), laboratory.person(session, "lead")
                uses.use_lot(session, step, enzyme, "20", let_by=lead)
                uses.use_equipment(session, step, supplies.equipment(session, "incubator"))
            return step.code

    return using


@pytest.fixture
def addresses(database):
    with database.reading() as session:
        return [
            "/lots/",
            "/equipment/",
            "/places/",
            "/items/",
            f"/lots/{supplies.lot(session, 'enzyme').code}",
            f"/lots/{supplies.lot(session, 'complete_medium').code}",
            f"/equipment/{supplies.equipment(session, 'incubator').code}",
            f"/places/{supplies.place(session, 'bench').code}",
            f"/places/{supplies.place(session, 'shelf').code}",
        ]


def test_a_lot_a_piece_and_a_bench_name_the_steps_that_used_them(signed_in, used, addresses):
    code = used(2)
    technician = signed_in("technician")

    for address in (addresses[4], addresses[6], addresses[7]):
        assert code in technician.open(address).text


@pytest.mark.browser
def test_who_let_a_lot_be_used_fits_a_bench(chromium, app, used, addresses):
    used(1)
    bench = {"viewport": {"width": 1280, "height": 800}}

    with serving(app) as site, signed_in_at(chromium, site, "lead", addresses[4], **bench) as page:
        assert page.get_by_text("allowed by").is_visible()
        assert not page.evaluate(CUT_OFF)
