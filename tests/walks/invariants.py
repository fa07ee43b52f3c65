"""What always holds, recomputed from the rows by plain SQL: each yields what breaks it."""

import json
from collections.abc import Iterator

from sqlalchemy import Connection, select, text

from lims.models import Base
from lims.models.audit import AuditEntry, AuditHead
from lims.models.base import table_of
from lims.models.step import Step
from lims.workflows import states
from tests.walks.chances import Known

OF_STEP = {table_of(kind.class_).name for kind in Step.__mapper__.self_and_descendants}
ALLOWED = set(states.rows())
WITH_STATUS = sorted({table for table, _, _ in ALLOWED})

LIVING = """EXISTS (SELECT 1 FROM vessel v WHERE v.batch_id = b.id
        AND v.status IN ('seeded', 'culturing', 'contaminated'))
    OR EXISTS (SELECT 1 FROM suspension s WHERE s.batch_id = b.id AND s.status = 'made')
    OR EXISTS (SELECT 1 FROM fill f WHERE f.batch_id = b.id
        AND f.status IN ('filled', 'quarantined', 'production_reviewed', 'conditional'))"""

NEVER = {
    "more left a suspension than was in it, or an empty one is said to hold something": """
        SELECT s.code FROM suspension s LEFT JOIN withdrawal w ON w.suspension_id = s.id
        GROUP BY s.id, s.code, s.volume_ml, s.status
        HAVING COALESCE(SUM(w.volume_ml), 0) > s.volume_ml
            OR (s.status = 'emptied') <> (COALESCE(SUM(w.volume_ml), 0) = s.volume_ml)""",
    "somebody released what they made or analysed": """
        SELECT f.code FROM disposition d JOIN signature g ON g.id = d.signature_id
        JOIN fill f ON f.id = d.fill_id
        WHERE d.decision IN ('released', 'conditional') AND (EXISTS (
            SELECT 1 FROM step p LEFT JOIN line_clearance c ON c.step_id = p.id
            WHERE (p.batch_id = f.batch_id OR p.sample_id IN (
                SELECT sample_id FROM batch_sample WHERE batch_id = f.batch_id))
            AND p.kind NOT IN ('collection', 'dispatch', 'handover', 'receipt', 'return',
                'administration')
            AND (p.recorded_at <= g.signed_at
                    AND g.user_id IN (p.performed_by_id, p.recorded_by_id)
                OR p.verified_at <= g.signed_at AND g.user_id = p.verified_by_id
                OR c.opened_at <= g.signed_at AND g.user_id = c.open_checked_by_id))
        OR EXISTS (
            SELECT 1 FROM qc_result r JOIN qc_test t ON t.id = r.qc_test_id
            WHERE t.fill_id = f.id AND r.analyst_id = g.user_id
            AND r.entered_at <= g.signed_at))""",
    "two steps are open at one bench": """
        SELECT station_id FROM line_clearance WHERE closed_at IS NULL
        GROUP BY station_id HAVING COUNT(*) > 1""",
    "a batch is closed while something of it lives": f"""
        SELECT b.code FROM batch b WHERE b.status = 'closed' AND ({LIVING})""",
    "a batch stays open though nothing of it lives": f"""
        SELECT b.code FROM batch b WHERE b.status = 'open' AND NOT ({LIVING})
        AND EXISTS (SELECT 1 FROM suspension s WHERE s.batch_id = b.id)
        AND NOT EXISTS (SELECT 1 FROM step p WHERE p.batch_id = b.id AND p.status = 'open')""",
    "a position is of two cells": """
        SELECT position_id FROM allocation WHERE to_at IS NULL
        GROUP BY position_id HAVING COUNT(*) > 1""",
    "a closed cell keeps positions": """
        SELECT c.code FROM storage_cell c JOIN allocation a ON a.cell_id = c.id
        WHERE c.status = 'closed' AND a.to_at IS NULL""",
    "a vial stands in a position that was given up": """
        SELECT v.code FROM placement p JOIN allocation a ON a.id = p.allocation_id
        JOIN vial v ON v.id = p.vial_id
        WHERE p.removed_at IS NULL AND a.to_at IS NOT NULL""",
    "a stored or reserved vial stands nowhere, or one that is not frozen or gone stands": """
        SELECT v.code FROM vial v
        LEFT JOIN placement p ON p.vial_id = v.id AND p.removed_at IS NULL
        WHERE (v.status IN ('stored', 'reserved')) AND p.id IS NULL
        OR v.status IN ('labelled', 'freezing', 'retrieved', 'thawed', 'used', 'transferred',
            'discarded', 'void') AND p.id IS NOT NULL""",
    "two vials stand in one position": """
        SELECT a.position_id FROM placement p JOIN allocation a ON a.id = p.allocation_id
        WHERE p.removed_at IS NULL GROUP BY a.position_id HAVING COUNT(*) > 1""",
    "a vial is freezing or was placed and never went into a run": """
        SELECT v.code FROM vial v WHERE (v.status = 'freezing'
            OR EXISTS (SELECT 1 FROM placement p WHERE p.vial_id = v.id))
        AND NOT EXISTS (SELECT 1 FROM frozen_vial f WHERE f.vial_id = v.id)""",
    "a patient has two open cells": """
        SELECT patient_id FROM storage_cell WHERE status = 'open'
        GROUP BY patient_id HAVING COUNT(*) > 1""",
    "a vial is nowhere, or in two places": """
        SELECT v.code FROM vial v WHERE
            CASE WHEN v.status IN ('labelled', 'freezing', 'compromised') AND NOT EXISTS (
                SELECT 1 FROM placement p WHERE p.vial_id = v.id) THEN 1 ELSE 0 END
            + (SELECT COUNT(*) FROM placement p WHERE p.vial_id = v.id AND p.removed_at IS NULL)
            + (SELECT COUNT(*) FROM retrieved_vial o WHERE o.vial_id = v.id
                AND o.back_at IS NULL AND v.status IN ('retrieved', 'compromised'))
            + (SELECT COUNT(*) FROM thawed_vial t WHERE t.vial_id = v.id)
            + CASE WHEN v.status = 'used' AND EXISTS (
                SELECT 1 FROM reservation r JOIN vial_order q ON q.id = r.order_id
                WHERE r.vial_id = v.id AND q.kind = 'test' AND q.status IN ('fulfilled', 'closed'))
                AND EXISTS (SELECT 1 FROM aliquot a WHERE a.vial_id = v.id) THEN 1 ELSE 0 END
            + CASE WHEN v.status IN ('discarded', 'transferred') THEN 1 ELSE 0 END <> 1""",
    "a vial is used before its thaw is recorded, or in the bath after it": """
        SELECT v.code FROM vial v JOIN thawed_vial t ON t.vial_id = v.id
        JOIN step p ON p.id = t.step_id
        WHERE p.status = 'void' OR (v.status = 'thawed') <> (p.status = 'open')""",
    "a thawed vial is of another batch than its thaw": """
        SELECT v.code FROM thawed_vial t JOIN vial v ON v.id = t.vial_id
        JOIN step p ON p.id = t.step_id LEFT JOIN batch_vial b ON b.vial_id = v.id
        WHERE b.batch_id IS NULL OR b.batch_id <> p.batch_id""",
    "a vial is out, and by nobody's retrieval": """
        SELECT v.code FROM vial v WHERE v.status = 'retrieved' AND NOT EXISTS (
            SELECT 1 FROM retrieved_vial o WHERE o.vial_id = v.id AND o.back_at IS NULL)""",
    "a vial was taken out or scanned into a run, and the step was given up": """
        SELECT p.code FROM step p WHERE p.status = 'void' AND (
            EXISTS (SELECT 1 FROM retrieved_vial o WHERE o.step_id = p.id)
            OR EXISTS (SELECT 1 FROM frozen_vial f WHERE f.step_id = p.id))""",
    "a vial is kept for two orders": """
        SELECT vial_id FROM reservation WHERE ended_at IS NULL
        GROUP BY vial_id HAVING COUNT(*) > 1""",
    "a vial stands in its place and is said to be out": """
        SELECT v.code FROM vial v JOIN retrieved_vial t ON t.vial_id = v.id
        WHERE t.back_at IS NULL AND v.status IN ('stored', 'reserved')""",
    "a vial is reserved and kept for no order": """
        SELECT v.code FROM vial v WHERE v.status = 'reserved' AND NOT EXISTS (
            SELECT 1 FROM reservation r WHERE r.vial_id = v.id AND r.ended_at IS NULL)""",
    "an order keeps a vial that is not to be had, or one that ended keeps any": """
        SELECT q.code FROM reservation r JOIN vial v ON v.id = r.vial_id
        JOIN vial_order q ON q.id = r.order_id WHERE r.ended_at IS NULL
        AND (v.status NOT IN ('reserved', 'retrieved', 'thawed')
            OR q.status NOT IN ('checked', 'approved', 'scheduled'))""",
    "a thaw is recorded and its order is not fulfilled": """
        SELECT p.code FROM thaw t JOIN step p ON p.id = t.id
        JOIN vial_order q ON q.id = t.order_id
        WHERE p.status IN ('recorded', 'closed') AND q.status NOT IN ('fulfilled', 'closed')""",
    "somebody approved an order that they gave or checked": """
        SELECT a.subject_code FROM signature a JOIN signature b
            ON b.subject_table = 'vial_order' AND b.subject_id = a.subject_id
            AND b.user_id = a.user_id
        WHERE a.subject_table = 'vial_order' AND a.meaning = 'approved'
            AND b.meaning IN ('submitted', 'checked')""",
    "a vial was put into the bath and is not used, or is of no batch made of it": """
        SELECT v.code FROM thawed_vial t JOIN vial v ON v.id = t.vial_id
        WHERE v.status NOT IN ('thawed', 'used')
        OR NOT EXISTS (SELECT 1 FROM batch_vial b WHERE b.vial_id = v.id)""",
    "what was thawed is not what is in the tube, or was frozen as often as before": """
        SELECT s.code FROM suspension s WHERE (s.origin = 'thaw') <> EXISTS (
            SELECT 1 FROM thawed_vial t WHERE t.step_id = s.made_by_id)
        OR s.origin = 'thaw' AND s.freeze_thaws < 1""",
    "two labels of one container are in use": """
        SELECT subject_code FROM label WHERE status NOT IN ('void', 'destroyed')
        GROUP BY subject_code HAVING COUNT(*) > 1""",
    "a label of an empty container waits to be stuck on though its step is over": """
        SELECT l.subject_code FROM label l JOIN step p ON p.id = l.step_id
        WHERE p.status IN ('closed', 'void') AND l.status IN ('requested', 'sent')
        AND NOT EXISTS (SELECT 1 FROM suspension s WHERE s.code = l.subject_code)
        AND NOT EXISTS (SELECT 1 FROM vessel v WHERE v.code = l.subject_code)
        AND NOT EXISTS (SELECT 1 FROM aliquot a WHERE a.code = l.subject_code)
        AND NOT EXISTS (SELECT 1 FROM dose d WHERE d.code = l.subject_code)
        AND NOT EXISTS (SELECT 1 FROM vial i WHERE i.code = l.subject_code)""",
}


