"""One batch for an inspector or another laboratory: papers, labels, files, rows, their trail."""

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.exports import belonging, papers, schema, verify
from lims.exports.about import Lacking, about
from lims.exports.belonging import Rows
from lims.exports.folder import ExportFolder
from lims.exports.stored import ending, kept_file
from lims.exports.tables import write_table, write_trail
from lims.files import FileStore
from lims.models.audit import stored
from lims.models.base import table_of
from lims.models.batch import Batch
from lims.models.fill import Vial
from lims.models.label import Label
from lims.models.on_paper import VialOnPaper
from lims.models.qc_run import QcRunResult
from lims.models.step import Step
from lims.models.step_file import StepPaper, StepPhoto
from lims.papers.heading import Desk
from lims.portions import in_portions
from lims.rehashing import NAMING
from lims.workflows import genealogy

Stage = Callable[[Any], Any]
"""Shows how far a list of things is done, while it is gone through."""


def write(
    session: Session, folder: ExportFolder, batch: Batch, desk: Desk, shown: Stage
) -> tuple[str, list[Lacking]]:
    """Write one batch; the SHA-256 of the manifest, and what files were lacking."""
    rows = belonging.of_batch(session, batch)
    papers.copy_kept(session, folder, desk, rows.get("record", set()))
    for wanted in shown(papers.of_batch(session, batch)):
        papers.make_missing(session, folder, desk, wanted)
    _labels(session, folder, desk.store, rows)
    _photos(session, folder, desk.store, rows)
    _papers_of_vials(session, folder, desk.store, rows)
    _papers_of_readings(session, folder, desk.store, rows)
    _documents(session, folder, desk.store, rows)
    folder.json("genealogy.json", _genealogy(session, batch))
    _rows(session, folder, rows)
    lacking = list(_lacking(session, desk.store, rows))
    head = about(
        session, folder.begun_at, f"batch {batch.code}", lacking, language=desk.say.language
    )
    return folder.finish(head), lacking


def _rows(session: Session, folder: ExportFolder, rows: Rows) -> None:
    tables = [table for table in schema.tables() if table.name in rows]
    folder.json(verify.SCHEMA, schema.described(tables))
    for table in tables:
        write_table(session, folder, table, lambda _: None, rows[table.name])
    write_trail(session, folder, lambda _: None, belonging.entries_of(session, rows))


def _labels(session: Session, folder: ExportFolder, store: FileStore, rows: Rows) -> None:
    """Each sheet as it was printed, named by the first label on it."""
    found = _of(session, Label, rows)
    found.sort(key=lambda label: (label.content_sha256, label.id))
    for digest, sheet in groupby(found, key=lambda label: label.content_sha256):
        first, *others = sheet
        more = f"-and-{len(others)}-more" if others else ""
        name = f"labels/{first.subject_code}-copy-{first.copy}{more}-{digest[:8]}.pdf"
        kept_file(folder, store, digest, name)


def _photos(session: Session, folder: ExportFolder, store: FileStore, rows: Rows) -> None:
    for name, kind in (("photo", StepPhoto), ("paper", StepPaper)):
        for each in _of(session, kind, rows):
            if store.exists(each.sha256):
                step = session.get_one(Step, each.step_id)
                end = ending(store.path(each.sha256))
                kept_file(folder, store, each.sha256, f"photos/{step.code}-{name}-{each.id}{end}")


def _papers_of_vials(session: Session, folder: ExportFolder, store: FileStore, rows: Rows) -> None:
    for each in _of(session, VialOnPaper, rows):
        if each.sha256 is not None and store.exists(each.sha256):
            vial = session.get_one(Vial, each.vial_id)
            end = ending(store.path(each.sha256))
            kept_file(folder, store, each.sha256, f"photos/{vial.code}-paper-{each.id}{end}")


def _papers_of_readings(
    session: Session, folder: ExportFolder, store: FileStore, rows: Rows
) -> None:
    """Of what was read outside its run at QC."""
    for each in _of(session, QcRunResult, rows):
        if each.sha256 is not None and store.exists(each.sha256):
            tube = each.member.aliquot.code
            end = ending(store.path(each.sha256))
            kept_file(folder, store, each.sha256, f"photos/{tube}-paper-{each.id}{end}")


def _documents(session: Session, folder: ExportFolder, store: FileStore, rows: Rows) -> None:
    """Papers that came from outside: agreements, orders to hand cells over or destroy them."""
    for kind, column in NAMING:
        if column != "document_sha256":
            continue
        for each in _of(session, kind, rows):
            digest = each.document_sha256
            if digest is not None and store.exists(digest):
                name = f"documents/{table_of(kind).name}-{each.id}{ending(store.path(digest))}"
                kept_file(folder, store, digest, name)


def _of(session: Session, kind: Any, rows: Rows) -> list[Any]:
    found: list[Any] = []
    for some in in_portions(sorted(rows.get(table_of(kind).name, ()))):
        found += session.scalars(select(kind).where(kind.id.in_(some)).order_by(kind.id))
    return found


def _genealogy(session: Session, batch: Batch) -> dict[str, Any]:
    """Both ways, to the tissue and to the joint, in other batches too: by codes."""
    found = genealogy.of(session, batch)
    return {
        "batch": batch.code,
        "pieces": [
            {name: stored(value) for name, value in vars(each).items()} for each in found.nodes
        ],
        "links": [{"from": e.parent, "into": e.child, "step": e.step} for e in found.edges],
    }


def _lacking(session: Session, store: FileStore, rows: Rows) -> Iterator[Lacking]:
    """Each file once, with the first row that names it."""
    seen: set[str | None] = {None}
    for kind, column in NAMING:
        for each in _of(session, kind, rows):
            digest = getattr(each, column)
            if digest not in seen and not store.intact(digest):
                yield Lacking(digest, table_of(kind).name, each.id)
            seen.add(digest)
