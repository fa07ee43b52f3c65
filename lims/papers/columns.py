"""What the typed columns of each kind of step are called on paper, their units and limits."""

from dataclasses import dataclass
from typing import Any

from lims.errors import N_
from lims.models.base import table_of
from lims.models.step import Step, StepKind
from lims.models.types import Scaled


@dataclass(frozen=True)
class Word:
    """A column's name on paper; its unit where the column itself does not know it."""

    name: str
    unit: str = ""


WORDS: dict[str, Word] = {
    "performed_at": Word(N_("Performed at")),
    "comment": Word(N_("Comment")),
    "body_site": Word(N_("Body site")),
    "surgeon": Word(N_("Surgeon")),
    "anaesthesia": Word(N_("Anaesthesia")),
    "courier": Word(N_("Courier")),
    "container": Word(N_("Transport container")),
    "mass_g": Word(N_("Mass of tissue")),
    "temperature_min_c": Word(N_("Lowest temperature on the way")),
    "temperature_max_c": Word(N_("Highest temperature on the way")),
    "container_intact": Word(N_("Container intact")),
    "appearance": Word(N_("Appearance")),
    "tissue_used_g": Word(N_("Tissue digested")),
    "enzyme_pct": Word(N_("Enzyme concentration")),
    "digestion_min": Word(N_("Digestion time"), "min"),
    "digestion_c": Word(N_("Digestion temperature")),
    "spin_g": Word(N_("Centrifugation"), "× g"),
    "spin_min": Word(N_("Centrifugation time"), "min"),
    "washes": Word(N_("Washes")),
    "confluence_pct": Word(N_("Confluence at harvest")),
    "detachment_min": Word(N_("Detachment time"), "min"),
    "detachment_c": Word(N_("Detachment temperature"), "°C"),
    "full_change": Word(N_("Medium changed in full")),
    "to_place_id": Word(N_("Moved to")),
    "why": Word(N_("Why")),
    "appearance_good": Word(N_("Appearance as it should be, no particles")),
    "containers_intact": Word(N_("Containers intact and closed")),
    "portion_ml": Word(N_("Planned for each vial")),
    "carrier": Word(N_("Carrier")),
    "transport_box": Word(N_("Transport box")),
    "temperature_c": Word(N_("Temperature")),
    "intact": Word(N_("Container intact")),
    "joint": Word(N_("Joint")),
    "joint_named": Word(N_("Which joint")),
    "side": Word(N_("Side")),
    "volume_ml": Word(N_("Volume injected")),
    "injected_by": Word(N_("Injected by")),
    "guidance": Word(N_("Guidance")),
    "cryoprotectant": Word(N_("Cryoprotectant")),
    "cryoprotectant_pct": Word(N_("Cryoprotectant in the vial")),
    "cryoprotectant_added_at": Word(N_("Cryoprotectant added")),
    "program": Word(N_("Freezing program")),
    "program_started_at": Word(N_("Program started")),
    "program_ended_at": Word(N_("Program ended")),
    "end_temperature_c": Word(N_("Temperature at the end")),
    "as_programmed": Word(N_("Cooled as programmed")),
    "bath_temperature_c": Word(N_("Temperature of the bath")),
    "aborted_reason": Word(N_("No cells were got")),
    "receiver": Word(N_("Received by")),
    "how": Word(N_("How")),
}

MADE = {
    "live": N_("live"),
    "dead": N_("dead"),
    "volume_ml": N_("volume"),
    "viable_cells": N_("viable cells"),
    "seeded_cells": N_("seeded cells"),
    "cumulative_doublings": N_("cumulative doublings"),
    "vessel_type": N_("vessel type"),
    "growth_area_cm2": N_("growth area"),
    "quantity": N_("quantity"),
    "vehicle": N_("suspended in"),
}
"""What a correction may change of what a step made, and of what is computed from that."""

LIMITS: dict[tuple[StepKind, str], str] = {
    (StepKind.RECEPTION, "mass_g"): "tissue_mass_{}_g",
    (StepKind.RECEPTION, "temperature_min_c"): "transport_temperature_{}_c",
    (StepKind.RECEPTION, "temperature_max_c"): "transport_temperature_{}_c",
    (StepKind.ISOLATION, "enzyme_pct"): "enzyme_pct_{}",
    (StepKind.ISOLATION, "digestion_min"): "digestion_minutes_{}",
    (StepKind.ISOLATION, "digestion_c"): "digestion_temperature_{}_c",
    (StepKind.HARVEST, "confluence_pct"): "confluence_{}_pct",
    (StepKind.HANDOVER, "temperature_c"): "product_temperature_{}_c",
    (StepKind.RECEIPT, "temperature_c"): "product_temperature_{}_c",
    (StepKind.THAW, "bath_temperature_c"): "thaw_temperature_{}_c",
}
"""The specification's limits of a column: `{}` stands for min and for max."""

AT_MOST: dict[tuple[StepKind, str], str] = {
    (StepKind.FREEZING, "end_temperature_c"): "freezing_end_temperature_max_c",
}
"""The one limit that a column must not pass."""

MUST_BE_YES = (
    "container_intact",
    "appearance_good",
    "containers_intact",
    "intact",
    "as_programmed",
)
"""Answers that the process needs to be yes."""

NOT_READ = frozenset({"id", "patient_id", "suspension_id", "dose_id", "fill_id", "order_id"})
"""Keys; what they lead to is told by its code."""

PEOPLE = frozenset({"surgeon", "courier", "carrier", "injected_by", "receiver"})
"""Told among those who took part."""


def own_columns(step: Step) -> list[str]:
    """The columns that the kind of `step` adds, in their order."""
    if type(step) is Step:
        return []
    return [column.name for column in table_of(step).columns if column.name not in NOT_READ]


def unit_of(model: Any, name: str) -> str:
    column = model.__mapper__.columns[name]
    return str(column.info.get("unit") or (WORDS[name].unit if name in WORDS else ""))


def places_of(column_type: object) -> int | None:
    """How many decimal places the trail's whole number of this column stands for."""
    return column_type.places if isinstance(column_type, Scaled) else None
