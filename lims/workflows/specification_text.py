"""A specification as plain values: what a TOML file says and the database keeps by version."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from lims.errors import N_, LimsError
from lims.workflows.lines import Line
from lims.workflows.pace import Range, Ranges

LIMIT_UNITS = {
    "age_min_years": "years",
    "age_max_years": "years",
    "axial_deformation_max_degrees": "degrees",
    "marker_validity_days": "days",
    "dose_min_cells": "cells",
    "dose_max_cells": "cells",
    "dose_volume_min_ml": "mL",
    "dose_volume_max_ml": "mL",
    "tissue_mass_min_g": "g",
    "tissue_mass_max_g": "g",
    "transport_temperature_min_c": "°C",
    "transport_temperature_max_c": "°C",
    "transport_hours_max": "h",
    "collection_to_isolation_hours_max": "h",
    "enzyme_pct_min": "%",
    "enzyme_pct_max": "%",
    "digestion_minutes_min": "min",
    "digestion_minutes_max": "min",
    "digestion_temperature_min_c": "°C",
    "digestion_temperature_max_c": "°C",
    "seeding_density_min_per_cm2": "cells/cm²",
    "seeding_density_max_per_cm2": "cells/cm²",
    "feed_interval_days_max": "days",
    "confluence_min_pct": "%",
    "confluence_max_pct": "%",
    "culture_hours_min": "h",
    "doubling_hours_min": "h",
    "passage_max_for_seeding": "passage",
    "suspension_volume_max_ml": "mL",
    "suspension_cells_max_per_ml": "cells/mL",
    "suspension_hours_max": "h",
    "waste_alone_max_pct": "%",
    "passage_max_for_filling": "passage",
    "cumulative_doublings_max": "doublings",
    "mass_balance_tolerance_pct": "%",
    "count_tolerance_pct": "%",
    "count_replicates_min": "counts",
    "expected_fill_yield_pct": "%",
    "fill_volume_tolerance_pct": "%",
    "shelf_life_hours": "h",
    "shelf_life_thawed_hours": "h",
    "product_temperature_min_c": "°C",
    "product_temperature_max_c": "°C",
    "freeze_thaw_max": "times",
    "vial_volume_ml": "mL",
    "freezing_concentration_min_per_ml": "cells/mL",
    "freezing_concentration_max_per_ml": "cells/mL",
    "cryoprotectant_minutes_max": "min",
    "freezing_end_temperature_max_c": "°C",
    "seconds_out_max": "s",
    "thaw_temperature_min_c": "°C",
    "thaw_temperature_max_c": "°C",
    "thaw_seconds_max": "s",
    "expected_recovery_pct": "%",
    "recovery_thaws_min": "times",
    "thaw_margin_pct": "%",
    "order_lapses_days": "days",
    "retrieval_off_plan_hours_max": "h",
    "storage_warn_c": "°C",
    "storage_limit_c": "°C",
    "level_min_pct": "%",
    "vials_tanks": "tanks",
    "reading_interval_hours": "h",
    "reading_jump_max_c": "°C",
    "observation_minutes_min": "min",
    "follow_up_1_days": "days",
    "follow_up_2_days": "days",
    "follow_up_3_days": "days",
    "follow_up_4_days": "days",
    "late_entry_minutes": "min",
    "near_limit_pct": "%",
    "deviation_days_max": "days",
    "audit_review_days": "days",
    "notice_days": "days",
}
"""Every limit the workflows ask for by name, and its unit; the values are the specification's."""


class NoSuchLimit(LimsError):
    sentence = N_("Specification %(code)s has no limit “%(name)s”. Add it in a new version.")


class NoSuchTest(LimsError):
    sentence = N_("Specification %(code)s has no test “%(test)s”.")


class MarkerPolicy(StrEnum):
    """What a reactive infection marker of an autologous patient leads to."""

    EXCLUDE = "exclude"
    ISOLATE = "isolate"


class UnknownMarkers(StrEnum):
    """What comes of infection markers not known on the day cells or a dose go on."""

    WARN = "warn"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Limit:
    value: Decimal
    unit: str
    to_confirm: bool = False
    source: str = ""


@dataclass(frozen=True)
class Policies:
    positive_marker_policy: MarkerPolicy = MarkerPolicy.EXCLUDE
    conditional_release: bool = False
    exceptional_supply: bool = False
    """Whether a dose out of specification may go at the physician's request."""
    required_markers: tuple[str, ...] = ()
    physician_override: tuple[str, ...] = ()
    """Contraindications that a physician may override with a reason and a signature."""
    unknown_markers: UnknownMarkers = UnknownMarkers.WARN


@dataclass(frozen=True)
class SpecificationText:
    code: str
    name: str
    product: str
    tests: tuple[Line, ...]
    limits: Mapping[str, Limit] = field(default_factory=dict)
    policies: Policies = field(default_factory=Policies)
    forecast: Ranges | None = None

    def limit(self, name: str) -> Decimal:
        """The value of the limit `name`; raises NoSuchLimit."""
        if name not in self.limits:
            raise NoSuchLimit(code=self.code, name=name)
        return self.limits[name].value

    def test(self, code: str) -> Line:
        """The line `code`, or the line that counts it among its members; raises NoSuchTest."""
        for line in self.tests:
            if code == line.code or code in line.members:
                return line
        raise NoSuchTest(code=self.code, test=code)

    def missing(self) -> list[str]:
        """What the workflows need and this text lacks; nothing when it may be approved."""
        parts = [name for name in LIMIT_UNITS if name not in self.limits]
        return parts if self.forecast else [*parts, "[forecast]"]


FORECAST_RANGES = tuple(
    name for name, kind in Ranges.__annotations__.items() if kind in (Range, "Range")
)
