"""Everything the laboratory has, in one snapshot: tables, trail, anchors, stored files."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims import anchors, rehashing
from lims.exports import schema, verify
from lims.exports.about import Lacking, about
from lims.exports.folder import ExportFolder
from lims.exports.stored import ending
from lims.exports.tables import Moved, write_table, write_trail
from lims.files import FileStore
from lims.models.audit import AuditEntry
from lims.papers.heading import head_of_trail


def rows(session: Session) -> int:
    """How many rows and entries there are to write."""
    counted = [select(func.count()).select_from(table) for table in schema.tables()]
    counted.append(select(func.count()).select_from(AuditEntry))
    return sum(session.scalar(each) or 0 for each in counted)


def write(
    session: Session, folder: ExportFolder, store: FileStore, anchor_dir: Path, moved: Moved
) -> tuple[str, list[Lacking]]:
    """Write the whole laboratory; the SHA-256 of the manifest, and what files were lacking."""
    tables = schema.tables()
    folder.json(verify.SCHEMA, schema.described(tables))
    for table in tables:
        write_table(session, folder, table, moved)
    write_trail(session, folder, moved)
    copy_anchors(session, folder, anchor_dir)
    lacking = list(_files(session, folder, store))
    return folder.finish(about(session, folder.begun_at, verify.EVERYTHING, lacking)), lacking


def copy_anchors(session: Session, folder: ExportFolder, anchor_dir: Path) -> None:
    """Copy the anchors as they are, but for those written since the snapshot began."""
    last = head_of_trail(session).sequence
    newer = {each.text for each in anchors.read(anchor_dir)[0] if each.seq > last}
    for file in anchors.anchor_files(anchor_dir):
        if (content := file.read_bytes()).decode(errors="replace") not in newer:
            folder.write(f"{verify.ANCHORS}/{file.name}", content)


def _files(session: Session, folder: ExportFolder, store: FileStore) -> Iterator[Lacking]:
    """Copy every stored file, named by its SHA-256; tell of what is named and not as stored."""
    for digest, is_stored, row in rehashing.side_by_side(session, store):
        if is_stored and store.intact(digest):
            path = store.path(digest)
            folder.copy(f"files/{digest[:2]}/{digest}{ending(path)}", path)
        elif row is not None:
            yield Lacking(digest, *row)
