"""How pages name what a specification says: its limits, its policies, its forecast ranges."""

from flask_babel import gettext

from lims.errors import N_

LIMITS = {
    "age_min_years": N_("Age, least"),
    "age_max_years": N_("Age, greatest"),
    "axial_deformation_max_degrees": N_("Axial deformation, greatest"),
    "marker_validity_days": N_("Infection markers are valid for"),
    "dose_min_cells": N_("Prescribed dose, least"),
    "dose_max_cells": N_("Prescribed dose, greatest"),
    "dose_volume_min_ml": N_("Volume of a dose, least"),
    "dose_volume_max_ml": N_("Volume of a dose, greatest"),
    "tissue_mass_min_g": N_("Mass of tissue, least"),
    "tissue_mass_max_g": N_("Mass of tissue, greatest"),
    "transport_temperature_min_c": N_("Transport of tissue, coldest"),
    "transport_temperature_max_c": N_("Transport of tissue, warmest"),
    "transport_hours_max": N_("Transport of tissue, longest"),
    "collection_to_isolation_hours_max": N_("Collection to isolation, longest"),
    "enzyme_pct_min": N_("Enzyme, weakest"),
    "enzyme_pct_max": N_("Enzyme, strongest"),
    "digestion_minutes_min": N_("Digestion, shortest"),
    "digestion_minutes_max": N_("Digestion, longest"),
    "digestion_temperature_min_c": N_("Digestion, coldest"),
    "digestion_temperature_max_c": N_("Digestion, warmest"),
    "seeding_density_min_per_cm2": N_("Seeding density, least"),
    "seeding_density_max_per_cm2": N_("Seeding density, greatest"),
    "feed_interval_days_max": N_("Between two feeds, longest"),
    "confluence_min_pct": N_("Confluence at harvest, least"),
    "confluence_max_pct": N_("Confluence at harvest, greatest"),
    "culture_hours_min": N_("Seeding to harvest, shortest"),
    "doubling_hours_min": N_("Time of a doubling, shortest"),
    "passage_max_for_seeding": N_("Last passage that may be seeded"),
    "suspension_volume_max_ml": N_("Volume of a suspension, most that can be"),
    "suspension_cells_max_per_ml": N_("Cells in a mL of a suspension, most that fit"),
    "suspension_hours_max": N_("Harvest to filling, longest"),
    "waste_alone_max_pct": N_("Of a tube, wasted by one person alone, most"),
    "passage_max_for_filling": N_("Last passage that may be filled"),
    "cumulative_doublings_max": N_("Cumulative doublings, most"),
    "mass_balance_tolerance_pct": N_("Mass balance, tolerance"),
    "count_tolerance_pct": N_("Two counts of one suspension, tolerance"),
    "count_replicates_min": N_("Counts of a suspension, least"),
    "expected_fill_yield_pct": N_("Yield of a fill, expected"),
    "fill_volume_tolerance_pct": N_("Volume of a fill, tolerance"),
    "shelf_life_hours": N_("Shelf life of a fresh dose"),
    "shelf_life_thawed_hours": N_("Shelf life of a thawed dose"),
    "product_temperature_min_c": N_("Transport of the product, coldest"),
    "product_temperature_max_c": N_("Transport of the product, warmest"),
    "freeze_thaw_max": N_("Freezing and thawing, most"),
    "vial_volume_ml": N_("Volume of a vial, planned"),
    "freezing_concentration_min_per_ml": N_("Cells frozen per mL, fewest"),
    "freezing_concentration_max_per_ml": N_("Cells frozen per mL, most"),
    "cryoprotectant_minutes_max": N_("Cryoprotectant to program start, longest"),
    "freezing_end_temperature_max_c": N_("End of the freezing program, warmest"),
    "seconds_out_max": N_("A vial out of the cold, longest"),
    "thaw_temperature_min_c": N_("Bath of a thaw, coldest"),
    "thaw_temperature_max_c": N_("Bath of a thaw, warmest"),
    "thaw_seconds_max": N_("A vial in the bath, longest"),
    "expected_recovery_pct": N_("Viable cells recovered after a thaw, expected"),
    "recovery_thaws_min": N_("Own thaws before their recovery counts, least"),
    "thaw_margin_pct": N_("Vials thawed beyond what is expected to do"),
    "order_lapses_days": N_("An order lapses, days after it was needed"),
    "retrieval_off_plan_hours_max": N_("Vials taken out before or after the planned time, most"),
    "storage_warn_c": N_("A tank is getting warm above"),
    "storage_limit_c": N_("A tank is too warm above"),
    "level_min_pct": N_("Nitrogen in a tank, least"),
    "vials_tanks": N_("Vials of a patient are spread over"),
    "reading_interval_hours": N_("Between two readings of a tank, longest"),
    "reading_jump_max_c": N_("A reading is asked about beyond those before it by"),
    "observation_minutes_min": N_("Observation after injection, shortest"),
    "follow_up_1_days": N_("First follow-up, after the last injection"),
    "follow_up_2_days": N_("Second follow-up, after the last injection"),
    "follow_up_3_days": N_("Third follow-up, after the last injection"),
    "follow_up_4_days": N_("Fourth follow-up, after the last injection"),
    "late_entry_minutes": N_("An entry is late after"),
    "near_limit_pct": N_("A result is near its limit within"),
    "notice_days": N_("What runs out is told ahead by"),
    "deviation_days_max": N_("A deviation is decided within"),
    "audit_review_days": N_("The audit trail is reviewed again within"),
}
POLICIES = {
    "positive_marker_policy": N_("A reactive infection marker"),
    "unknown_markers": N_("Infection markers not known on the day cells or a dose are given out"),
    "conditional_release": N_("Release while sterility is still running"),
    "exceptional_supply": N_("A dose out of specification at the physician's request"),
    "required_markers": N_("Infection markers required"),
    "physician_override": N_("Contraindications a physician may override"),
}
RANGES = {
    "p0_days": N_("From seeding to the first harvest, days"),
    "passage_days": N_("A passage, days"),
    "doublings_per_passage": N_("Doublings in a passage"),
    "p0_harvest_per_svf_cell": N_("First harvest, cells per SVF cell"),
    "svf_cells_per_gram": N_("SVF cells per gram of tissue"),
}
ANSWERS = {"true": N_("allowed"), "false": N_("not allowed")}
TAKEN_FROM_NOTHING = N_("no aliquot")


def named(name: str) -> str:
    """The words for a limit, a policy or a range; its own name where there are none."""
    words = LIMITS | POLICIES | RANGES
    return str(gettext(words[name])) if name in words else name


def answered(word: str) -> str:
    """A word of a policy for the eye."""
    return str(gettext(ANSWERS[word] if word in ANSWERS else word.replace("_", " ")))
