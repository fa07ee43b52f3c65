"""What holds of containers: volumes out within the volume in, a code of one patient's alone."""

from collections.abc import Iterator

from sqlalchemy import MetaData

from lims.models.refusing import Trigger, refusal


def container_triggers(metadata: MetaData) -> Iterator[Trigger]:
    """Every rule about what is in a container, what leaves it, and the code it bears."""
    yield from _volume_triggers("suspension", "withdrawal", "volume")
    yield from _withdrawal_triggers()
    yield from _volume_triggers("dose", "aliquot", "dose_volume")
    yield from _volume_triggers("vial", "aliquot", "vial_volume")
    yield refusal(
        "taken",
        "aliquot",
        "UPDATE OF volume_ml",
        "NEW.volume_ml IS DISTINCT FROM OLD.volume_ml",
        "aliquot: the volume taken never changes",
    )
    yield from _code_triggers(metadata)
    yield from _run_triggers()


def _run_triggers() -> Iterator[Trigger]:
    """What is tested in a run is the tube that was scanned, and what is read there is that test.

    Another patient's is refused by the key.
    """
    yield refusal(
        "tested",
        "qc_run_member",
        "INSERT",
        "EXISTS (SELECT 1 FROM qc_test t LEFT JOIN aliquot a ON a.id = t.aliquot_id"
        " WHERE t.id = NEW.qc_test_id AND t.patient_id = NEW.patient_id"
        " AND (t.aliquot_id IS NULL OR a.id <> NEW.aliquot_id))",
        "qc_run_member: not a test of this aliquot",
    )
    fixed = ("run_id", "aliquot_id", "qc_test_id", "position")
    yield refusal(
        "fixed",
        "qc_run_member",
        "UPDATE",
        " OR ".join(f"NEW.{column} <> OLD.{column}" for column in fixed),
        "qc_run_member: what was scanned into a run never changes",
    )
    yield refusal(
        "read",
        "qc_run_result",
        "INSERT",
        "EXISTS (SELECT 1 FROM qc_result r JOIN qc_run_member m ON m.id = NEW.member_id"
        " WHERE r.id = NEW.qc_result_id AND r.patient_id = NEW.patient_id"
        " AND m.patient_id = NEW.patient_id AND r.qc_test_id <> m.qc_test_id)",
        "qc_run_result: of another test than that of its tube",
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
