"""Cells, vessels, medium and stock of the demonstration agree with each other, as at a bench."""

from decimal import Decimal
from itertools import pairwise

import pytest
from sqlalchemy import func, select

from lims.demo import layer
from lims.models.culture import Harvest, StepVessel
from lims.models.lot import Lot, LotStatus
from lims.models.step import Step, StepKind
from lims.models.suspension import Suspension, SuspensionOrigin
from lims.models.vessel import Vessel
from lims.workflows import stock

pytestmark = pytest.mark.xdist_group("demonstration")

PER_CM2 = (7_000, 21_000)
"""Cells harvested at 70 to 95 % of adherent MSC."""
ML_PER_CM2 = (Decimal("0.19"), Decimal("0.3"))


@pytest.fixture
def session(database):
    with database.reading() as session:
        yield session


def vessels_of(session, tube):
    return session.scalars(select(Vessel).where(Vessel.harvested_into_id == tube.id)).all()


def grown_on_floors(session):
    """(tube, harvest, vessels) of every harvest of vessels that one sees into."""
    made = select(Suspension).where(Suspension.origin == SuspensionOrigin.HARVEST)
    for tube in session.scalars(made.order_by(Suspension.id)):
        harvest = session.scalars(select(Harvest).where(Harvest.suspension_id == tube.id)).one()
        vessels = vessels_of(session, tube)
        if vessels[0].vessel_type != layer.QUANTUM:
            yield tube, harvest, vessels


def test_a_harvest_yields_what_lies_on_floors_as_full_as_they_were(session):
    found = [
        (tube.count.live / float(sum(each.growth_area_cm2 for each in vessels)), harvest)
        for tube, harvest, vessels in grown_on_floors(session)
    ]
    odd = [per_cm2 for per_cm2, _ in found if not PER_CM2[0] < per_cm2 < PER_CM2[1]]
    thin = [per_cm2 / float(harvest.confluence_pct) for per_cm2, harvest in found]

    assert (bool(found), odd) == (True, [])
    assert max(thin) < 2.2 * min(thin), "as many cells for each per cent, but for the passage"


def test_no_vessel_looks_less_full_than_it_did(session):
    seen = select(StepVessel).where(StepVessel.confluence_pct.is_not(None))
    by_vessel: dict[int, list[Decimal]] = {}
    for each in session.scalars(seen.order_by(StepVessel.id)):
        by_vessel.setdefault(each.vessel_id, []).append(each.confluence_pct)
    for _tube, harvest, vessels in grown_on_floors(session):
        for vessel in vessels:
            by_vessel.setdefault(vessel.id, []).append(harvest.confluence_pct)

    fell = [looks for looks in by_vessel.values() if any(a > b for a, b in pairwise(looks))]

    assert (len(by_vessel) > 9, fell) == (True, [])


def test_a_vessel_is_fed_what_it_holds_and_vessels_like_it_came_in_a_lot(session):
    fed = select(StepVessel, Vessel).join(Vessel, Vessel.id == StepVessel.vessel_id)
    held = {
        vessel.vessel_type: each.medium_ml / vessel.growth_area_cm2
        for each, vessel in session.execute(fed.where(StepVessel.medium_ml.is_not(None)))
        if vessel.vessel_type != layer.QUANTUM
    }
    steps = session.scalars(select(Step).where(Step.kind == StepKind.FEEDING)).unique()
    opened = session.scalars(select(Step).where(Step.kind == StepKind.HARVEST)).unique()
    items = {use.lot.item.name for step in opened for use in step.lots}

    assert held
    assert all(ML_PER_CM2[0] <= each <= ML_PER_CM2[1] for each in held.values()), held
    assert all(step.lots for step in steps)
    assert any("factory" in item for item in items)


def test_nobody_looks_into_hollow_fibres(session):
    of_circuits = select(StepVessel).join(Vessel, Vessel.id == StepVessel.vessel_id)
    seen = session.scalars(of_circuits.where(Vessel.vessel_type == layer.QUANTUM)).all()
    told = [each.appearance for each in seen if each.appearance]

    assert told
    assert all("glucose" in each for each in told)
    assert [each for each in seen if each.confluence_pct is not None] == []


def test_what_is_bought_is_used_and_little_of_it_lies_there(session):
    every = session.scalars(select(Lot)).unique().all()
    used = {lot.item.name for lot in every if lot.status in (LotStatus.IN_USE, LotStatus.CONSUMED)}
    most = {lot.item.name: lot.quantity for lot in every}

    assert {"Syringe 5 mL", "Cryogenic vial 2 mL", "T-175 flask", "Tissue collection kit"} <= used
    assert max(most.values()) <= 10_000


def test_hardly_any_medium_is_left_when_it_expires(session):
    medium = session.scalars(select(Lot).where(Lot.prepared_by_id.is_not(None))).unique().all()
    over = [lot for lot in medium if lot.status is LotStatus.EXPIRED]
    left = stock.remaining_of(session, over)

    assert len(medium) > 5
    assert sum(left.values()) < sum(lot.quantity for lot in medium) / 2


def test_no_lot_is_in_use_after_its_last_day(session, database):
    last = session.scalars(select(func.max(Step.performed_at))).one()
    usable = Lot.status.in_((LotStatus.RELEASED, LotStatus.IN_USE))
    over = session.scalars(select(Lot).where(usable)).unique().all()

    assert over
    assert [lot.code for lot in over if (last.date() - lot.expires_on).days > 3] == []
