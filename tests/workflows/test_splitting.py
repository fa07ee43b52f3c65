"""What one person sends to waste of a tube alone, and what a second person signs for."""

from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value

from lims.errors import FieldError
from lims.models.signature import Meaning, Signature
from lims.models.suspension import Purpose
from lims.workflows import seeding, signing, specifications, splitting
from tests.laboratory.cells import counted


@pytest.fixture
def svf(session, at_the_bench, course):
    """10 mL, of which 1 mL was seeded in the very step."""
    made = at_the_bench.isolate(course, count=counted(8_000_000, 1_000_000))
    seeding.seed_vessels(
        session, made.made_by, suspension=made, sown=at_the_bench.sown(made.made_by, "1"),
        shelf=at_the_bench.place("shelf"), by=at_the_bench.technician,
    )  # fmt: skip
    return made


@pytest.fixture
def wasted(session, technician, svf):
    def so_much(volume, **told):
        told = {"by": technician, "comment": "not needed"} | told
        return splitting.put_aside(
            session, svf.made_by, suspension=svf, purpose=Purpose.WASTE,
            volume_ml=Decimal(volume), **told,
        )  # fmt: skip

    return so_much


def test_much_of_a_tube_is_not_wasted_by_one_person(wasted, svf):
    wasted("5")

    with pytest.raises(splitting.SecondToWaste, match="more than the 50 %") as asked:
        wasted("0.001")

    assert asked.value.field == "second"
    assert svf.remaining_ml == 4


def test_a_second_person_signs_for_what_is_wasted_and_why(session, wasted, lead, proof_of, svf):
    wasted("9", second=proof_of(lead))

    (signed,) = session.scalars(select(Signature).where(Signature.subject_code == svf.code))
    assert (signed.user_id, signed.meaning, signed.reason) == (
        lead.id, Meaning.DISCARDED, "not needed",
    )  # fmt: skip
    assert svf.remaining_ml == 0


def test_why_so_much_is_wasted_is_asked(wasted, lead, proof_of):
    with pytest.raises(FieldError) as asked:
        wasted("9", second=proof_of(lead), comment=None)

    assert asked.value.field == "comment"


def test_nobody_is_their_own_second_person_for_waste(wasted, technician, proof_of):
    with pytest.raises(signing.SamePerson):
        wasted("9", second=proof_of(technician))


def test_a_specification_that_does_not_know_the_limit_asks_as_the_one_shipped_does(
    session, wasted, svf
):
    version = specifications.of(svf.batch)
    known = [each for each in version.limits if each.name != splitting.WASTED_ALONE]
    assert len(known) < len(version.limits)
    set_committed_value(version, "limits", known)

    with pytest.raises(splitting.SecondToWaste, match="more than the 50 %"):
        wasted("5.001")
