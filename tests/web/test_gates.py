"""Into whichever form cells are scanned, the server compares each scan at once."""

from typing import Any

import pytest
from wtforms.fields.core import UnboundField

from lims.web.forms import Form, ScanLoop
from lims.web.rows import RowsField
from lims.web.scans import CodeField, ScansField
from lims.web.told import HELD
from tests.conventions.tree import LIMS, module_name, python_files

SENT_BY_ITS_SCAN = {"FirstVialForm": "the scan of the vial opens its run: it is the whole form"}
NOT_IN_HAND = {"ReportForm": "a deviation is told of cells, at a desk; it may be of several"}


def forms(kind: type[Form] = Form) -> list[type[Form]]:
    return [kind, *(each for child in kind.__subclasses__() for each in forms(child))]


def fields(form: Any) -> list[UnboundField]:
    """Those declared for `form`, and for the rows in it."""
    declared = [getattr(form, name) for name in dir(form) if not name.startswith("_")]
    found = [each for each in declared if isinstance(each, UnboundField)]
    rows = [each.args[1] for each in found if issubclass(each.field_class, RowsField)]
    return [*found, *(inner for row in rows for inner in fields(row))]


def takes_cells(field: UnboundField) -> bool:
    if not issubclass(field.field_class, CodeField | ScansField):
        return False
    kinds = set(field.args[1:])
    return not kinds or not kinds.isdisjoint(HELD)


@pytest.fixture(scope="module")
def all_forms():
    for file in python_files(LIMS / "web"):
        __import__(module_name(file))
    return [each for each in forms() if each.__module__.startswith("lims.")]


def test_every_form_into_which_cells_are_scanned_compares_at_the_scan(all_forms):
    asked = [each for each in all_forms if any(map(takes_cells, fields(each)))]

    bare = [
        f"{each.__module__}.{each.__name__}"
        for each in asked
        if not each.gated
        and not issubclass(each, ScanLoop)
        and each.__name__ not in SENT_BY_ITS_SCAN | NOT_IN_HAND
    ]

    assert len(asked) > 25
    assert not bare, "say `gated = True` in it, or above why it needs no gate"


def test_every_form_that_says_what_a_field_takes_asks_about_it_before_it_is_sent(all_forms):
    taking = {
        each for each in all_forms if any(field.kwargs.get("takes") for field in fields(each))
    }

    assert len(taking) > 20
    assert [f"{each.__module__}.{each.__name__}" for each in taking if not each.gated] == []


def test_no_exception_outlives_its_form(all_forms):
    names = {each.__name__ for each in all_forms if any(map(takes_cells, fields(each)))}

    assert names >= {*SENT_BY_ITS_SCAN, *NOT_IN_HAND}
