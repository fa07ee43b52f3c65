"""Whether a kept paper can be trusted: its file, its place in the trail, what came after it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.errors import LimsError
from lims.files import FileAltered, FileMissing, FileStore
from lims.models.audit import AuditEntry
from lims.models.deviation import Deviation, DeviationSubject
from lims.models.label import Record
from lims.workflows import recording
from lims.workflows.recording import Subject

OVERTURNING = ("correction", "superseded", "result_out")
"""The rules by which something behind a released fill turned out other than it was certified."""


@dataclass(frozen=True)
class Standing:
    """What is known of a kept paper now."""

    fault: LimsError | None
    """Why its file is not given out; None while it has the hash it was stored by."""
    in_trail: bool
    """Whether the audit trail still holds the entry the paper names."""
    newer: Record | None
    overturned: bool

    @property
    def good(self) -> bool:
        return self.fault is None and self.in_trail


def standing_of(session: Session, store: FileStore, record: Record, subject: Subject) -> Standing:
    fault: LimsError | None = None
    try:
        store.get(record.pdf_sha256)
    except (FileMissing, FileAltered) as found:
        fault = found
    entry = session.get(AuditEntry, record.audit_seq)
    newest = recording.newest(session, record.kind, subject, record.language)
    newer = newest if newest is not None and newest.edition > record.edition else None
    in_trail = entry is not None and entry.hash == record.audit_hash
    return Standing(fault, in_trail, newer, record.id in overturned(session, [record]))


def overturned(session: Session, records: Sequence[Record]) -> set[int]:
    """The ids of the certificates that something behind their fill contradicts since; one query."""
    of_fill = {record.fill_id for record in records if record.fill_id is not None}
    told = session.execute(
        select(DeviationSubject.fill_id, func.max(Deviation.reported_at))
        .join(Deviation, Deviation.id == DeviationSubject.deviation_id)
        .where(DeviationSubject.fill_id.in_(of_fill), Deviation.rule.in_(OVERTURNING))
        .group_by(DeviationSubject.fill_id)
    )
    last = dict(told.all())
    return {
        each.id for each in records if each.fill_id in last and each.made_at < last[each.fill_id]
    }
