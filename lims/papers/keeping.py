"""A paper made once and kept: gathered in one look, rendered, stored by content, numbered.

Two editions differ only where their content does. What the row of an edition keeps itself does
not count as content: its code and number, when it was made, the end of the audit trail then. So
the values of now, under the heading of the newest edition, have its hash, or something changed.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from lims import clock
from lims.config import Settings
from lims.database import Database
from lims.errors import N_, LimsError
from lims.files import FileStore
from lims.models.batch import Batch
from lims.models.fill import Fill
from lims.models.label import Record, RecordCopy, RecordKind
from lims.models.order import Order
from lims.models.step import Step
from lims.models.user import User
from lims.papers import batch, certificates, pick_list, step_page
from lims.papers.heading import Desk, Edition, head_of_trail, site_of
from lims.papers.wording import wording_of
from lims.records.analysis import certificate_of_analysis
from lims.records.batch import batch_record
from lims.records.canonical import digest
from lims.records.copies import stamp_copy
from lims.records.parts import AuditHead
from lims.records.pick_list import pick_list as render_pick_list
from lims.records.release import release_certificate
from lims.records.step import step_record
from lims.records.wording import Wording
from lims.workflows import codes, recording
from lims.workflows.recording import Paper, Subject

TRIES = 3
"""Somebody else may keep the same edition meanwhile: then theirs is looked at anew."""


class TooBusy(LimsError):
    sentence = N_("This paper is being made by others just now. Try again in a moment.")
    status = 503


@dataclass(frozen=True)
class Kind:
    """How one kind of paper is gathered and rendered."""

    values: Callable[[Session, Any, Desk, Edition], Any]
    pdf: Callable[[Any, Wording], bytes]


def _batch(session: Session, subject: Batch, desk: Desk, edition: Edition) -> Any:
    return batch.record(session, batch.load(session, subject.id), desk, edition)


def _step(session: Session, subject: Step, desk: Desk, edition: Edition) -> Any:
    return step_page.record(session, subject, desk, edition)


def _analysis(session: Session, subject: Fill, desk: Desk, edition: Edition) -> Any:
    return certificates.analysis(session, certificates.load(session, subject.id), desk, edition)


def _release(session: Session, subject: Fill, desk: Desk, edition: Edition) -> Any:
    return certificates.release(session, certificates.load(session, subject.id), desk, edition)


def _pick_list(session: Session, subject: Order, desk: Desk, edition: Edition) -> Any:
    return pick_list.record(session, subject, desk, edition)


KINDS: dict[RecordKind, Kind] = {
    RecordKind.BATCH: Kind(_batch, batch_record),
    RecordKind.STEP: Kind(_step, step_record),
    RecordKind.CERTIFICATE_OF_ANALYSIS: Kind(_analysis, certificate_of_analysis),
    RecordKind.RELEASE_CERTIFICATE: Kind(_release, release_certificate),
    RecordKind.PICK_LIST: Kind(_pick_list, render_pick_list),
}


@dataclass(frozen=True)
class Archive:
    """Where papers are kept: the database of their rows, the store of their files."""

    database: Database
    settings: Settings
    terminal: str | None = None
    """Where the person who asks sits, for the trail."""

    @property
    def store(self) -> FileStore:
        return self.settings.store

    def desk(self, language: str) -> Desk:
        zone = self.settings.time_zone
        with self.database.reading() as session:
            site = site_of(session, self.settings.site_name)
        return Desk(site, zone, self.store, wording_of(language, zone))


def make(archive: Archive, kind: RecordKind, code: str, *, by: User, language: str) -> Record:
    """The newest edition of this paper: the one kept, or a new one where the content changed."""
    desk = archive.desk(language)
    for _ in range(TRIES):
        kept, values = _newest_or_values(archive, kind, code, desk, by)
        if kept is not None:
            return kept
        record = _keep(archive, kind, code, values, desk, by)
        if record.code == values.heading.record:
            return record
    raise TooBusy()


def _newest_or_values(
    archive: Archive, kind: RecordKind, code: str, desk: Desk, by: User
) -> tuple[Record | None, Any]:
    """The newest edition where it still says all there is; else the values of the next one."""
    with archive.database.reading() as session:
        subject = _subject(session, kind, code)
        last, values = standing(session, kind, subject, desk)
        here = head_of_trail(session)
    if values is None:
        return last, None
    number = last.edition + 1 if last else 1
    fresh = _run(archive, recording.reserve_record_code, by, lambda session: {})
    head = replace(values.heading, record=fresh, version=number, made_at=clock.now(), audit=here)
    return None, replace(values, heading=head)


def standing(
    session: Session, kind: RecordKind, subject: Subject, desk: Desk
) -> tuple[Record | None, Any]:
    """The newest edition, and the values as they are now unless it still says all there is."""
    last = recording.newest(session, kind, subject, desk.say.language)
    heading = _heading_of(last) if last else Edition("", 1, clock.now(), head_of_trail(session))
    values = KINDS[kind].values(session, subject, desk, heading)
    if last is not None and digest(values) == last.values_sha256:
        return last, None
    return last, values


def _heading_of(record: Record) -> Edition:
    audit = AuditHead(record.audit_seq, record.audit_hash)
    return Edition(record.code, record.edition, record.made_at, audit)


def _subject(session: Session, kind: RecordKind, code: str) -> Subject:
    return codes.load(session, code, recording.SUBJECTS[kind])


def _keep(
    archive: Archive, kind: RecordKind, code: str, values: Any, desk: Desk, by: User
) -> Record:
    pdf = KINDS[kind].pdf(values, desk.say)
    head = values.heading
    paper = Paper(
        kind=kind,
        language=desk.say.language,
        code=head.record,
        edition=head.version,
        values_sha256=digest(values),
        pdf_sha256=archive.store.put(pdf),
        audit_seq=head.audit.sequence,
        audit_hash=head.audit.sha256,
        made_at=head.made_at,
    )

    def arguments(session: Session) -> dict[str, Any]:
        return {"subject": _subject(session, kind, code), "paper": paper}

    record: Record = _run(archive, recording.keep_record, by, arguments)
    return record


def _run(archive: Archive, command: Any, by: User, arguments: Any) -> Any:
    key = f"{command.__name__} {secrets.token_hex(16)}"  # a repeat makes nothing new: see `make`
    return archive.database.run(
        command, by.id, key=key, arguments=arguments, terminal=archive.terminal
    )


def to_read(archive: Archive, record: Record, reader: str) -> bytes:
    """The stored paper with a mark laid over that says it is no copy, should it be printed."""
    say = archive.desk(record.language).say
    said = N_("%(record)s · shown to %(name)s to be read · not a copy given out")
    mark = say.say(said, record=record.code, name=reader)
    return stamp_copy(archive.store.get(record.pdf_sha256), mark)


def copied(archive: Archive, record: Record, copy: RecordCopy, to: str) -> bytes:
    """The stored paper with the mark of this copy laid over: which, of what, for whom, when."""
    say = archive.desk(record.language).say
    mark = say.say(
        N_("Copy %(copy)s of %(record)s · %(name)s · %(moment)s"),
        copy=copy.copy,
        record=record.code,
        name=to,
        moment=say.moment(copy.served_at),
    )
    return stamp_copy(archive.store.get(record.pdf_sha256), mark)
