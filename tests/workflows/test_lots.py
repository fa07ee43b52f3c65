"""Lots come, are released by quality, are used, counted, expire, and are found again."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select

from lims import clock
from lims.errors import NotPermitted, Stale, WrongState
from lims.models.deviation import Deviation, DeviationSubject, DeviationSupply
from lims.models.lot import LotStatus, StockCorrection
from lims.models.signature import Meaning, Signature
from lims.models.step import StepStatus
from lims.workflows import items, lot_decisions, lot_reach, lots, states, stock
from lims.workflows.lot_decisions import CertificateNotSeen, PreparedByYou
from lims.workflows.lots import (
    Ingredient,
    IngredientTwice,
    LotDecided,
    LotKnown,
    NotCounted,
    OutlivesIngredient,
    StillToCome,
)
from lims.workflows.signing import NotTheSigner, still_valid
from lims.workflows.stock import LotExpired, LotNotReleased, LotTooSmall, LotUsedUp
from tests.laboratory import supplies, uses

A_DAY = timedelta(days=1)


@pytest.fixture
def step(session, technician):
    """An isolation of somebody's tissue, open at the bench."""
    return uses.isolation(session, uses.tissue(session), technician)


def receive(session, by, *, item="buffer", number="N-1", lasts=100, quantity="10", seen=True):
    return lots.receive_lot(
        session,
        item=supplies.item(session, item),
        maker_number=number,
        received_on=clock.today(),
        expires_on=clock.today() + lasts * A_DAY,
        quantity=Decimal(quantity),
        storage=None,
        certificate_seen=seen,
        by=by,
    )


def prepare(session, by, *ingredients, lasts=10, quantity="10"):
    return lots.prepare_lot(
        session,
        item=supplies.item(session, "complete_medium"),
        prepared_on=clock.today(),
        expires_on=clock.today() + lasts * A_DAY,
        quantity=Decimal(quantity),
        storage=None,
        ingredients=[Ingredient(lot, Decimal(taken)) for lot, taken in ingredients],
        by=by,
    )


@pytest.fixture
def release(session, qa_officer, proof_of):
    """Quality releases a lot from quarantine."""

    def released(lot, *, by=qa_officer, seen=False):
        return lot_decisions.release_lot(
            session, lot, version=lot.version, certificate_seen=seen, proof=proof_of(by), by=by
        )

    return released


@pytest.fixture
def recall(session, qa_officer, proof_of):
    def recalled(lot):
        return lot_decisions.recall_lot(
            session, lot, reason="the maker wrote", proof=proof_of(qa_officer), by=qa_officer
        )

    return recalled


def test_a_lot_received_may_not_be_used(session, technician):
    lot = receive(session, technician)

    problem = stock.problem_with(session, lot, Decimal(1), clock.now())

    assert isinstance(problem, LotNotReleased)


def test_a_lot_in_quarantine_may_not_be_used(session, lot_of):
    problem = stock.problem_with(session, lot_of("quarantined"), Decimal(1), clock.now())

    assert isinstance(problem, LotNotReleased)


def test_a_released_lot_may_be_used(session, lot_of):
    assert stock.problem_with(session, lot_of("enzyme"), Decimal(1), clock.now()) is None


def test_a_lot_expired_may_not_be_used(session, lot_of):
    problem = stock.problem_with(session, lot_of("expired"), Decimal(1), clock.now())

    assert isinstance(problem, LotExpired)


def test_what_was_done_before_the_expiry_is_judged_by_that_day(session, lot_of):
    then = clock.now() - timedelta(days=20)

    assert stock.problem_with(session, lot_of("expired"), Decimal(1), then) is None


def test_a_lot_lasts_through_its_last_day_where_the_laboratory_is(session, lot_of):
    enzyme = lot_of("enzyme")
    enzyme.expires_on = clock.day_of(clock.now())

    with time_machine.travel(f"{enzyme.expires_on} 20:59 +0000", tick=False):
        assert stock.problem_with(session, enzyme, Decimal(1), clock.now()) is None
    with time_machine.travel(f"{enzyme.expires_on} 21:00 +0000", tick=False):
        assert stock.problem_with(session, enzyme, Decimal(1), clock.now()) is not None


def test_more_than_is_left_may_not_be_used(session, lot_of):
    asked = supplies.AMPLE + Decimal("0.001")

    problem = stock.problem_with(session, lot_of("enzyme"), asked, clock.now())

    assert isinstance(problem, LotTooSmall)
    assert problem.parameters["left"] == supplies.AMPLE


