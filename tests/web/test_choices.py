"""Fields answered by choosing, and rows of fields."""

from enum import StrEnum

import pytest

from lims.web.choices import ChoiceField, ChoicesField, PickField, TickField
from lims.web.fields import DecimalField
from lims.web.rows import Row, RowsField


class Side(StrEnum):
    LEFT = "left"
    RIGHT = "right"
    NOT_KNOWN = "not_known"


class Volume(Row):
    volume_ml = DecimalField("Volume", unit="mL")


def test_a_choice_is_a_member(typed):
    assert typed(ChoiceField("Side", Side), "left").data is Side.LEFT


@pytest.mark.parametrize("text", ["both", "LEFT", ""])
def test_what_was_not_offered_is_not_taken(typed, text):
    field = typed(ChoiceField("Side", Side), text)

    assert field.errors
    assert field.data is None


def test_a_member_that_is_not_offered_is_not_taken(typed):
    assert typed(ChoiceField("Side", Side, only=[Side.LEFT]), "right").errors


def test_the_words_offered_have_no_underscores(typed):
    assert [str(text) for _, text in typed(ChoiceField("Side", Side), "left").choices] == [
        "left",
        "right",
        "not known",
    ]


def test_several_may_be_chosen(typed):
    assert typed(ChoicesField("Sides", Side), "left", "right").data == [Side.LEFT, Side.RIGHT]


def test_one_strange_choice_among_several_is_refused(typed):
    assert typed(ChoicesField("Sides", Side), "left", "up").errors


def test_a_pick_is_one_of_the_page_s_offers(typed):
    offered = PickField("Session", choices=[("SN1", "first"), ("SN2", "second")])

    assert typed(offered, "SN2").data == "SN2"
    assert typed(offered, "SN3").errors


def test_a_confirmation_is_ticked_or_refused(typed):
    assert typed(TickField("I compared both names", required=True)).errors
    assert typed(TickField("I compared both names", required=True), "y").data is True


@pytest.fixture
def rows(english):
    from werkzeug.datastructures import MultiDict
    from wtforms import Form

    class AForm(Form):
        split = RowsField("Split", Volume)

    def filled(*volumes):
        sent = [(f"split-{i}-volume_ml", volume) for i, volume in enumerate(volumes)]
        form = AForm(MultiDict(sent))
        form.validate()
        return form.split

    return filled


def test_rows_left_empty_are_no_rows(rows):
    field = rows("1.5", "", "2")

    assert [str(row.volume_ml.data) for row in field.filled] == ["1.5", "2"]
    assert not field.errors


def test_a_wrong_row_is_marked_and_kept(rows):
    field = rows("1.5", "much")

    assert field.entries[1].form.volume_ml.errors == ["Give a number."]
    assert field.entries[1].form.volume_ml._value() == "much"


def test_no_row_at_all_is_refused(rows):
    assert rows("", "").problems == ["Fill in at least 1."]
