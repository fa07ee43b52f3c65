"""Whether a kept paper can be trusted: its file, its place in the trail, what came after it."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from lims.errors import LimsError
from lims.files import FileAltered, FileMissing, FileStore
from lims.models.audit import AuditEntry
from lims.models.label import Record
from lims.workflows import recording
from lims.workflows.recording import Subject


@dataclass(frozen=True)
class Standing:
    """What is known of a kept paper now."""

    fault: LimsError | None
    """Why its file is not given out; None while it has the hash it was stored by."""
    in_trail: bool
    """Whether the audit trail still holds the entry the paper names."""
    newer: Record | None

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
    return Standing(fault, entry is not None and entry.hash == record.audit_hash, newer)
