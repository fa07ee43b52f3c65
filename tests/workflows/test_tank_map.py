"""Where the boxes of a tank stand on its map, and how full each is drawn."""

from lims import clock
from lims.models.storage import Box
from lims.workflows.tank_contents import Fullness, shelves


def box(tower, level, *, retired=False):
    return Box(tower=tower, level=level, retired_at=clock.now() if retired else None)


def test_towers_stand_side_by_side_by_their_number_and_levels_below_one_another():
    boxes = [box("10", 1), box("2", 1), box("2", 3)]

    found = shelves(boxes)
    assert found.towers == ["2", "10"]
    assert found.levels == [(1, [boxes[1], boxes[0]]), (3, [boxes[2], None])]


def test_a_retired_box_stands_nowhere():
    assert shelves([box("1", 1, retired=True)]).towers == []


def test_one_vial_of_many_positions_is_seen_all_the_same():
    full = Fullness(positions=81, reserved=40, vials=1)

    assert full.share(full.vials, 60) == 1
    assert full.share(0, 60) == 0
    assert full.share(81, 60) == 60
