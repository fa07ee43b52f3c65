"""The pages of a thaw, as the technician at the bench uses them."""

import re

import pytest
import time_machine
from sqlalchemy import select

from lims import clock
from lims.models.batch import Batch
from lims.models.deviation import Deviation
from lims.models.fill import Vial, VialStatus
from lims.models.patient import ConsentKind
from lims.models.retrieval import Thaw
from lims.models.suspension import Suspension
from lims.workflows.codes import load
from tests.laboratory import PASSWORD, supplies
from tests.laboratory.cells import planned
from tests.walks import freezing, ordering, specifying, thawing
from tests.walks.walker import Walk
from tests.web.badges import PIN


class Codes:
    """What is printed: of the order, its vials, the bench."""


@pytest.fixture
def stage(request):
    return getattr(request, "param", "known")


def story(database, origin):
    with time_machine.travel(clock.now(), tick=False) as traveller:
        codes = told(Walk(database, traveller, "Thaws"), origin)
        other = Walk(database, traveller, "Foreign")
        other.begin()
        [codes.foreign] = freezing.vials_filled(other, freezing.cells(other), 1)[1]
    return codes


def told(walk, origin):
    """Two vials out of the cold for one order; of unknown origin one."""
    specifying.approve(walk, specifying.lenient(()))
    codes = Codes()
    if origin == "known":
        ordering.with_vials(walk, 3)
        codes.order, codes.vials = thawing.out(walk, 2)
        codes.planned = ordering.scheduled(walk, ordering.drafted(walk, 1))
    else:
        walk.begin()
        walk.agree(ConsentKind.STORAGE)
        codes.order, codes.vials = thawing.of_unknown_origin(walk)
    with walk.database.reading() as session:
        codes.bench = supplies.place(session, "bench").code
    return codes


@pytest.fixture
def database(committed):
    return committed.database


@pytest.fixture
def technician(signed_in):
    return signed_in("technician")


@pytest.fixture
def step(technician, codes):
    """A thaw opened at the bench."""
    opened = technician.send(
        f"/thaws/of/{codes.order}",
        {"station": codes.bench, "checker-login": "lead", "checker-password": PASSWORD},
    )
    return opened.location.rpartition("/")[2]


@pytest.fixture
def tube(database, step):
    with database.reading() as session:
        return planned(session, load(session, step, Thaw), "SU")[0]


def warm(technician, step, codes):
    for vial in codes.vials:
        answer = technician.send(f"/thaws/{step}", {"vial": vial})
    return answer


def test_vials_that_wait_are_listed_and_counted(technician, codes):
    assert codes.order in technician.open("/thaws/").text
    assert "Vials to thaw" in technician.open("/").text
    assert f"/thaws/of/{codes.order}" in technician.open(f"/orders/{codes.order}").text


def test_since_when_vials_are_out_of_the_cold_is_told_on_the_list_and_on_the_order(
    technician, codes
):
    moment = r"\d+\s\w+\s\d{4}\s\d\d:\d\d"

    listed = technician.open("/thaws/").text.partition(codes.order)[2].partition("</tr>")[0]
    page = technician.open(f"/orders/{codes.order}").text

    assert re.search(f"2<br>.*since {moment}", listed)
    assert re.search(f"2 vials are out of the cold, the first since {moment}", page)


def test_vials_in_the_bath_are_not_offered_to_be_thawed_again(technician, step, codes):
    warm(technician, step, codes)

    listed, page = technician.open("/thaws/").text, technician.open(f"/orders/{codes.order}").text

    for told in (listed, page):
        assert f"/thaws/of/{codes.order}" not in told
        assert f'href="/thaws/{step}"' in told
    assert "its vials are in the bath" in page


@pytest.fixture
def stopped(at_bench, codes, step):
    """At a terminal: the page of the thaw after another patient's vial was scanned."""
    run = f"/thaws/{step}"
    assert at_bench.send(run, {"vial": codes.foreign}).status_code == 409
    return run


def test_a_colleagues_badge_and_pin_clear_the_stop_at_the_bath(at_bench, badge, codes, stopped):
    asked = dict(at_bench.form(stopped).fields)

    cleared = at_bench.send(
        stopped, {"vial": codes.vials[0], "second-badge": badge, "second-pin": PIN}
    )

    assert {"second-badge", "second-pin"} <= set(asked)
    assert cleared.status_code == 303
    assert "second-badge" not in at_bench.open(stopped).text


def test_the_vial_scanned_stays_where_it_was_scanned_while_a_stop_waits_to_be_cleared(
    at_bench, badge, codes, stopped
):
    vial = codes.vials[0]
    for sent in ({}, {"second-badge": badge, "second-pin": "111222"}):
        refused = at_bench.send(stopped, {"vial": vial, **sent})
        assert refused.status_code >= 400
        assert f'value="{vial}"' in refused.text


def test_a_right_vial_is_not_called_good_while_a_stop_stands(at_bench, codes, stopped):
    page = at_bench.open(stopped).text
    token = dict(at_bench.form("/", "/scan").fields)["csrf_token"]
    sent = {"code": codes.vials[0], "takes": "halted", "csrf_token": token}

    (told,) = at_bench.client.post("/scan/told", data=sent).json["told"]

    assert 'data-takes="halted"' in page
    assert told["tone"] == "wait"
    assert "once a second person has cleared the stop" in told["sentence"]


