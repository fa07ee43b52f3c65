"""What a rule found is kept with its values and told in the reader's language."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from lims.errors import N_, Amount, LimsError, Word, WrongState
from lims.models import said
from lims.models.fill import FillStatus, VialStatus
from lims.models.sample import SampleStatus
from lims.models.storage import Removal
from lims.papers.wording import sentence, wording_of
from lims.web.errors import sentence_of
from lims.workflows import breaches


class Everything(LimsError):
    sentence = N_("%(amount)s %(day)s %(moment)s %(word)s %(part)s %(list)s %(none)s %(text)s.")


@pytest.fixture
def cold():
    between = (Decimal(2), Decimal(8))
    return breaches.outside("SA1", N_("temperature on the way"), Decimal("1.5"), between, "°C", 3)


def test_a_sentence_is_read_back_with_all_its_values(cold):
    parameters = {
        "amount": Amount(Decimal("79.96"), "%"),
        "limit": Amount("<= 2", "%"),
        "day": date(2026, 11, 21),
        "moment": datetime(2026, 11, 21, 8, tzinfo=UTC),
        "word": Word("left"),
        "list": [1, Decimal("0.5")],
        "none": None,
        "text": "as typed",
    }

    told = said.read(said.written(Everything(part=cold, **parameters)))

    assert told.parameters["part"].english() == cold.english()
    assert parameters.items() <= told.parameters.items()


def test_what_cannot_be_kept_is_refused():
    with pytest.raises(TypeError):
        said.written(breaches.Seen(code="SA1", told=object()))


@pytest.mark.usefixtures("russian")
@pytest.mark.parametrize("status", [FillStatus.RELEASED, VialStatus.STORED, Removal.MISSING])
def test_a_status_read_back_agrees_with_its_noun_as_it_did(status):
    told = WrongState(code="FL260000010", status=status, wanted=FillStatus.REJECTED)

    assert sentence_of(said.read(said.written(told))) == sentence_of(told)


def test_a_word_read_back_is_a_word_in_english_too():
    told = WrongState(
        code="SA260000010", status=SampleStatus.IN_TRANSIT, wanted=SampleStatus.ACCEPTED_AT_RISK
    )

    assert said.read(said.written(told)).english() == told.english()


@pytest.mark.usefixtures("russian")
def test_a_page_tells_a_finding_in_the_language_of_its_reader(cold):
    told = sentence_of(said.read(said.written(cold)))

    assert "температура" in told
    assert "1,5\u202f°C" in told


def test_a_paper_tells_a_finding_in_its_own_language(cold):
    told = sentence(wording_of("ru", UTC), said.read(said.written(cold)))

    assert "температура" in told
    assert "1,5 °C" in told


def test_a_finding_beside_a_limit_is_never_rounded_across_it():
    found = breaches.beyond("SU1", "viability", Decimal("30.0004"), Decimal(30), "", 2)

    assert found.english() == "SU1: viability 30.0004; expected at most 30."