@pytest.fixture
def opened_buffer(session, technician, release, step):
    """100 mL came; 20.5 mL went into a step, 30 mL into a prepared lot."""
    buffer = release(receive(session, technician, quantity="100"))
    uses.use_lot(session, step, buffer, "20.5")
    prepare(session, technician, (buffer, "30"))
    return buffer


def test_stock_is_what_came_less_what_went_into_steps_and_lots(session, opened_buffer):
    assert stock.remaining(session, opened_buffer) == Decimal("49.5")


def test_a_count_corrects_the_stock_and_says_by_how_much(session, opened_buffer, technician):
    lots.correct_stock(
        session, opened_buffer, counted=Decimal(49), reason="a bottle was dropped", by=technician
    )

    correction = session.scalars(select(StockCorrection)).one()
    assert correction.difference == Decimal("-0.5")
    assert stock.remaining(session, opened_buffer) == 49


def test_a_step_given_up_used_nothing(session, lot_of, step):
    uses.use_lot(session, step, lot_of("enzyme"), "20")
    states.move(session, step, StepStatus.VOID)

    assert stock.remaining(session, lot_of("enzyme")) == supplies.AMPLE


def test_the_first_use_takes_a_lot_into_use(session, lot_of, step):
    uses.use_lot(session, step, lot_of("enzyme"), "1")

    assert lot_of("enzyme").status == LotStatus.IN_USE


def test_the_last_use_consumes_a_lot(session, lot_of, step):
    uses.use_lot(session, step, lot_of("enzyme"), supplies.AMPLE)

    assert lot_of("enzyme").status == LotStatus.CONSUMED
    problem = stock.problem_with(session, lot_of("enzyme"), Decimal(1), clock.now())
    assert isinstance(problem, LotUsedUp)


def test_a_lot_used_by_override_keeps_its_status(session, lot_of, step):
    uses.use_lot(session, step, lot_of("quarantined"), "1")

    assert lot_of("quarantined").status == LotStatus.QUARANTINED


def test_a_lot_counted_empty_is_consumed(session, lot_of, step, technician):
    uses.use_lot(session, step, lot_of("enzyme"), "1")

    lots.correct_stock(session, lot_of("enzyme"), counted=Decimal(0), reason="empty", by=technician)

    assert lot_of("enzyme").status == LotStatus.CONSUMED


def test_the_stock_of_a_lot_not_released_is_not_counted(session, lot_of, technician):
    with pytest.raises(NotCounted):
        lots.correct_stock(
            session, lot_of("quarantined"), counted=Decimal(1), reason="count", by=technician
        )


def test_one_delivery_is_entered_once(session, technician):
    receive(session, technician)

    with pytest.raises(LotKnown):
        receive(session, technician)


def test_a_delivery_to_come_is_none(session, technician):
    with time_machine.travel(clock.now() - A_DAY):
        yesterday = clock.today()
    with pytest.raises(StillToCome), time_machine.travel(clock.now() - A_DAY):
        lots.prepare_lot(
            session,
            item=supplies.item(session, "buffer"),
            prepared_on=yesterday + A_DAY,
            expires_on=yesterday + A_DAY,
            quantity=Decimal(1),
            storage=None,
            ingredients=[],
            by=technician,
        )


def test_release_is_signed_with_what_was_shown(session, technician, release, qa_officer):
    lot = release(receive(session, technician))

    signature = session.scalars(select(Signature).where(Signature.subject_code == lot.code)).one()
    assert (signature.meaning, signature.user_id) == (Meaning.RELEASED, qa_officer.id)
    assert still_valid(signature, lot_decisions.shown_for_decision(lot))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("maker_number", "other"),
        ("received_on", clock.today() - A_DAY),
        ("expires_on", clock.today()),
        ("quantity", Decimal(11)),
        ("storage", "-20 °C"),
        ("certificate_seen", False),
    ],
)
def test_a_change_after_the_release_ends_its_signature(session, technician, release, column, value):
    lot = release(receive(session, technician))
    signature = session.scalars(select(Signature).where(Signature.subject_code == lot.code)).one()

    setattr(lot, column, value)

    assert not still_valid(signature, lot_decisions.shown_for_decision(lot))


def test_a_technician_releases_no_lot(session, technician, release):
    with pytest.raises(NotPermitted):
        release(receive(session, technician), by=technician)


def test_a_lot_is_released_by_the_one_whose_password_it_is(
    session, technician, qa_officer, lead, proof_of
):
    lot = receive(session, technician)

    with pytest.raises(NotTheSigner):
        lot_decisions.release_lot(
            session,
            lot,
            version=lot.version,
            certificate_seen=True,
            proof=proof_of(lead),
            by=qa_officer,
        )


