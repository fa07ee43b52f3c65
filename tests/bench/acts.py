"""Commands as people give them: the form is open, what is measured is sending it."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

from lims.models.vessel import Vessel
from lims.workflows import harvesting
from tests.bench.ready import Ready
from tests.bench.rounds import Bench, Try
from tests.walks.walker import each
from tests.web.visitor import FormFound, Visitor

COUNTED = {
    "volume_ml": "10",
    "confluence_pct": "80",
    "method": "automated",
    "meant": "cells_per_mL",
    "live": "200 000",
    "dead": "10 000",
}


def harvesting_once(visitor: Visitor, made: Ready, vessels: Sequence[str]) -> Iterator[Try]:
    """Each vessel in a harvest of its own, opened before and closed after by others."""
    life = made.life
    for vessel in vessels:
        step = life.act(
            "technician", harvesting.start_harvest, vessels=each(Vessel, [vessel]), **life.bench()
        ).code
        life.supply(step, "trypsin", "buffer", equipment=("cabinet", "centrifuge", "counter"))
        tube = life.planned(step, "SU")[0]
        form = visitor.form(f"/culture/harvests/{step}")
        values = {"vessels": vessel, "tube": tube, **COUNTED}
        try:
            yield lambda form=form, values=values: sent(visitor, form, values)  # type: ignore[misc]
        finally:
            life.close("technician", step)


def placing(visitor: Visitor, vials: Sequence[tuple[str, str, str]]) -> Iterator[Try]:
    form = visitor.form("/placing/place")
    for vial, box, position in vials:
        values = {"vial": vial, "box": box, "position": position, "key": str(uuid4())}
        yield lambda values=values: sent(visitor, form, values)  # type: ignore[misc]


def sent(visitor: Visitor, form: FormFound, values: dict[str, Any]) -> None:
    answer = visitor.post(form, values)
    assert answer.status_code == 303, answer.text


HARVEST, PLACE = "Recording a harvest", "Placing a vial"


def measure(
    bench: Bench, way: str, technician: Visitor, keeper: Visitor, made: Ready, engine: Any = None
) -> None:
    """Half of what is ready is for each way; the vials after that are for many at once."""
    whole = len(made.vessels)
    half = slice(0, whole // 2) if engine else slice(whole // 2, whole)
    bench.round(HARVEST, way, harvesting_once(technician, made, made.vessels[half]), engine=engine)
    bench.round(PLACE, way, placing(keeper, made.vials[half]), engine=engine)
