"""Where the boxes of a genealogy stand."""

from itertools import combinations

from lims.charts.genealogy import BOX, HIGH, laid_out

CODES = ["tissue", "svf", "flask 1", "flask 2", "pool", "dose", "vial 1", "vial 2"]
EDGES = [
    ("tissue", "svf"),
    ("svf", "flask 1"),
    ("svf", "flask 2"),
    ("flask 1", "pool"),
    ("flask 2", "pool"),
    ("pool", "dose"),
    ("pool", "vial 1"),
    ("pool", "vial 2"),
]


def test_what_came_of_a_piece_stands_below_it():
    places = laid_out(CODES, EDGES).places

    assert all(places[source][1] + HIGH < places[made][1] for source, made in EDGES)


def test_no_two_boxes_lie_on_one_another():
    places = laid_out(CODES, EDGES).places

    for (x1, y1), (x2, y2) in combinations(places.values(), 2):
        assert abs(x1 - x2) >= BOX or abs(y1 - y2) >= HIGH


def test_there_is_a_line_for_each_link_and_room_for_each_box():
    tree = laid_out(CODES, EDGES)

    assert len(tree.lines) == len(EDGES)
    assert all(x + BOX < tree.width and y + HIGH < tree.height for x, y in tree.places.values())


def test_nothing_is_drawn_of_nothing():
    assert laid_out([], []).places == {}
