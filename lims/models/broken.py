"""What a rule of the database says to people: a phrase for each one that they can run into."""

from lims.errors import N_

CHECKS = {
    "volume_positive": N_("a volume is above zero"),
    "mass_positive": N_("a mass is above zero"),
    "quantity_positive": N_("a quantity is above zero"),
    "quantity_not_negative": N_("a quantity is not negative"),
    "medium_positive": N_("a volume of medium is above zero"),
    "cells_not_negative": N_("a number of cells is not negative"),
    "cells_positive": N_("a number of cells is above zero"),
    "growth_area_positive": N_("a growth area is above zero"),
    "enzyme_positive": N_("an enzyme concentration is above zero"),
    "digestion_positive": N_("a digestion takes some time"),
    "days_not_negative": N_("a number of days is not negative"),
    "prescribed_cells_positive": N_("the prescribed dose has cells"),
    "prescribed_volume_positive": N_("the prescribed dose has a volume"),
    "body_mass_positive": N_("a body mass is above zero"),
    "confluence_a_percentage": N_("a confluence is between 0 and 100 %"),
    "dates_in_order": N_("something ends after it began"),
    "expires_after_filling": N_("a dose expires after it was filled"),
    "low_before_high": N_("the lower limit is not above the upper one"),
    "score_where_measured": N_("pain and function have a score"),
    "reprint_has_reason": N_("a further copy of a label has a reason"),
    "of_another_lot": N_("a lot is not an ingredient of itself"),
    "two_registrations": N_("a patient is not linked to the same registration"),
    "two_people": N_("two different people do this"),
    "opening_two_people": N_("two different people clear a bench"),
    "closing_two_people": N_("two different people clear a bench"),
    "performed_when_recorded": N_("a recorded step says when it was performed"),
    "classified_has_grade": N_("a classified deviation has a grade"),
    "lifted_by_signature": N_("a hold is lifted by a signature"),
    "entries_in_order": N_("a review of the trail ends no earlier than it begins"),
    "override_signed": N_("what is allowed all the same is signed, with a reason"),
    "approved_is_signed": N_("an approved specification is signed"),
    "times_in_order": N_("something ends after it began"),
    "cryoprotectant_positive": N_("a share of cryoprotectant is above zero"),
    "seconds_positive": N_("a time is above zero"),
    "seconds_not_negative": N_("a time is not negative"),
    "freeze_thaws_not_negative": N_("how often cells were frozen is not negative"),
    "something_read": N_("a reading has a temperature or a level"),
    "level_possible": N_("a level is between 0 and 100 %"),
    "observed_before_recorded": N_("a reading is recorded after it was taken"),
    "vials_positive": N_("a number of vials is above zero"),
    "thaw_for_a_session": N_("cells are thawed for a session of a course"),
    "transfer_goes_somewhere": N_("vials are transferred to somebody"),
}
"""By the name of the check, whatever its table."""

