"""A cell is one patient's own: named, with positions spread over tanks, never handed on."""

from collections import Counter

import pytest
from sqlalchemy import select

from lims import clock
from lims.errors import NotPermitted, WrongState
from lims.models.fill import FillKind, VialStatus
from lims.models.patient import Marker, MarkerValue
from lims.models.storage import Allocation, CellStatus, Placement, Zone
from lims.workflows import cryobank, markers, spreading, states, storage_cells, vial_places, zones
from tests.laboratory import cryobank as bank


@pytest.fixture
def cell(session, patient, keeper):
    return bank.cell(session, patient, by=keeper)


@pytest.fixture
def other_cell(session, other_patient, keeper):
    return bank.cell(session, other_patient, by=keeper)


@pytest.fixture
def position(session):
    """`position("A3")` of the first box, `position("A3", "second_box")` of another."""
    return lambda name, box="box": cryobank.position_in(session, bank.box(session, box), name)


def tanks_of(positions):
    return Counter(position.box.tank.name for position in positions)


def test_a_patient_gets_a_named_cell(cell, patient):
    assert (cell.code[:2], cell.patient_id, cell.status) == ("CE", patient.id, CellStatus.OPEN)


def test_a_patient_has_one_open_cell(session, cell, patient, keeper):
    with pytest.raises(storage_cells.CellOpenAlready, match=cell.code):
        storage_cells.open_cell(session, patient, name="Another", by=keeper)


def test_a_name_is_never_given_twice(session, cell, other_patient, keeper):
    storage_cells.close_cell(session, cell, reason="not needed", by=keeper)

    with pytest.raises(storage_cells.CellNameTaken):
        storage_cells.open_cell(session, other_patient, name=cell.name, by=keeper)


def test_a_technician_opens_no_cell(session, patient, technician):
    with pytest.raises(NotPermitted):
        storage_cells.open_cell(session, patient, name="Mine", by=technician)


@pytest.mark.parametrize(("number", "shares"), [(1, [1]), (4, [2, 2]), (5, [2, 3])])
def test_positions_are_proposed_in_two_tanks(session, cell, number, shares):
    proposed = spreading.propose(session, cell, number)

    assert sorted(tanks_of(proposed).values()) == shares
    assert len({each.id for each in proposed}) == number


def test_one_tank_is_enough_where_the_policy_says_so(session, cell):
    assert len(tanks_of(spreading.propose(session, cell, 6, tanks=1))) == 1


def test_a_proposal_in_fewer_tanks_than_wanted_says_so(session, cell):
    spread = spreading.propose(session, cell, 2)
    alone = [each for each in spread if each.box_id == spread[0].box_id] * 2

    assert spreading.narrow(session, cell, spread) is None
    assert isinstance(spreading.narrow(session, cell, alone), spreading.TooFewTanks)


def test_the_odd_position_goes_where_the_patient_has_fewer(session, cell, keeper):
    bank.cell(session, cell.patient, by=keeper, number=1)
    (first,) = tanks_of(each.position for each in cell.allocations)

    (second,) = tanks_of(spreading.propose(session, cell, 1))

    assert {first, second} == {"TK-1", "TK-2"}


def test_a_full_tank_leaves_the_rest_to_the_other(session, cell, other_patient, keeper):
    bank.cell(session, other_patient, by=keeper, number=160)

    assert tanks_of(spreading.propose(session, cell, 2)) == {"TK-1": 1, "TK-2": 1}
    with pytest.raises(spreading.NotEnoughRoom, match="Positions wanted: 3; free: 2"):
        spreading.propose(session, cell, 3)


def test_more_positions_come_beside_the_first_ones(session, cell, keeper):
    bank.cell(session, cell.patient, by=keeper, number=2)

    assert [each.name for each in spreading.propose(session, cell, 2)] == ["A2", "A2"]


def test_what_is_proposed_can_be_reserved(session, cell, keeper):
    proposed = spreading.propose(session, cell, 5)

    storage_cells.allocate(session, cell, proposed, by=keeper)

    assert [each.position for each in cell.allocations] == proposed
    assert len(vial_places.free_positions(session, cell.patient_id)) == 5


def test_a_position_is_reserved_once(session, cell, other_cell, keeper, position):
    storage_cells.allocate(session, cell, [position("A3")], by=keeper)

    with pytest.raises(storage_cells.PositionTaken, match="TK-1 · A · 1 · A3"):
        storage_cells.allocate(session, other_cell, [position("A2"), position("A3")], by=keeper)


