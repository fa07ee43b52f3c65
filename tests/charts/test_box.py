"""Maps of boxes on paper: which positions are filled in, how many boxes stand abreast."""

from dataclasses import replace

from reportlab.graphics.shapes import Drawing, Group, Rect

from lims.charts.box import ABREAST, WIDE, BoxMap, shelf_drawings
from lims.charts.strokes import ACCENT


def a_box(columns: int = 9) -> BoxMap:
    return BoxMap("1 · BX · 2", 9, columns, {(1, 1): "", (2, 3): ""})


def squares(drawn: Drawing | Group) -> list[Rect]:
    found: list[Rect] = []
    for shape in drawn.contents:
        if isinstance(shape, Group):
            found += squares(shape)
        if isinstance(shape, Rect):
            found.append(shape)
    return found


def test_a_position_that_holds_a_vial_is_filled_in_and_no_other():
    (shelf,) = shelf_drawings([a_box()])

    filled = [each for each in squares(shelf) if each.fillColor == ACCENT]
    assert (len(squares(shelf)), len(filled)) == (81, 2)
    first, second = filled
    assert second.x - first.x == 2 * first.width
    assert first.y - second.y == first.height


def test_a_reserved_position_without_a_vial_is_told_from_a_free_one():
    (shelf,) = shelf_drawings([replace(a_box(), reserved={(1, 1), (4, 4)})])

    small = [each for each in squares(shelf) if each.width < WIDE / 20]
    assert len(small) == 1


def test_boxes_stand_abreast_until_the_page_is_full():
    assert len(shelf_drawings([a_box()] * ABREAST)) == 1
    assert len(shelf_drawings([a_box()] * (ABREAST + 1))) == 2


def test_a_wide_box_stays_within_its_share_of_the_page():
    assert all(each.x + each.width <= WIDE for each in squares(shelf_drawings([a_box(99)])[0]))
