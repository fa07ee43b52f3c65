"""A stop that was left without being acknowledged: it stands before whatever its person opens."""

from datetime import timedelta

import pytest
import time_machine

from lims import clock
from lims.workflows import stops
from tests.counting import looks
from tests.web.test_told import database, story, tell

__all__ = ["database", "story", "tell"]


@pytest.fixture
def stopped(tell, codes):
    """Another patient's tissue, by which a technician was stopped who did not say they read it."""
    tell(codes["foreign"], patient=codes["patient"])
    return codes["foreign"]


@pytest.fixture
def acknowledge(signed_in):
    def acknowledging(code):
        visitor = signed_in("technician")
        token = dict(visitor.form("/", "/scan").fields)["csrf_token"]
        sent = {"code": code, "csrf_token": token}
        return visitor.client.post("/scan/acknowledged", data=sent)

    return acknowledging


def screen(page):
    return page.text.partition("stop-screen")[2].partition("</dialog>")[0]


def test_a_stop_left_unread_covers_the_next_page_after_signing_in_anew(signed_in, stopped):
    shown = screen(signed_in("technician").open("/batches/"))

    assert "Иванова" in shown
    assert "Schmidt" in shown
    assert f'name="code" value="{stopped}"' in shown


def test_nobody_else_is_shown_it(signed_in, stopped):
    assert screen(signed_in("lead").open("/")) == ""


def test_acknowledged_it_is_not_shown_again(signed_in, stopped, acknowledge):
    assert acknowledge(stopped).status_code == 200

    assert screen(signed_in("technician").open("/")) == ""


def test_read_once_it_answers_for_the_same_scan_met_twice(
    tell, signed_in, stopped, codes, acknowledge
):
    tell(stopped, patient=codes["patient"])

    acknowledge(stopped)

    assert screen(signed_in("technician").open("/")) == ""


def test_met_again_after_that_it_is_shown_again(tell, signed_in, stopped, codes, acknowledge):
    acknowledge(stopped)
    tell(stopped, patient=codes["patient"])

    assert screen(signed_in("technician").open("/")) != ""


def test_a_day_later_only_quality_sees_it(signed_in, stopped):
    with time_machine.travel(clock.now() + stops.SHOWN_AGAIN + timedelta(minutes=1)):
        assert screen(signed_in("technician").open("/")) == ""


def test_only_while_a_stop_is_left_a_page_asks_once_more(
    signed_in, stopped, acknowledge, committed
):
    def asked():
        visitor = signed_in("technician")
        with looks(committed.database.engine) as statements:
            visitor.open("/account/")
        return len(statements)

    left = asked()
    acknowledge(stopped)

    assert asked() == left - 1