def test_a_closed_cell_takes_no_position(session, cell, keeper, position):
    storage_cells.close_cell(session, cell, reason="done", by=keeper)

    with pytest.raises(WrongState):
        storage_cells.allocate(session, cell, [position("A1")], by=keeper)


def test_nothing_of_a_retired_box_is_reserved(session, cell, keeper, administrator, position):
    cryobank.retire_box(session, bank.box(session), reason="worn", by=administrator)

    with pytest.raises(storage_cells.BoxRetired):
        storage_cells.allocate(session, cell, [position("A1")], by=keeper)
    assert tanks_of(spreading.propose(session, cell, 2)) == {"TK-2": 2}


def test_a_position_given_up_is_anybodys(session, cell, other_cell, keeper, position):
    storage_cells.allocate(session, cell, [position("A1")], by=keeper)

    storage_cells.give_up(session, cell, [position("A1")], reason="one too many", by=keeper)

    storage_cells.allocate(session, other_cell, [position("A1")], by=keeper)
    assert other_cell.allocations[0].position == position("A1")


def test_another_cells_position_is_not_given_up(session, cell, other_cell, keeper, position):
    storage_cells.allocate(session, cell, [position("A1")], by=keeper)

    with pytest.raises(storage_cells.NotOfThisCell):
        storage_cells.give_up(session, other_cell, [position("A1")], reason="mine", by=keeper)


@pytest.fixture
def stored(session, qc_room, course, keeper):
    """A vial in the first position of its patient's cell."""
    vial = qc_room.fill(qc_room.cells(course), "1", kind=FillKind.VIALS).vials[0]
    allocation = bank.cell(session, vial.patient, by=keeper, number=1).allocations[0]
    session.add(
        Placement(
            patient_id=vial.patient_id, vial_id=vial.id, allocation_id=allocation.id,
            placed_at=clock.now(), placed_by_id=keeper.id,
        )
    )  # fmt: skip
    for status in (VialStatus.FREEZING, VialStatus.STORED):
        if vial.status is not status:
            states.move(session, vial, status)
    return vial


def test_a_position_with_a_vial_is_not_given_up(session, stored, keeper):
    cell = storage_cells.open_cell_of(session, stored.patient_id)
    positions = [each.position for each in cell.allocations]

    with pytest.raises(storage_cells.VialStands, match=stored.code):
        storage_cells.give_up(session, cell, positions, reason="in the way", by=keeper)


def test_a_cell_with_vials_is_not_closed(session, stored, keeper):
    cell = storage_cells.open_cell_of(session, stored.patient_id)

    with pytest.raises(storage_cells.CellNeeded, match="kept still: 1"):
        storage_cells.close_cell(session, cell, reason="tidy", by=keeper)


def test_a_closed_cell_leaves_its_positions_free(session, cell, keeper):
    bank.cell(session, cell.patient, by=keeper, number=3)

    storage_cells.close_cell(session, cell, reason="transferred", by=keeper)

    assert cell.closed_at is not None
    assert session.scalars(select(Allocation).where(Allocation.to_at.is_(None))).all() == []


def test_after_a_closed_cell_comes_a_new_one(session, cell, patient, keeper):
    storage_cells.close_cell(session, cell, reason="done", by=keeper)

    assert storage_cells.open_cell(session, patient, name="New", by=keeper).code != cell.code


@pytest.fixture
def knows(session, patient, physician):
    def known(value, replaces_reactive=False):
        markers.record_markers(
            session, patient, sampled_on=clock.today(), values={Marker.HBSAG: value},
            replaces_reactive=replaces_reactive, reason="for a test", by=physician,
        )  # fmt: skip

    return known


@pytest.mark.parametrize(
    ("value", "zone"),
    [
        (MarkerValue.NONREACTIVE, Zone.STANDARD),
        (MarkerValue.PENDING, Zone.UNTESTED),
        (MarkerValue.REACTIVE, Zone.REACTIVE),
    ],
)
def test_markers_decide_the_zone(session, cell, patient, knows, value, zone):
    knows(value)

    assert zones.zone_of(session, patient) is zone
    assert {each.box.zone for each in spreading.propose(session, cell, 2)} == {zone}


def test_reactive_material_gets_no_position_among_others(session, cell, keeper, knows, position):
    knows(MarkerValue.REACTIVE)

    with pytest.raises(zones.WrongZone, match="for material that is: standard"):
        storage_cells.allocate(session, cell, [position("A1")], by=keeper)


def test_tested_material_gets_no_position_among_reactive(session, cell, keeper, position):
    with pytest.raises(zones.WrongZone):
        storage_cells.allocate(session, cell, [position("A1", "reactive_box")], by=keeper)
