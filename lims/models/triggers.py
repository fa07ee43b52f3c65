"""The rules that hold even for SQL typed by hand, as triggers of both databases.

They are derived from the tables: an upgrade drops them all, migrates, and makes them anew, so
no migration can lose one. Each trigger is named `lims_<rule>_<table>`.
"""

from collections.abc import Iterator

from sqlalchemy import MetaData, Table

from lims.models.audit import GENESIS
from lims.models.container_triggers import container_triggers
from lims.models.fill import MEANS
from lims.models.refusing import Trigger, refusal

APPEND_ONLY = frozenset(
    {
        "audit_entry",
        "audit_review",
        "allowed_transition",
        "signature",
        "disposition",
        "deviation_decision",
        "identity_check",
        "refusal",
        "command_run",
        "entered_code",
        "demonstration",
        "login_attempt",
        "patient_view",
        "stock_correction",
        "lot_ingredient",
        "record",
        "record_copy",
        "specification_move",
        "column_mapping",
        "mapped_header",
        "import_header",
        "import_omission",
        "earlier_patient",
        "earlier_batch",
        "earlier_vial",
        "marker_result",
        "outcome",
        "outcome_correction",
        "adverse_event",
        "adverse_event_decision",
        "ward_observation",
        "injection_removal",
        "contraindication_absence",
        "storage_reading",
        "vial_on_paper",
        "reading_on_paper",
        "frozen_vial",
        "freezing_point",
        "batch_vial",
        "qc_run_removal",
        "qc_run_result",
        "qc_run_sheet",
        "specification_test",
        "specification_limit",
        "specification_policy",
        "specification_range",
    }
)
"""Tables whose rows are written once; the head of the audit chain is guarded apart."""


def triggers(metadata: MetaData) -> list[Trigger]:
    """Every trigger that the tables of `metadata` need, in the order they are made."""
    made: list[Trigger] = []
    for table in sorted(metadata.tables.values(), key=lambda t: t.name):
        made.extend(_triggers_of(table))
    return [
        *made,
        *container_triggers(metadata),
        *_site_triggers(),
        *_decision_triggers(),
        *_specification_triggers(),
        *_review_triggers(),
        *_chain_triggers(),
    ]


def _triggers_of(table: Table) -> Iterator[Trigger]:
    name = table.name
    yield refusal("nodelete", name, "DELETE", "", f"{name}: rows are never deleted")
    if name in APPEND_ONLY:
        yield refusal("noupdate", name, "UPDATE", "", f"{name}: rows are never changed")
    yield refusal("id", name, "UPDATE OF id", "NEW.id <> OLD.id", f"{name}: a row keeps its number")
    if "patient_id" in table.c:
        yield refusal(
            "patient",
            name,
            "UPDATE OF patient_id",
            "NEW.patient_id IS DISTINCT FROM OLD.patient_id",
            f"{name}: the patient never changes",
        )
    if "code" in table.c and name != "specification_test":
        yield refusal(
            "code",
            name,
            "UPDATE OF code",
            "NEW.code <> OLD.code",
            f"{name}: the code never changes",
        )
    if "status" in table.c:
        allowed = (
            "EXISTS (SELECT 1 FROM allowed_transition t WHERE t.table_name = '{table}'"
            " AND t.from_status = {old} AND t.to_status = NEW.status)"
        )
        yield refusal(
            "begin",
            name,
            "INSERT",
            "NOT " + allowed.format(table=name, old="''"),
            f"{name}: not a status to begin with",
        )
        yield refusal(
            "move",
            name,
            "UPDATE OF status",
            "NEW.status <> OLD.status AND NOT " + allowed.format(table=name, old="OLD.status"),
            f"{name}: not a transition of the table",
        )


def _site_triggers() -> Iterator[Trigger]:
    """A joint that is another says which. No CHECK, as rows of versions that did not ask stay."""
    unnamed = "NEW.joint = 'other' AND NEW.joint_named IS NULL"
    for table in ("planned_administration", "administration"):
        for rule, verb in (("named", "INSERT"), ("renamed", "UPDATE OF joint, joint_named")):
            yield refusal(rule, table, verb, unnamed, f"{table}: say which joint it is")