def test_a_delivery_waits_in_quarantine_from_its_receipt(session, technician):
    assert receive(session, technician).status == LotStatus.QUARANTINED


def test_an_older_page_does_not_release(session, technician, release, qa_officer, proof_of):
    lot = receive(session, technician)

    with pytest.raises(Stale):
        lot_decisions.release_lot(
            session,
            lot,
            version=lot.version - 1,
            certificate_seen=True,
            proof=proof_of(qa_officer),
            by=qa_officer,
        )


def test_a_lot_whose_certificate_nobody_saw_is_not_released(session, technician, release):
    with pytest.raises(CertificateNotSeen):
        release(receive(session, technician, seen=False))


def test_the_certificate_may_be_seen_at_the_release(session, technician, release):
    lot = release(receive(session, technician, seen=False), seen=True)

    assert lot.certificate_seen


def test_a_lot_expired_is_not_released(session, technician, release):
    with pytest.raises(LotExpired):
        release(receive(session, technician, lasts=-1))


def test_a_lot_is_corrected_before_its_release(session, technician):
    lot = receive(session, technician)

    correct(session, lot, technician, maker_number="N-2")

    assert lot.maker_number == "N-2"


def test_a_lot_is_not_corrected_after_its_release(session, technician, release):
    lot = release(receive(session, technician))

    with pytest.raises(LotDecided):
        correct(session, lot, technician, maker_number="N-2")


def correct(session, lot, by, **values):
    kept = {
        name: getattr(lot, name) for name in ("maker_number", "expires_on", "quantity", "storage")
    }
    return lots.correct_lot(
        session, lot, version=lot.version, reason="typing error", by=by, **(kept | values)
    )


def test_a_rejected_lot_is_signed_and_not_used(session, lot_of, qa_officer, proof_of):
    lot = lot_decisions.reject_lot(
        session, lot_of("quarantined"), reason="torn", proof=proof_of(qa_officer), by=qa_officer
    )

    signature = session.scalars(select(Signature).where(Signature.subject_code == lot.code)).one()
    assert (signature.meaning, signature.reason) == (Meaning.REJECTED, "torn")
    assert lot.status == LotStatus.REJECTED


def test_a_prepared_lot_takes_from_its_ingredients(session, lot_of, technician):
    before = stock.remaining(session, lot_of("medium"))

    prepared = prepare(session, technician, (lot_of("medium"), "9.5"), (lot_of("serum"), "0.5"))

    assert before - stock.remaining(session, lot_of("medium")) == Decimal("9.5")
    assert prepared.maker_number == prepared.code
    assert lot_of("medium").status == LotStatus.IN_USE


def test_a_prepared_lot_does_not_outlive_its_ingredients(session, lot_of, technician):
    lasts = (lot_of("medium").expires_on - clock.today()).days + 1

    with pytest.raises(OutlivesIngredient):
        prepare(session, technician, (lot_of("medium"), "1"), lasts=lasts)


def test_a_corrected_expiry_does_not_outlive_the_ingredients_either(session, lot_of, technician):
    prepared = prepare(session, technician, (lot_of("medium"), "1"))

    with pytest.raises(OutlivesIngredient):
        correct(session, prepared, technician, expires_on=lot_of("medium").expires_on + A_DAY)


@pytest.mark.parametrize("name", ["quarantined", "expired"])
def test_nothing_is_prepared_from_a_lot_not_in_order(session, lot_of, technician, name):
    with pytest.raises((LotNotReleased, LotExpired)):
        prepare(session, technician, (lot_of(name), "1"))


def test_an_ingredient_is_named_once(session, lot_of, technician):
    with pytest.raises(IngredientTwice):
        prepare(session, technician, (lot_of("medium"), "1"), (lot_of("medium"), "1"))


def test_who_prepared_a_lot_does_not_release_it(session, lot_of, technician, release):
    prepared = prepare(session, technician, (lot_of("medium"), "1"))
    technician.roles.append(qa_role(technician))

    with pytest.raises(PreparedByYou):
        release(prepared, by=technician)


def qa_role(person):
    from lims.models.user import UserRole
    from lims.permissions import Role

    return UserRole(user_id=person.id, role=Role.QA_OFFICER)


