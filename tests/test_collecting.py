"""The collector rests while a server starts, and is at work afterwards."""

import gc

import pytest

from lims.collecting import YOUNG, starting


@pytest.fixture(autouse=True)
def _as_it_was():
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)
    gc.enable()


def test_what_is_made_at_the_start_is_left_alone_afterwards():
    with starting():
        assert not gc.isenabled()

    assert gc.isenabled()
    assert gc.get_freeze_count() > YOUNG
    assert gc.get_threshold()[0] == YOUNG


def test_a_start_that_fails_leaves_the_collector_at_work():
    with pytest.raises(OSError, match="port"), starting():
        raise OSError("the port is taken")

    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
