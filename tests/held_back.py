"""How well the forecast tells when the cells of a batch suffice, by the other batches alone."""

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from lims.workflows import specifications
from lims.workflows.forecast import Aim, Forecast, forecast
from lims.workflows.pace import Standing
from lims.workflows.past_batches import past_batches
from lims.workflows.paths import past_path

DAY = date(2026, 1, 1)
AIM = Aim(prescribed_cells=50_000_000, fill_yield_pct=Decimal(90))


def inside(session: Session) -> list[bool]:
    """Of each closed batch of fresh tissue with two passages, whether the interval that was told
    when its P1 was seeded holds the day on which its own cells sufficed."""
    past = past_batches(session, [])
    ranges = specifications.forecast_ranges(specifications.current(session))
    assert ranges is not None
    found = []
    for batch in past:
        p0, *later = batch.passages
        if p0.passage != 0 or len(later) < 2:
            continue
        standing = Standing(later[0].seeded, DAY, 1, own=(p0,))
        others = [each for each in past if each is not batch]
        told = forecast(standing, AIM, past=others, ranges=ranges, today=DAY)
        own = past_path(batch, standing, AIM.cells, 0)
        assert isinstance(told, Forecast)
        assert own is not None
        found.append(told.earliest <= DAY + timedelta(days=round(own.days)) <= told.latest)
    return found
