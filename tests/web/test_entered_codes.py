"""What is entered outside steps and runs at QC, as quality finds it: each code once an act."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from lims import clock
from lims.models.command_run import EnteredCode
from lims.models.fill import Vial
from lims.models.step import IdentityCheck
from lims.models.storage import Box
from lims.workflows import scan_figures, terminals, vial_places
from lims.workflows.codes import load
from lims.workflows.scan_figures import Figures
from lims.workflows.scan_rows import IN_OTHER_ACTS, Counted
from tests.laboratory import supplies
from tests.walks import freezing
from tests.walks.walker import Walk
from tests.web.hands import hands_at
from tests.web.serving import serving

PLACE = "/placing/place"
LISTED = "/quality/scans/{what}?kind=other+acts"


class Codes:
    """What is printed on the labels: of two frozen vials, of the station, of a terminal."""


def story(database, stage):
    with time_machine.travel(clock.now(), tick=False) as traveller:
        walk = Walk(database, traveller, "Entered")
        walk.begin()
        codes = Codes()
        codes.fill, codes.vials = freezing.vials_filled(walk, freezing.cells(walk), 2)
        codes.later, (codes.late_vial,) = freezing.vials_filled(walk, freezing.cells(walk), 1)
        freezing.frozen(walk, codes.fill, codes.vials)
        codes.terminal = walk.act(
            "administrator", terminals.register_terminal, name="Dewar room",
            place=lambda session: supplies.place(session, "cryobank"), printer_name=None,
            scanner_preamble=None, sound_volume=60, token="a browser",
        ).code  # fmt: skip
        with database.reading() as session:
            codes.station = supplies.place(session, "freezing_station").code
            proposed = vial_places.proposed(session, load(session, codes.vials[0], Vial))
            codes.box = session.get_one(Box, proposed.position.box_id).code
        return codes


@pytest.fixture
def database(committed):
    return committed.database


@pytest.fixture
def placing(codes):
    """The two codes of placing the first vial."""
    return {"vial": codes.vials[0], "box": codes.box, "seconds_out": "40"}


@pytest.fixture
def entered(database):
    """(code, whether it was typed) of each row that is kept, in order."""

    def rows():
        query = select(EnteredCode.scanned, EnteredCode.typed).order_by(EnteredCode.id)
        with database.reading() as session:
            return [tuple(row) for row in session.execute(query)]

    return rows


@pytest.fixture
def figures(database):
    def of_other_acts():
        since = clock.now() - timedelta(days=1)
        with database.reading() as session:
            return scan_figures.by_kind(session, since).get(IN_OTHER_ACTS, Figures())

    return of_other_acts


def test_a_placed_vial_typed_by_hand_is_told_to_quality(signed_in, codes, placing):
    signed_in("keeper").send(PLACE, placing)

    page = signed_in("qa").open(LISTED.format(what="typed")).text

    assert page.count(f'href="/vials/{codes.vials[0]}"') == 3  # twice as what was placed
    assert page.count(f'href="/boxes/{codes.box}"') == 1


def test_what_was_typed_in_other_acts_stands_in_the_list_behind_the_figure(
    signed_in, codes, placing
):
    signed_in("keeper").send(PLACE, placing)

    page = signed_in("qa").open("/quality/scans/typed").text

    assert page.count("Пётр Ўладыка</b>") == 2
    assert f'href="/boxes/{codes.box}"' in page
    assert "place vial" in page


@pytest.mark.parametrize("what", Counted)
def test_every_figure_opens_where_other_acts_are_asked_for(signed_in, placing, what):
    signed_in("keeper").send(PLACE, placing)

    assert signed_in("qa").open(LISTED.format(what=what.value)).status_code == 200


def test_what_a_scanner_read_is_no_typing(signed_in, codes, placing, figures):
    signed_in("keeper").send(PLACE, placing | {"by_scanner": f"{codes.vials[0]} {codes.box}"})

    assert figures() == Figures(scans=2)


def test_what_is_typed_beside_a_scan_is_told_apart(signed_in, codes, placing, entered):
    signed_in("keeper").send(PLACE, placing | {"by_scanner": codes.vials[0]})

    assert entered() == [(codes.vials[0], False), (codes.box, True)]


def test_a_form_sent_twice_is_one_act(signed_in, placing, figures):
    keeper = signed_in("keeper")
    form = keeper.form(PLACE)
    for _again in range(2):
        assert keeper.post(form, placing).status_code == 303

    assert figures() == Figures(scans=2, typed=2)


def test_a_refused_act_keeps_no_codes(signed_in, placing, entered):
    answer = signed_in("keeper").send(PLACE, placing | {"position": "I9"})

    assert answer.status_code == 409
    assert entered() == []


def test_what_a_step_keeps_is_not_counted_twice(signed_in, database, codes, entered):
    technician = signed_in("technician")
    run = technician.send(f"/freezings/of/{codes.later}", {"station": codes.station}).location

    technician.send(run, {"vial": codes.late_vial})

    kept = select(IdentityCheck.typed).where(IdentityCheck.scanned == codes.late_vial)
    with database.reading() as session:
        when_filled, when_frozen = session.scalars(kept.order_by(IdentityCheck.id))
    assert (when_filled, when_frozen) == (False, True)
    assert codes.late_vial not in dict(entered())


def test_a_code_that_the_page_filled_in_is_typed_by_nobody(signed_in, codes, entered):
    administrator = signed_in("administrator")
    form = administrator.form(f"/terminals/{codes.terminal}/edit")
    assert dict(form.fields)["place"].startswith("PL")

    answer = administrator.post(form, {"name": "Dewars", "reason": "it moved"})

    assert answer.status_code == 303
    assert entered() == []


@pytest.mark.browser
def test_the_page_says_itself_what_its_scanner_read(chromium, app, codes, entered):
    with (
        serving(app) as address,
        hands_at(chromium, address, "keeper", f"{PLACE}?vial={codes.vials[0]}") as hands,
    ):
        hands.scan(codes.vials[0])
        with hands.page.expect_navigation():
            hands.scan(codes.box)

    assert entered() == [(codes.vials[0], False), (codes.box, False)]
