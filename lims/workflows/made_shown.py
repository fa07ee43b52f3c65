"""What came of steps, as a reviewer is shown it and signs it: tubes, counts, volumes."""

from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session, joinedload

from lims.models.step import Step
from lims.models.suspension import CellCount, Suspension, Withdrawal
from lims.workflows.abreast import Asked, Keys, abreast, read

WITH_VESSEL = (joinedload(Withdrawal.vessel),)
"""What is read with the volumes that a reviewer is shown."""


def shown_of(session: Session, steps: Sequence[Step]) -> dict[int, list[object]]:
    """By step, the tubes, counts and volumes that came of it, as a reviewer is shown them."""
    ids = [step.id for step in steps]
    return shown(ids, *read(session, abreast(*made_in_steps(ids)).options(*WITH_VESSEL)))


def made_in_steps(steps: Keys) -> tuple[Asked, Asked, Asked]:
    """The tubes, the counts and the volumes of which `shown` is told."""
    return (
        (Suspension, Suspension.made_by_id.in_(steps)),
        (CellCount, CellCount.step_id.in_(steps)),
        (Withdrawal, Withdrawal.step_id.in_(steps)),
    )


def shown(
    steps: Iterable[int],
    tubes: Iterable[Suspension],
    counts: Iterable[CellCount],
    volumes: Iterable[Withdrawal],
) -> dict[int, list[object]]:
    """`shown_of`, of what was read already; counts made elsewhere may be among them."""
    found: dict[int, list[object]] = {key: [] for key in steps}
    for tube in tubes:
        found[tube.made_by_id].append([tube.code, tube.volume_ml])
    last = {(each.step_id, each.suspension_id): each for each in counts if each.step_id in found}
    for (key, of_tube), count in last.items():
        found[key].append([of_tube, count.live, count.dead, count.volume_ml])
    for taken in volumes:
        vessel = taken.vessel
        seeded = [vessel.code, vessel.vessel_type, vessel.growth_area_cm2] if vessel else []
        found[taken.step_id].append([taken.id, taken.volume_ml, taken.viable_cells, *seeded])
    return found
