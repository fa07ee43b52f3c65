"""The pages of specifications, as quality and others use them."""

from io import BytesIO

import pytest
from sqlalchemy import event, text

from lims import resources
from lims.workflows.specification_file import read_specification
from tests.laboratory import PASSWORD
from tests.web.visitor import forms_of

SHIPPED = resources.SPECIFICATION.read_text("utf-8")
STRICTER = SHIPPED.replace('limit = ">= 80"', 'limit = ">= 85"')
SIGNED = {"signature-password": PASSWORD}


@pytest.fixture
def quality(signed_in):
    return signed_in("qa")


@pytest.fixture
def draft(quality):
    """Version 2, stricter than the first."""
    answer = quality.send("/specifications/import", {"text": STRICTER})
    assert answer.status_code == 303, answer.text
    return answer.location


@pytest.fixture
def fresh(database):
    """A laboratory as it is after installation: no specification at all."""
    with database.engine.begin() as connection:
        for trigger in ("nodelete", "move"):
            drop_trigger(connection, trigger)
        for table in ("test", "limit", "policy", "range", "version"):
            connection.execute(text(f"DELETE FROM specification_{table}"))
    return database
