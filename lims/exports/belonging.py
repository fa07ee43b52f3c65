"""Which rows belong to a batch: all that was done and made in it, and all that stands behind it.

Down from the batch, its tissue and its vials along every key, never into another batch; then up
to whatever those rows point to, and to what describes that.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.orm import Session

from lims.exports import schema
from lims.models.audit import UNAUDITED, AuditEntry
from lims.models.base import table_of
from lims.models.batch import Batch, BatchSample
from lims.models.label import Label
from lims.models.retrieval import BatchVial
from lims.models.step import Step
from lims.portions import in_portions

Rows = dict[str, set[int]]
"""The numbers of rows, by table."""

DESCRIBED_BY: dict[str, tuple[tuple[str, str], ...]] = {
    "patient": (
        ("patient_document", "patient_id"),
        ("consent", "patient_id"),
        ("marker_result", "patient_id"),
        ("storage_agreement", "patient_id"),
    ),
    "course": (
        ("transplantation_session", "course_id"),
        ("contraindication_check", "course_id"),
        ("outcome", "course_id"),
        ("adverse_event", "course_id"),
    ),
    "transplantation_session": (
        ("planned_administration", "session_id"),
        ("ward_observation", "session_id"),
    ),
    "planned_administration": (("injection_removal", "injection_id"),),
    "contraindication_check": (
        ("contraindication_finding", "check_id"),
        ("contraindication_absence", "check_id"),
    ),
    "outcome": (("outcome_correction", "wrong_id"),),
    "adverse_event": (("adverse_event_decision", "adverse_event_id"),),
    "specification_version": (
        ("specification_test", "specification_version_id"),
        ("specification_limit", "specification_version_id"),
        ("specification_range", "specification_version_id"),
        ("specification_policy", "specification_version_id"),
    ),
    "vial_order": (("record", "order_id"),),
    "lot": (("lot_ingredient", "lot_id"),),
    "qc_run": (
        ("qc_run_stay", "run_id"),
        ("qc_run_lot", "run_id"),
        ("qc_run_equipment", "run_id"),
    ),
    "equipment": (("calibration", "equipment_id"),),
    "deviation": (
        ("deviation_decision", "deviation_id"),
        ("deviation_supply", "deviation_id"),
    ),
    "user_account": (("user_role", "user_id"), ("training", "user_id")),
}
"""What stands behind a batch says little without these rows of it: (table, its key)."""
STEP = "step"


def of_batch(session: Session, batch: Batch) -> Rows:
    """The rows that belong to `batch`."""
    found = Found(session, batch)
    found.go_down()
    found.take("label", Label.subject_code.in_(found.codes()))
    found.go_up()
    return {table: numbers for table, numbers in found.rows.items() if numbers}


def entries_of(session: Session, rows: Rows) -> set[int]:
    """The entries of the trail that tell of `rows`."""
    told: set[int] = set()
    for table, numbers in rows.items():
        for some in in_portions(sorted(numbers)):
            query = select(AuditEntry.id).where(
                AuditEntry.table_name == table, AuditEntry.row_id.in_(some)
            )
            told |= set(session.scalars(query))
    return told


def keys(table: Table) -> Iterator[tuple[Any, str]]:
    """Each column of `table` that names a row of another, and that table."""
    for column in table.c:
        for key in column.foreign_keys:
            if key.column.name == "id":
                yield column, key.column.table.name


class Found:
    """Rows being gathered."""

    def __init__(self, session: Session, batch: Batch) -> None:
        self.session, self.batch = session, batch
        self.rows: Rows = defaultdict(set)
        self.tables = {each.name: each for each in schema.tables() if each.name not in UNAUDITED}

    def take(self, table: str, which: ColumnElement[bool]) -> set[int]:
        """Add the rows of `table` for which `which` is true; those that are new."""
        numbers = self.session.scalars(select(self.tables[table].c.id).where(which))
        return self.add(table, set(numbers))

    def add(self, table: str, numbers: set[int]) -> set[int]:
        new = numbers - self.rows[table]
        self.rows[table] |= new
        return new

    def pointing(self, table: str, column: Any, at: set[int]) -> set[int]:
        new: set[int] = set()
        for some in in_portions(sorted(at)):
            new |= self.take(table, column.in_(some))
        return new

    def go_down(self) -> None:
        """All that is of the batch: what points to it, and to that, within the batch."""
        mine = BatchSample.batch_id == self.batch.id
        tissue = select(BatchSample.sample_id).where(mine)
        vials = select(BatchVial.vial_id).where(BatchVial.batch_id == self.batch.id)
        fresh: Rows = {
            "batch": self.add("batch", {self.batch.id}),
            "sample": self.add("sample", set(self.session.scalars(tissue))),
            "vial": self.add("vial", set(self.session.scalars(vials))),
        }
        while fresh:
            reached: Rows = defaultdict(set)
            for table in self.tables.values():
                if "patient_id" not in table.c and schema.extends(table) is None:
                    continue  # of the laboratory, not of a patient
                for column, parent in keys(table):
                    new = self.pointing(table.name, column, fresh.get(parent, set()))
                    whose = schema.extends(table) or table.name
                    self.rows[whose] |= new
                    reached[whose] |= self.within(whose, new)
            fresh = {name: numbers for name, numbers in reached.items() if numbers}

    def within(self, table: str, numbers: set[int]) -> set[int]:
        """Those that are of no other batch: from them the way goes on down."""
        own = self.tables[table]
        if "batch_id" not in own.c or not numbers:
            return numbers
        mine = own.c.batch_id.is_(None) | (own.c.batch_id == self.batch.id)
        kept: set[int] = set()
        for some in in_portions(sorted(numbers)):
            kept |= set(self.session.scalars(select(own.c.id).where(own.c.id.in_(some), mine)))
        return kept

    def codes(self) -> set[str]:
        """The codes of what was found: labels name what they are for by its code."""
        found: set[str] = set()
        for name, numbers in self.rows.items():
            table = self.tables[name]
            column = table.c.container_code if name == "planned_container" else table.c.get("code")
            if column is not None:
                for some in in_portions(sorted(numbers)):
                    found |= set(self.session.scalars(select(column).where(table.c.id.in_(some))))
        return found

    def go_up(self) -> None:
        """All that these rows point to, and what describes it, until there is no more."""
        fresh: Rows = {name: set(numbers) for name, numbers in self.rows.items()}
        while fresh:
            reached: Rows = defaultdict(set)
            for name, numbers in fresh.items():
                for column, parent in keys(self.tables[name]):
                    if parent in self.tables:
                        reached[parent] |= self.add(parent, self.named(column, numbers))
                for table, key in DESCRIBED_BY.get(name, ()):
                    column = self.tables[table].c[key]
                    reached[table] |= self.pointing(table, column, numbers)
                if name == STEP:
                    for kind, steps in self.kinds(numbers).items():
                        reached[kind] |= self.add(kind, steps)
            fresh = {name: numbers for name, numbers in reached.items() if numbers}

    def named(self, column: Any, by: set[int]) -> set[int]:
        found: set[int] = set()
        for some in in_portions(sorted(by)):
            query = select(column).where(column.table.c.id.in_(some), column.is_not(None))
            found |= set(self.session.scalars(query))
        return found

    def kinds(self, steps: set[int]) -> Rows:
        """The steps by the table of their kind."""
        found: Rows = defaultdict(set)
        mappers, step = Step.__mapper__.polymorphic_map, table_of(Step)
        for some in in_portions(sorted(steps)):
            query = select(step.c.id, step.c.kind).where(step.c.id.in_(some))
            for number, kind in self.session.execute(query):
                found[table_of(mappers[kind].class_).name].add(number)
        return {name: numbers for name, numbers in found.items() if name != STEP}