def _decision_triggers() -> Iterator[Trigger]:
    """A fill is decided on by a row, which rests on a signature of that fill meaning just that.

    Another patient's fill is refused by the key.
    """
    yield refusal(
        "decision",
        "fill",
        "UPDATE OF status",
        "NEW.status <> OLD.status AND NEW.status IN"
        " ('conditional', 'released', 'rejected', 'recalled') AND NOT EXISTS"
        " (SELECT 1 FROM disposition d WHERE d.fill_id = NEW.id AND d.decision = NEW.status)",
        "fill: this status needs a signed decision",
    )
    meaning = " ".join(f"WHEN '{one.value}' THEN '{of.value}'" for one, of in MEANS.items())
    yield refusal(
        "signed",
        "disposition",
        "INSERT",
        "EXISTS (SELECT 1 FROM fill f WHERE f.id = NEW.fill_id AND f.patient_id = NEW.patient_id)"
        " AND NOT EXISTS (SELECT 1 FROM signature s WHERE s.id = NEW.signature_id"
        " AND s.subject_table = 'fill' AND s.subject_id = NEW.fill_id"
        f" AND s.meaning = CASE NEW.decision {meaning} END)",
        "disposition: not signed for this fill and decision",
    )


SPECIFICATION_LINES = (
    "specification_test",
    "specification_limit",
    "specification_policy",
    "specification_range",
)
SPECIFICATION_WORDING = (
    "specification",
    "number",
    "name",
    "product",
    "forecast_batches_min",
    "source",
    "source_sha256",
    "imported_by_id",
    "imported_at",
)


def _specification_triggers() -> Iterator[Trigger]:
    """Lines join a draft only, and what a version says stays; on PostgreSQL it is locked first."""
    status = "(SELECT v.status FROM specification_version v WHERE v.id = {})"
    for table in SPECIFICATION_LINES:
        fixed = f"{status.format('NEW.specification_version_id')} IS DISTINCT FROM 'draft'"
        made = refusal("draft", table, "INSERT", fixed, f"{table}: only a draft takes lines")
        lock = (
            "PERFORM 1 FROM specification_version v"
            " WHERE v.id = NEW.specification_version_id FOR UPDATE; IF"
        )
        function = made.postgresql[0].replace("BEGIN IF", f"BEGIN {lock}", 1)
        yield Trigger(made.name, made.table, made.sqlite, (function, *made.postgresql[1:]))
    changed = [f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in SPECIFICATION_WORDING]
    resigned = (
        "OLD.approval_signature_id IS NOT NULL"
        " AND NEW.approval_signature_id IS DISTINCT FROM OLD.approval_signature_id"
    )
    yield refusal(
        "wording",
        "specification_version",
        "UPDATE",
        " OR ".join([*changed, f"({resigned})"]),
        "specification_version: what a version says never changes",
    )


def _review_triggers() -> Iterator[Trigger]:
    """A review of the trail follows the one before it, and is of the entries there are."""
    yield refusal(
        "gapless",
        "audit_review",
        "INSERT",
        "NEW.first_entry <> (SELECT coalesce(max(r.last_entry), 0) + 1 FROM audit_review r)"
        " OR NOT EXISTS (SELECT 1 FROM audit_entry e"
        " WHERE e.id = NEW.last_entry AND e.hash = NEW.last_hash)",
        "audit_review: not the entries after those reviewed",
    )


def _chain_triggers() -> Iterator[Trigger]:
    """An entry follows the last one: no gap, no fork; the one head names the last entry."""
    yield refusal(
        "chain",
        "audit_entry",
        "INSERT",
        "NEW.id IS DISTINCT FROM (SELECT coalesce(max(e.id), 0) + 1 FROM audit_entry e)"
        " OR NEW.previous_hash IS DISTINCT FROM coalesce("
        f"(SELECT e.hash FROM audit_entry e ORDER BY e.id DESC LIMIT 1), '{GENESIS}')",
        "audit_entry: not the next of the chain",
    )
    yield refusal(
        "head",
        "audit_head",
        "UPDATE",
        "NOT EXISTS (SELECT 1 FROM audit_entry e WHERE e.id = NEW.seq AND e.hash = NEW.hash"
        " AND e.id = (SELECT max(l.id) FROM audit_entry l))",
        "audit_head: not the last entry of the chain",
    )
    yield refusal(
        "onehead",
        "audit_head",
        "INSERT",
        "EXISTS (SELECT 1 FROM audit_head)",
        "audit_head: there is one head",
    )