def test_a_lot_made_of_a_recalled_one_is_not_released(session, lot_of, technician, release):
    prepared = prepare(session, technician, (lot_of("medium"), "1"))
    states.move(session, lot_of("medium"), LotStatus.RECALLED)

    with pytest.raises(LotNotReleased):
        release(prepared)


def test_a_recall_takes_back_what_was_made_of_the_lot(session, lot_of, technician, release, recall):
    child = release(prepare(session, technician, (lot_of("medium"), "5")))
    grandchild = prepare(session, technician, (child, "1"))

    recall(lot_of("medium"))

    assert [child.status, grandchild.status] == [LotStatus.RECALLED, LotStatus.REJECTED]
    assert lot_of("serum").status == LotStatus.IN_USE


def test_a_recall_reports_every_step_that_used_the_lot_or_its_children(
    session, lot_of, technician, release, recall, step
):
    child = release(prepare(session, technician, (lot_of("medium"), "5")))
    uses.use_lot(session, step, child, "1")

    recall(lot_of("medium"))

    deviation = session.scalars(select(Deviation).where(Deviation.rule == "recalled_lot")).one()
    subject = select(DeviationSubject.sample_id).where(
        DeviationSubject.deviation_id == deviation.id, DeviationSubject.sample_id.is_not(None)
    )
    supplied = select(DeviationSupply.lot_id).where(DeviationSupply.deviation_id == deviation.id)
    assert session.scalars(subject).all() == [step.sample_id]
    assert {lot_of("medium").id, child.id} <= set(session.scalars(supplied))


def test_a_rejected_lot_that_was_let_be_used_is_reported_as_far_as_it_went(
    session, lot_of, qa_officer, proof_of, step
):
    uses.use_lot(session, step, lot_of("quarantined"), "1")

    lot_decisions.reject_lot(
        session,
        lot_of("quarantined"),
        reason="the maker's certificate is of another lot",
        proof=proof_of(qa_officer),
        by=qa_officer,
    )

    found = session.scalars(select(Deviation).where(Deviation.rule == "rejected_lot")).one()
    subject = select(DeviationSubject.sample_id).where(
        DeviationSubject.deviation_id == found.id, DeviationSubject.sample_id.is_not(None)
    )
    assert session.scalars(subject).all() == [step.sample_id]


def test_a_recall_of_an_unused_lot_reports_nothing(session, lot_of, recall):
    recall(lot_of("vehicle"))

    assert not session.scalars(select(Deviation).where(Deviation.rule == "recalled_lot")).all()


@pytest.mark.parametrize("became", [LotStatus.EXPIRED, LotStatus.CONSUMED])
def test_a_lot_is_recalled_after_its_end_too(session, lot_of, recall, became):
    states.move(session, lot_of("medium"), became)

    assert recall(lot_of("medium")).status == LotStatus.RECALLED


def test_a_lot_in_quarantine_is_rejected_not_recalled(session, lot_of, recall):
    with pytest.raises(WrongState):
        recall(lot_of("quarantined"))


def test_the_way_of_a_lot_is_found_through_lots_made_from_it(session, lot_of, technician, step):
    uses.use_lot(session, step, lot_of("complete_medium"), "1")

    made = lot_reach.descendants(session, lot_of("medium"))

    assert [used.step_id for used in lot_reach.uses(session, [lot_of("medium"), *made])] == [
        step.id
    ]


def test_lots_whose_last_day_is_over_expire(session, lot_of):
    medium, complete = lot_of("second_medium"), lot_of("complete_medium")

    with time_machine.travel(clock.now() + 40 * A_DAY):
        expired = lots.expire_due(session)

    assert expired == 1
    assert [medium.status, complete.status] == [LotStatus.RELEASED, LotStatus.EXPIRED]


def test_a_lot_does_not_expire_on_its_last_day(session, lot_of):
    with time_machine.travel(clock.now() + 30 * A_DAY):
        assert lots.expire_due(session) == 0


def test_an_item_is_in_the_catalogue_once(session, technician):
    enzyme = supplies.item(session, "enzyme")

    with pytest.raises(items.NameTaken):
        items.add_item(
            session,
            name=enzyme.name,
            kind=enzyme.kind,
            unit="mg",
            maker=None,
            antibiotics=None,
            by=technician,
        )


def test_an_item_keeps_its_own_name_when_edited(session, technician):
    medium = supplies.item(session, "medium")

    items.edit_item(
        session,
        medium,
        version=medium.version,
        name=medium.name,
        kind=medium.kind,
        maker="Other",
        antibiotics="gentamicin",
        reason="new formulation",
        by=technician,
    )

    assert medium.antibiotics == "gentamicin"