def broken(connection: Connection) -> Iterator[str]:
    for rule, query in NEVER.items():
        for found in connection.execute(text(query)):
            yield f"{rule}: {found[0]}"


class Trail:
    """The statuses as the trail tells them, folded entry by entry."""

    def __init__(self) -> None:
        self.last = 0
        self.folded: dict[tuple[str, int], str] = {}

    def follow(self, connection: Connection) -> Iterator[str]:
        """Read the new entries; yields whatever does not follow from what was before."""
        entry = table_of(AuditEntry).c
        columns = entry.id, entry.table_name, entry.row_id, entry.changes, entry.hash
        newest = None
        for row in connection.execute(
            select(*columns).where(entry.id > self.last).order_by(entry.id)
        ):
            if row.id != self.last + 1:
                yield f"entry {self.last + 1} is missing"
            self.last, newest = row.id, row.hash
            yield from self._fold(row.table_name, row.row_id, json.loads(row.changes))
        head = connection.execute(select(AuditHead.seq, AuditHead.hash)).one()
        if head.seq != self.last or newest not in (None, head.hash):
            yield f"the head is at {head.seq}, the trail at {self.last}"

    def _fold(self, table: str, key: int, changes: dict[str, list[str | None]]) -> Iterator[str]:
        if "status" not in changes:
            return
        place = ("step" if table in OF_STEP else table), key
        old, new = changes["status"]
        if self.folded.get(place) != old:
            yield f"{place} was {self.folded.get(place)}, the trail says {old}"
        if (place[0], old or "", new) not in ALLOWED:
            yield f"{place}: {old} → {new} is not in the table of transitions"
        self.folded[place] = str(new)


