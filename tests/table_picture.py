"""The tables and their keys as pictures, written from the models: python -m tests.table_picture."""

from pathlib import Path

from sqlalchemy import Table

from lims.models import Base

PAGE = Path(__file__).parent.parent / "docs" / "tables.md"
GROUPS: dict[str, tuple[str, ...]] = {
    "People and signatures": (
        "user_account", "user_role", "one_time_code", "login_session", "login_attempt", "draft",
        "procedure", "training", "signature", "pending_signature",
    ),
    "Patient and course": (
        "patient", "patient_document", "patient_link", "patient_view", "consent", "marker_result",
        "course", "transplantation_session", "planned_administration", "contraindication_check",
        "contraindication_finding", "contraindication_absence", "injection_removal",
    ),
    "Tissue, batch and cells": (
        "sample", "batch", "batch_sample", "specification_move", "suspension", "cell_count",
        "withdrawal", "vessel", "vessel_standing", "fill", "dose", "vial", "disposition",
    ),
    "Steps": (
        "step", "step_lot", "step_equipment", "step_vessel", "step_photo", "identity_check",
        "line_clearance", "planned_container", "label", "record", "record_copy",
    ),
    "Quality": (
        "aliquot", "qc_test", "qc_result", "deviation", "deviation_subject", "deviation_supply",
        "deviation_decision", "hold", "adverse_event", "adverse_event_decision", "outcome",
        "outcome_correction", "ward_observation", "qc_run", "qc_run_stay", "qc_run_member",
        "qc_run_removal", "qc_run_result", "qc_run_lot", "qc_run_equipment", "qc_run_sheet",
    ),
    "Supplies, places, specifications": (
        "item", "lot", "lot_ingredient", "stock_correction", "equipment", "calibration", "place",
        "terminal",
        "specification_version", "specification_test", "specification_limit",
    ),
    "Earlier records": (
        "import_run", "import_header", "import_omission", "column_mapping", "mapped_header",
        "earlier_patient", "earlier_batch", "earlier_vial",
    ),
}  # fmt: skip


def page() -> str:
    """The whole page in Markdown, its pictures in Mermaid."""
    parts = [
        "# The tables and their keys",
        "Written from the models by `python -m tests.table_picture`; a test keeps it fresh. A thick"
        " line is a composite key that carries the patient: `(column, patient_id)`. Each kind of"
        " step (isolation, seeding, harvest …) has a table of its own, with the key of `step`.",
    ]
    shown = {name for names in GROUPS.values() for name in names}
    tables = Base.metadata.tables
    for title, names in GROUPS.items():
        parts += [f"## {title}", picture([tables[name] for name in names if name in tables])]
    rest = sorted(set(tables) - shown)
    parts += ["## The others", ", ".join(f"`{name}`" for name in rest) + "."]
    return "\n\n".join(parts) + "\n"


def picture(tables: list[Table]) -> str:
    """One flow chart: a box a table, an arrow a key to its parent."""
    lines = ["```mermaid", "flowchart LR"]
    here = {table.name for table in tables}
    for table in tables:
        shape = "[[{}]]" if "patient_id" in table.c else "[{}]"
        lines.append(f"  {table.name}{shape.format(table.name)}")
    for table in tables:
        keys = sorted(table.foreign_key_constraints, key=lambda key: key.column_keys)
        for key in keys:
            parent = key.referred_table.name
            carries = "patient_id" in key.column_keys and len(key.column_keys) > 1
            if parent in here and (carries or parent not in ("user_account", "patient")):
                arrow = "==>" if carries else "-->"
                lines.append(f"  {table.name} {arrow}|{key.column_keys[0]}| {parent}")
    return "\n".join([*lines, "```"])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
