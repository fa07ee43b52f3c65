"""A known score lies within its scale; one that is not known is taken as it is."""

from decimal import Decimal

import pytest

from lims import clock
from lims.errors import FieldError
from lims.models.administration import OutcomeKind
from lims.workflows import outcomes, scores


@pytest.mark.parametrize(
    ("scale", "score", "fits"),
    [
        ("KOOS", "100", True),
        ("KOOS", "900", False),
        ("WOMAC total", "97", False),
        ("koos pain", "-1", False),
        ("our own", "900", True),
    ],
)
def test_a_score_lies_within_its_scale(scale, score, fits):
    assert (scores.problem(scale, Decimal(score)) is None) is fits


def test_a_score_beyond_its_scale_is_refused_beside_it(session, course, physician):
    with pytest.raises(FieldError) as refusal:
        outcomes.record_outcome(
            session, course, kind=OutcomeKind.FUNCTION, scale="KOOS", score=Decimal(900),
            assessed_on=clock.today(), by=physician,
        )  # fmt: skip

    assert refusal.value.field == "score"
