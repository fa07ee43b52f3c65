"""The papers of a batch: those kept, in all editions, as stored; those never made, as of now."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import LimsError
from lims.exports.folder import ExportFolder
from lims.exports.stored import kept_file
from lims.models.batch import Batch
from lims.models.label import Record, RecordKind
from lims.papers import fellows, keeping
from lims.papers.heading import Desk, head_of_trail
from lims.portions import in_portions
from lims.workflows import recording
from lims.workflows.recording import Subject

FOLDER = "papers"
MADE_NOW = "made for this export and not kept: the program knows no edition that says this"


@dataclass(frozen=True)
class Wanted:
    """One paper that a batch has, or could have."""

    kind: RecordKind
    subject: Subject

    def name(self, language: str, which: str) -> str:
        kind = self.kind.value.replace("_", "-")
        return f"{FOLDER}/{self.subject.code}-{kind}-{language}-{which}.pdf"


def of_batch(session: Session, batch: Batch) -> list[Wanted]:
    """The papers there can be: of the batch, of each step that was done, of each fill."""
    done = [step for step in fellows.of_record(session, batch) if step.performed_at is not None]
    return [
        Wanted(RecordKind.BATCH, batch),
        *(Wanted(RecordKind.STEP, step) for step in done),
        *(Wanted(RecordKind.CERTIFICATE_OF_ANALYSIS, fill) for fill in batch.fills),
        *(Wanted(RecordKind.RELEASE_CERTIFICATE, fill) for fill in batch.fills),
    ]


def copy_kept(session: Session, folder: ExportFolder, desk: Desk, records: set[int]) -> None:
    """Copy every edition that was kept, as it is stored; what is lacking, the rows tell of."""
    for some in in_portions(sorted(records)):
        for record in session.scalars(select(Record).where(Record.id.in_(some))):
            wanted = Wanted(record.kind, recording.subject_behind(session, record))
            name = wanted.name(record.language, f"edition-{record.edition}-{record.code}")
            kept_file(folder, desk.store, record.pdf_sha256, name)


def make_missing(session: Session, folder: ExportFolder, desk: Desk, wanted: Wanted) -> None:
    """Render a paper of which no edition says what is so now; it is not stored."""
    try:
        _, values = keeping.standing(session, wanted.kind, wanted.subject, desk)
    except LimsError:  # there cannot be one yet: nothing was decided
        return
    if values is not None:
        pdf = keeping.KINDS[wanted.kind].pdf(_now(session, values), desk.say)
        folder.write(wanted.name(desk.say.language, "not-kept"), pdf, MADE_NOW)


def _now(session: Session, values: Any) -> Any:
    """The same under a heading without a code: there is nothing to verify it against."""
    here = head_of_trail(session)
    heading = replace(values.heading, record="", version=0, made_at=clock.now(), audit=here)
    return replace(values, heading=heading)