UNIQUE = {
    ("audit_review", "first_entry"): N_("these entries are reviewed already"),
    ("audit_review", "last_entry"): N_("these entries are reviewed already"),
    ("item", "name"): N_("there is an item of this name already"),
    ("procedure", "step_kind", "number", "edition"): N_("this version of the procedure is there"),
    ("user_account", "login"): N_("somebody has this sign-in name already"),
    ("lot", "item_id", "maker_number", "received_on"): N_("this lot of that day is there already"),
    ("patient_document", "kind", "number", "patient_id"): N_("this document is there already"),
    ("consent", "patient_id", "kind"): N_("a consent of this kind is in force already"),
    ("course", "patient_id", "number"): N_("this patient has a course of this number"),
    ("transplantation_session", "course_id", "number"): N_("the course has this session already"),
    ("patient_link", "closed_id"): N_("this registration was closed already"),
    ("specification_version", "specification", "number"): N_("this version is there already"),
    ("line_clearance", "station_id"): N_("a bench holds one patient at a time"),
    ("step_lot", "step_id", "lot_id"): N_("the lot is in this step already"),
    ("step_equipment", "step_id", "equipment_id"): N_("the device is in this step already"),
    ("step_vessel", "step_id", "vessel_id"): N_("the vessel is in this step already"),
    ("vessel_standing", "vessel_id"): N_("a vessel stands on one shelf at a time"),
    ("batch_sample", "batch_id", "sample_id"): N_("the sample is in this batch already"),
    ("administration", "dose_id"): N_("a dose is injected once"),
    ("planned_container", "container_code"): N_("a container is planned once"),
    ("label", "subject_code", "copy"): N_("this copy of the label was printed already"),
    ("qc_test", "repeats_id"): N_("a test is repeated once"),
    ("fill", "withdrawal_id"): N_("what was withdrawn is filled once"),
    ("vessel", "withdrawal_id"): N_("what was withdrawn is seeded once"),
    ("storage_cell", "patient_id"): N_("a patient has one open storage cell"),
    ("allocation", "position_id"): N_("a position belongs to one storage cell at a time"),
    ("placement", "vial_id"): N_("a vial stands in one position at a time"),
    ("placement", "allocation_id"): N_("one vial stands in a position at a time"),
    ("frozen_vial", "vial_id"): N_("a vial is frozen once"),
    ("freezing_point", "step_id", "minute"): N_("a curve has one temperature a minute"),
    ("reservation", "vial_id"): N_("a vial is reserved for one order at a time"),
    ("retrieved_vial", "vial_id"): N_("a vial is out of the cold already"),
    ("thawed_vial", "vial_id"): N_("a vial is thawed once"),
    ("batch_vial", "vial_id"): N_("a vial is thawed once"),
}
"""By the table and the columns that are unique together."""

TOLD = {
    "specification_version.status": N_("one version is in force at a time"),
    "ux_specification_version_approved": N_("one version is in force at a time"),
    "rows are never deleted": N_("nothing recorded is deleted"),
    "rows are never changed": N_("this record is never changed"),
    "the patient never changes": N_("what belongs to one patient never passes to another"),
    "the code never changes": N_("a code never changes"),
    "more leaves the": N_("no more is taken out than there was"),
    "this code belongs to another patient": N_(
        "what belongs to one patient never passes to another"
    ),
    "where it came from and went to never changes": N_("what left a tube stays where it went"),
    "not a status to begin with": N_("a record begins with its first status"),
    "not a transition of the table": N_("this status does not follow the present one"),
    "this status needs a signed decision": N_("this status needs a signed decision"),
    "only a draft takes lines": N_("only a draft of a specification is changed"),
    "not the entries after those reviewed": N_("a review begins where the one before it ended"),
    "what a version says never changes": N_("only a draft of a specification is changed"),
    "FOREIGN KEY constraint failed": N_("all of it belongs to one patient, and is there"),
    "violates foreign key constraint": N_("all of it belongs to one patient, and is there"),
}
"""By a piece of what a trigger, a key or an index says."""


def rule_of(message: str) -> str:
    """The rule behind what SQLite or PostgreSQL says; the message itself where it is none of ours.

    SQLite names the columns of a unique key (`item.name`), PostgreSQL the key (`uq_item_name`).
    """
    checks = [name for name in CHECKS if message.rstrip('"').endswith(f"_{name}")]
    if checks:
        return CHECKS[max(checks, key=len)]
    for (table, *columns), rule in UNIQUE.items():
        told = ", ".join(f"{table}.{column}" for column in columns)
        names = (
            "_".join(("uq", table, *columns)),
            *(f"ux_{table}{ending}" for ending in ("", "_open", "_out", f"_open_{columns[0]}")),
        )
        if message.endswith((f"failed: {told}", *(f'"{name}"' for name in names))):
            return rule
    return next((rule for piece, rule in TOLD.items() if piece in message), message)
