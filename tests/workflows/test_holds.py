"""Holds: put by quality or by a rule, lifted by quality's signature; never against care."""

from decimal import Decimal

import pytest

from lims.errors import NotPermitted
from lims.models.deviation import HoldKind
from lims.models.signature import Signature
from lims.workflows import holds, observing, signing


@pytest.fixture
def vessels(at_the_bench, course):
    return at_the_bench.first_passage(course)


@pytest.fixture
def hold(session, vessels, qa_officer):
    return holds.hold_material(
        session, vessels[0].batch, kind=HoldKind.HOLD, reason="to look at", by=qa_officer
    )


def lift(session, hold, qa, proof_of):
    return holds.lift_hold(session, hold, reason="looked at", proof=proof_of(qa), by=qa)


def test_only_quality_puts_on_hold(session, vessels, lead):
    with pytest.raises(NotPermitted):
        holds.hold_material(session, vessels[0], kind=HoldKind.HOLD, reason="-", by=lead)


def test_a_hold_has_a_reason(session, vessels, qa_officer):
    with pytest.raises(holds.ReasonNeeded):
        holds.hold_material(session, vessels[0], kind=HoldKind.HOLD, reason=" ", by=qa_officer)


def test_held_cells_are_still_looked_after(session, at_the_bench, vessels, hold):
    seen = observing.observe_vessels(
        session,
        vessels,
        confluence_pct=Decimal(60),
        performed=at_the_bench.done(),
        by=at_the_bench.technician,
    )

    assert seen.performed_at is not None


def test_quality_lifts_a_hold_with_a_signature(session, vessels, hold, qa_officer, proof_of):
    before = holds.open_holds(session, vessels[0].batch)

    lift(session, hold, qa_officer, proof_of)

    signature = session.get_one(Signature, hold.lifting_signature_id)
    assert list(before) == [hold]
    assert not holds.open_holds(session, vessels[0].batch)
    assert signing.still_valid(signature, holds.shown_of(hold))


@pytest.mark.parametrize("change", [{"reason": "another"}, {"kind": HoldKind.QUARANTINE}])
def test_the_signature_ends_with_a_change_of_the_hold(session, hold, qa_officer, proof_of, change):
    lift(session, hold, qa_officer, proof_of)
    signature = session.get_one(Signature, hold.lifting_signature_id)

    for column, value in change.items():
        setattr(hold, column, value)

    assert not signing.still_valid(signature, holds.shown_of(hold))


def test_a_hold_is_lifted_once(session, hold, qa_officer, proof_of):
    lift(session, hold, qa_officer, proof_of)

    with pytest.raises(holds.AlreadyLifted):
        lift(session, hold, qa_officer, proof_of)


def test_nobody_but_quality_lifts_a_hold(session, hold, lead, proof_of):
    with pytest.raises(NotPermitted):
        lift(session, hold, lead, proof_of)