def test_another_patients_vial_at_the_bath_is_a_stop_that_a_second_person_clears(
    technician, step, codes, database
):
    run = f"/thaws/{step}"
    stopped = technician.send(run, {"vial": codes.foreign})
    assert (stopped.status_code, "stop-screen" in stopped.text) == (409, True)
    with database.reading() as session:
        assert session.scalars(select(Deviation.rule)).all() == ["thaw_stop"]

    waiting = technician.open(run).text
    alone = technician.send(run, {"vial": codes.vials[0]})
    second = {"second-login": "lead", "second-password": PASSWORD}
    cleared = technician.send(run, {"vial": codes.vials[0], **second})

    # no scan is taken unseen meanwhile: each is asked about, and these vials alone are waited for
    assert "data-gate" in waiting
    assert f'data-expects="{" ".join(codes.vials)}"' in waiting
    assert (alone.status_code, cleared.status_code) == (409, 303)
    assert "second-login" not in technician.open(run).text
    assert "stop cleared" in technician.open(f"/steps/{step}").text


def test_the_bench_is_made_ready_while_the_vial_stands_in_its_place(technician, codes):
    assert codes.planned in technician.open("/thaws/").text

    opened = technician.send(
        f"/thaws/of/{codes.planned}",
        {"station": codes.bench, "checker-login": "lead", "checker-password": PASSWORD},
    )

    run = opened.location.replace("steps", "thaws")
    assert "Vials in the bath: 0 of 1" in technician.open(run).text
    assert f'href="{run}"' in technician.open(f"/thaws/of/{codes.planned}").text


def test_the_keeper_is_told_that_the_tube_at_the_bench_bears_no_label(technician, codes, signed_in):
    technician.send(
        f"/thaws/of/{codes.planned}",
        {"station": codes.bench, "checker-login": "lead", "checker-password": PASSWORD},
    )

    page = signed_in("keeper").open(f"/retrievals/of/{codes.planned}").text
    assert "is not ready: its tube bears no label" in page


def test_each_vial_is_scanned_into_the_bath(technician, step, codes, database):
    warm(technician, step, codes)

    assert "Vials in the bath: 2 of 2" in technician.open(f"/thaws/{step}").text
    with database.reading() as session:
        assert {load(session, code, Vial).status for code in codes.vials} == {VialStatus.THAWED}


def test_a_thaw_with_a_vial_in_the_bath_is_not_offered_to_be_given_up(technician, step, codes):
    page, offer = f"/steps/{step}", f"/steps/{step}/void"
    before = technician.open(page).text

    technician.send(f"/thaws/{step}", {"vial": codes.vials[0]})

    assert offer in before
    assert offer not in technician.open(page).text


def test_what_was_got_is_recorded(technician, step, codes, tube, database):
    warm(technician, step, codes)

    answer = technician.send(
        f"/thaws/{step}/record",
        {
            "tube": tube, "volume_ml": "2", "method": "automated", "live": "8000000",
            "dead": "400000", "warmed-0-seconds": "95", "warmed-1-seconds": "100",
            "bath_temperature_c": "37",
        },
    )  # fmt: skip

    assert answer.status_code == 303
    shown = technician.open(answer.location).text
    assert codes.vials[0] in shown
    assert "95" in shown
    with database.reading() as session:
        assert load(session, tube, Suspension).count.live == 8_000_000


def test_nothing_typed_is_lost_when_the_record_is_refused(technician, step, codes, tube):
    warm(technician, step, codes)

    answer = technician.send(
        f"/thaws/{step}/record", {"tube": tube, "volume_ml": "2", "live": "8000000"}
    )

    assert answer.status_code == 422
    assert 'value="8000000"' in answer.text


def test_a_vial_scanned_twice_is_refused(technician, step, codes):
    technician.send(f"/thaws/{step}", {"vial": codes.vials[0]})

    answer = technician.send(f"/thaws/{step}", {"vial": codes.vials[0]})

    assert answer.status_code == 409


def test_that_no_cells_were_got_is_recorded(technician, step, codes):
    warm(technician, step, codes)

    answer = technician.send(f"/thaws/{step}/abort", {"reason": "the vial cracked"})

    assert "the vial cracked" in technician.open(answer.location).text


def test_the_batch_shows_the_vials_it_was_made_of(technician, step, codes, database):
    warm(technician, step, codes)
    with database.reading() as session:
        batch = session.get_one(Batch, load(session, step, Thaw).batch_id).code

    assert codes.vials[0] in technician.open(f"/batches/{batch}").text


@pytest.mark.parametrize("stage", ["unknown"], indirect=True)
def test_quality_lets_vials_of_unknown_origin_be_thawed(signed_in, codes):
    assert "are unknown" in signed_in("technician").open(f"/thaws/of/{codes.order}").text

    answer = signed_in("qa").send(
        f"/thaws/of/{codes.order}", {"reason": "seen dividing", "own-password": PASSWORD},
        action=f"/thaws/of/{codes.order}/allow",
    )  # fmt: skip

    assert answer.status_code == 303
    assert "are unknown" not in signed_in("technician").open(answer.location).text
