"""Tanks and boxes are entered with their positions, moved with what stands in them, retired."""

import pytest
from sqlalchemy import func, select

from lims.errors import NotPermitted, Stale
from lims.models.equipment import EquipmentKind, EquipmentStatus
from lims.models.storage import Box, Phase, Position, Zone
from lims.workflows import cryobank, equipment, states, towers
from lims.workflows.equipment import NotInService
from tests.laboratory import cryobank as bank


@pytest.fixture
def dewar(session, lead):
    """A storage tank in the register of equipment that is no tank of the cryobank yet."""
    return equipment.register_equipment(
        session, name="Dewar 3", kind=EquipmentKind.STORAGE_TANK, serial_number="3",
        needs_calibration=False, by=lead,
    )  # fmt: skip


@pytest.fixture
def enter(session, administrator, place_of, dewar):
    def entered(**changed):
        values = {"name": "TK-3", "phase": Phase.LIQUID, "room": place_of("cryobank")}
        values |= {"equipment": dewar, "by": administrator}
        return cryobank.add_tank(session, **(values | changed))

    return entered


@pytest.fixture
def add_box(session, administrator):
    def added(tank, **changed):
        values = {"tower": "C", "levels": [1], "rows": 2, "columns": 3, "zone": Zone.STANDARD}
        return cryobank.add_boxes(session, tank, **(values | {"by": administrator} | changed))

    return added


def test_a_tank_has_a_code_and_a_room(enter):
    tank = enter()

    assert tank.code.startswith("TK")
    assert tank.room.name == "Cryobank"


def test_a_tank_stands_in_a_room(enter, place_of):
    with pytest.raises(cryobank.NotARoom):
        enter(room=place_of("bench"))


def test_a_tank_is_a_storage_tank_of_the_register(enter, equipment_of):
    with pytest.raises(cryobank.NotAStorageTank):
        enter(equipment=equipment_of("incubator"))


def test_one_dewar_is_one_tank(enter, equipment_of):
    with pytest.raises(cryobank.IsATank):
        enter(equipment=equipment_of("tank"))


def test_a_dewar_out_of_service_becomes_no_tank(session, enter, dewar):
    states.move(session, dewar, EquipmentStatus.OUT_OF_SERVICE)

    with pytest.raises(NotInService):
        enter()


def test_two_tanks_do_not_share_a_name(enter):
    with pytest.raises(cryobank.TankNameTaken):
        enter(name="TK-1")


def test_only_who_keeps_places_enters_a_tank(enter, keeper):
    with pytest.raises(NotPermitted):
        enter(by=keeper)


def test_a_tank_is_renamed_under_its_code(session, administrator):
    tank = bank.tank(session)
    values = {"room": tank.room, "reason": "as painted", "by": administrator}

    cryobank.edit_tank(session, tank, version=tank.version, name="TK-9", **values)

    assert tank.name == "TK-9"
    with pytest.raises(Stale):
        cryobank.edit_tank(session, tank, version=tank.version - 1, name="TK-8", **values)


def test_a_box_is_entered_with_its_positions(session, add_box):
    box = add_box(bank.tank(session))

    assert [each.name for each in box.positions] == ["A1", "A2", "A3", "B1", "B2", "B3"]


def test_one_box_stands_at_a_level_of_a_tower(session, add_box):
    with pytest.raises(towers.BoxInTheWay):
        add_box(bank.tank(session), tower="A", levels=[1])


def test_boxes_of_several_levels_are_entered_at_once_each_with_its_code(session, add_box):
    tank = bank.tank(session)

    first = add_box(tank, levels=[1, 2, 3])

    standing = session.scalars(select(Box).where(Box.tank_id == tank.id, Box.tower == "C")).all()
    assert [box.level for box in standing] == [1, 2, 3]
    assert first.code == standing[0].code
    assert len({box.code for box in standing}) == 3
    assert {len(box.positions) for box in standing} == {6}


def test_of_several_boxes_none_is_entered_where_one_stands_in_the_way(session, add_box):
    tank = bank.tank(session)

    with pytest.raises(towers.BoxInTheWay):
        add_box(tank, tower="A", levels=[7, 1])

    assert not session.scalars(select(Box).where(Box.tank_id == tank.id, Box.level == 7)).all()


def test_of_more_positions_than_are_written_in_good_time_no_box_is_entered(session, add_box):
    with pytest.raises(cryobank.TooManyPositions):
        add_box(bank.tank(session), levels=range(1, 100), rows=9, columns=9)


def test_no_two_towers_of_a_tank_look_alike(session, add_box):
    cyrillic = "\N{CYRILLIC CAPITAL LETTER A}"

    with pytest.raises(towers.TowerLooksAlike):
        add_box(bank.tank(session), tower=cyrillic, levels=[7])


@pytest.mark.parametrize("name", ["A3", "a3", "A03", " A3 "])
def test_a_position_is_found_by_what_people_call_it(session, name):
    found = cryobank.position_in(session, bank.box(session), name)

    assert (found.row_number, found.column_number) == (1, 3)


@pytest.mark.parametrize("name", ["", "3A", "A0", "A10", "J1", "A1x", "Я1", "A²"])
def test_what_is_no_position_of_the_box_is_said(session, name):
    with pytest.raises(cryobank.NoSuchPosition, match="from A1 to I9"):
        cryobank.position_in(session, bank.box(session), name)


def test_a_box_moves_with_all_its_positions(session, keeper):
    box, tank = bank.box(session), bank.tank(session, "second_tank")

    cryobank.move_box(
        session, box, version=box.version, tank=tank, tower="Z", level=4, reason="warm", by=keeper
    )

    assert (box.tank_id, box.tower, box.level) == (tank.id, "Z", 4)


def test_a_box_does_not_move_onto_another(session, keeper):
    box, tank = bank.box(session), bank.tank(session, "second_tank")
    with pytest.raises(towers.BoxInTheWay):
        cryobank.move_box(
            session, box, version=box.version, tank=tank, tower="A", level=1, reason="x", by=keeper
        )


def test_a_box_with_reserved_positions_is_not_retired(session, administrator, keeper, patient):
    bank.cell(session, patient, by=keeper, number=2)

    with pytest.raises(cryobank.NotEmpty, match="reserved in it: 1"):
        cryobank.retire_box(session, bank.box(session), reason="old", by=administrator)


def test_where_a_retired_box_stood_another_may_stand(session, administrator, add_box):
    old = bank.box(session)

    cryobank.retire_box(session, old, reason="worn", by=administrator)

    assert add_box(old.tank, tower="A", levels=[1]).id != old.id
    with pytest.raises(cryobank.OutOfUse):
        cryobank.retire_box(session, old, reason="twice", by=administrator)


def test_a_tank_with_boxes_is_not_retired(session, administrator):
    with pytest.raises(cryobank.HasBoxes, match="stand in .*: 2"):
        cryobank.retire_tank(session, bank.tank(session), reason="old", by=administrator)


def test_an_empty_tank_is_retired_and_takes_no_box(session, enter, administrator, add_box):
    tank = cryobank.retire_tank(session, enter(), reason="leaks", by=administrator)

    assert tank.retired_at is not None
    with pytest.raises(cryobank.OutOfUse):
        add_box(tank)


def test_the_furnished_boxes_have_their_positions(session):
    assert session.scalar(select(func.count()).select_from(Position)) == 81 * 2 + 9 * 2
