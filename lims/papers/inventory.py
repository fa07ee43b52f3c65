"""The inventory of a tank from the rows that say what stands where."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from itertools import groupby

from lims.charts.box import BoxMap
from lims.models.storage import Tank, Zone
from lims.papers.wording import passage, spoken, wording_of
from lims.records import inventory
from lims.records.inventory import BoxOfVials, Inventory, Vial
from lims.records.wording import Wording
from lims.workflows.tank_contents import Standing


def inventory_pdf(
    tank: Tank,
    standing: Sequence[Standing],
    reserved: Mapping[str, Collection[tuple[int, int]]],
    *,
    at: datetime,
    site: str,
    zone: tzinfo,
    language: str,
) -> bytes:
    """What stands in `tank`, of the moment `at`, in the language of who asks.

    `reserved`: of each box, by its code, the positions that belong to a patient.
    """
    say = wording_of(language, zone)
    boxes = list(_boxes(standing, reserved, say))
    return inventory.render(Inventory(tank.code, tank.name, site, at, boxes), say)


def _boxes(
    standing: Sequence[Standing],
    reserved: Mapping[str, Collection[tuple[int, int]]],
    say: Wording,
) -> Iterator[BoxOfVials]:
    for _code, vials in groupby(standing, key=lambda each: each.box):
        found = list(vials)
        first = found[0]
        apart = "" if first.zone is Zone.STANDARD else spoken(say, first.zone)
        lines = [_vial(each, say) for each in found]
        held = {(each.row, each.column): "" for each in found}
        caption, kept = f"{first.level} · {first.box} · {len(found)}", reserved.get(first.box, ())
        drawn = BoxMap(caption, *first.size, held, kept)
        yield BoxOfVials(first.box, first.tower, first.level, apart, lines, drawn)


def _vial(each: Standing, say: Wording) -> Vial:
    return Vial(
        position=each.position,
        code=each.vial,
        state=spoken(say, each.status),
        patient=each.patient,
        cell=each.cell,
        cell_name=each.cell_name,
        passage=passage(each.passage),
        cells=each.cells,
        filled_at=each.filled_at,
    )
