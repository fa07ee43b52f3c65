"""A tube of long ago: not filled into doses, asked about where it was filled all the same."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select

from lims import clock
from lims.errors import FieldError
from lims.models.deviation import Deviation
from lims.models.fill import FillKind
from lims.models.suspension import SuspensionOrigin
from lims.workflows import fill_gate, filling, processing
from lims.workflows.filling import Portion
from lims.workflows.tube_age import OutTooLong
from tests.laboratory.cells import planned


def later(**span):
    return time_machine.travel(clock.now() + timedelta(**span), tick=False)


def too_old(session, tube, kind=FillKind.DOSES):
    found = fill_gate.problems_with(session, tube, kind)
    return [each for each in found if isinstance(each, OutTooLong)]


@pytest.fixture
def tube(qc_room, course):
    return qc_room.cells(course)


@pytest.mark.parametrize(("hours", "found"), [(23, 0), (25, 1)])
def test_cells_are_filled_into_doses_while_they_bear_suspension(session, tube, hours, found):
    with later(hours=hours):
        assert len(too_old(session, tube)) == found


def test_they_may_still_be_frozen(session, tube):
    with later(hours=25):
        assert too_old(session, tube, FillKind.VIALS) == []


def test_thawed_cells_bear_less(session, orders, thaws, course):
    tube = thaws.record(thaws.begun(orders.retrieved(course)))

    with later(hours=5):
        (found,) = too_old(session, tube)
    assert found.parameters["most"].value == 4


def test_a_wash_makes_no_cells_young(session, at_the_bench, tube):
    with later(hours=20):
        step = processing.start_processing(session, [tube], **at_the_bench.opening())
        washed = processing.record_processing(
            session, step, sources=[tube], operation=SuspensionOrigin.WASH, volume_ml=Decimal(4),
            suspension_code=planned(session, step, "SU")[0], count=None,
            performed=at_the_bench.done(), by=at_the_bench.technician,
        )  # fmt: skip

    with later(hours=25):
        assert too_old(session, washed)


@pytest.fixture
def freeze(session, at_the_bench, tube):
    """`freeze(comment)`: all of the tube into vials, a day and an hour after the harvest."""

    def freezing(comment):
        kind = FillKind.VIALS
        step = filling.start_filling(session, tube, kind=kind, number=1, **at_the_bench.opening())
        return filling.record_filling(
            session, step, suspension=tube, kind=kind, vehicle="CryoStor CS10", comment=comment,
            appearance_good=True, containers_intact=True, performed=at_the_bench.done(),
            by=at_the_bench.technician,
            portions=[Portion(planned(session, step, "VL")[0], Decimal(1))],
        )  # fmt: skip

    with later(hours=25):
        yield freezing


def test_of_old_cells_that_are_filled_all_the_same_the_reason_is_asked(freeze):
    with pytest.raises(FieldError, match="out of culture") as asked:
        freeze(None)

    assert asked.value.field == "comment"


def test_old_cells_that_were_filled_are_a_deviation(session, freeze):
    freeze("the freezer was broken")

    assert "aged" in set(session.scalars(select(Deviation.rule)))
