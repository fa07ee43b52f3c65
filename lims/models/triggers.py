"""The rules that hold even for SQL typed by hand, as triggers of both databases.

They are derived from the tables: an upgrade drops them all, migrates, and makes them anew, so
no migration can lose one. Each trigger is named `lims_<rule>_<table>`.
"""

from collections.abc import Iterator

from sqlalchemy import MetaData, Table

from lims.models.audit import GENESIS
from lims.models.fill import MEANS
from lims.models.refusing import Trigger, refusal

APPEND_ONLY = frozenset(
    {
        "audit_entry",
        "allowed_transition",
        "signature",
        "disposition",
        "deviation_decision",
        "identity_check",
        "refusal",
        "command_run",
        "login_attempt",
        "patient_view",
        "stock_correction",
        "lot_ingredient",
        "record",
        "record_copy",
        "specification_move",
        "marker_result",
        "outcome",
        "adverse_event",
        "adverse_event_decision",
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
        *_volume_triggers("suspension", "withdrawal", "volume"),
        *_withdrawal_triggers(),
        *_code_triggers(metadata),
        *_volume_triggers("dose", "aliquot", "dose_volume"),
        *_volume_triggers("vial", "aliquot", "vial_volume"),
        refusal(
            "taken",
            "aliquot",
            "UPDATE OF volume_ml",
            "NEW.volume_ml IS DISTINCT FROM OLD.volume_ml",
            "aliquot: the volume taken never changes",
        ),
        *_decision_triggers(),
        *_specification_triggers(),
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


def _volume_triggers(held_in: str, out: str, rule: str) -> Iterator[Trigger]:
    """Volumes out never exceed the volume in; on PostgreSQL the container is locked first."""
    overdrawn = f"{out}: more leaves the {held_in} than it held"
    key = f"{held_in}_id"
    drawn = f"(SELECT coalesce(sum(o.volume_ml), 0) FROM {out} o WHERE o.{key} = NEW.{{}})"
    too_much = (
        f"{drawn.format(key)} + NEW.volume_ml"
        f" > (SELECT c.volume_ml FROM {held_in} c WHERE c.id = NEW.{key})"
    )
    made = refusal(rule, out, "INSERT", too_much, overdrawn)
    lock = f"PERFORM 1 FROM {held_in} c WHERE c.id = NEW.{key} FOR UPDATE; IF"
    function = made.postgresql[0].replace("BEGIN IF", f"BEGIN {lock}", 1)
    yield Trigger(made.name, made.table, made.sqlite, (function, *made.postgresql[1:]))
    yield refusal(
        "volume",
        held_in,
        "UPDATE OF volume_ml",
        f"{drawn.format('id')} > NEW.volume_ml",
        overdrawn,
    )


BY_CODE = {"label": "subject_code", "planned_container": "container_code"}
"""Tables that name a thing by the code printed on it, and the column that does."""


def _code_triggers(metadata: MetaData) -> Iterator[Trigger]:
    """What is printed or planned under a code, and what bears it, is one patient's.

    No key can say so, as the label and the plan come before there is anything in the tube.
    """
    bearers = [
        table.name
        for table in sorted(metadata.tables.values(), key=lambda t: t.name)
        if {"code", "patient_id"} <= set(table.c.keys())
    ]
    named = [(table, column, "patient_id") for table, column in BY_CODE.items()]
    borne = [(table, "code", "patient_id") for table in bearers]
    for table, column in [*BY_CODE.items(), *((table, "code") for table in bearers)]:
        others = [*named, *borne, ("patient", "code", "id")] if table in BY_CODE else named
        anothers = [
            f"EXISTS (SELECT 1 FROM {other} o WHERE o.{by} = NEW.{column}"
            f" AND o.{owner} <> NEW.patient_id)"
            for other, by, owner in others
        ]
        told = f"{table}: this code belongs to another patient"
        yield refusal("codeof", table, "INSERT", " OR ".join(anothers), told)
    for table, column in BY_CODE.items():
        changed = f"NEW.{column} <> OLD.{column}"
        told = f"{table}: the code never changes"
        yield refusal("named", table, f"UPDATE OF {column}", changed, told)


def _withdrawal_triggers() -> Iterator[Trigger]:
    """What left a tube is corrected in its amount alone, and still fits into the tube."""
    others = "(SELECT coalesce(sum(o.volume_ml), 0) FROM withdrawal o WHERE o.id <> NEW.id"
    yield refusal(
        "redrawn",
        "withdrawal",
        "UPDATE OF volume_ml",
        f"{others} AND o.suspension_id = NEW.suspension_id) + NEW.volume_ml"
        " > (SELECT s.volume_ml FROM suspension s WHERE s.id = NEW.suspension_id)",
        "withdrawal: more leaves the suspension than it held",
    )
    fixed = ("suspension_id", "step_id", "purpose", "into_id")
    yield refusal(
        "fixed",
        "withdrawal",
        "UPDATE",
        " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in fixed),
        "withdrawal: where it came from and went to never changes",
    )


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