def live(connection: Connection, trail: Trail) -> tuple[dict[str, list[Known]], list[str]]:
    """What there is, by table; and whatever has another status than its trail says."""
    found: dict[str, list[Known]] = {}
    wrong = []
    for name in WITH_STATUS:
        table = Base.metadata.tables[name]
        code = table.c.code if "code" in table.c else table.c.id
        patient = table.c.patient_id if "patient_id" in table.c else table.c.id
        rows = connection.execute(
            select(table.c.id, code, table.c.status, patient).order_by(table.c.id)
        ).all()
        found[name] = [Known(str(row[1]), row[2].value, row[3]) for row in rows]
        wrong += [
            f"{name} {row[1]} is {row[2].value}, its trail says otherwise"
            for row in rows
            if trail.folded.get((name, row[0])) != row[2].value
        ]
    for row in connection.execute(select(Step.code, Step.kind, Step.status, Step.patient_id)):
        found.setdefault(row.kind.value, []).append(Known(row.code, row.status.value, row[3]))
    return found, wrong


def mixed(connection: Connection) -> Iterator[str]:
    """Every row that is of another patient than what it points to."""
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            if "patient_id" not in key.column_keys or len(key.column_keys) < 2:
                continue
            column = next(name for name in key.column_keys if name != "patient_id")
            parent = key.referred_table.name
            query = (
                f'SELECT c.id FROM {table.name} c JOIN "{parent}" p ON p.id = c.{column}'
                " WHERE p.patient_id <> c.patient_id"
            )
            for row in connection.execute(text(query)):
                yield f"{table.name} {row[0]} and its {column} are of two patients"
