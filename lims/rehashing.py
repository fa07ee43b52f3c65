"""Rehashing: is each stored file still what the rows that name it say?

Files and rows are read side by side in the order of their digests: memory does not grow with them.
"""

from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import groupby
from operator import itemgetter

from sqlalchemy import literal, select, union_all
from sqlalchemy.orm import Session

from lims.files import FileStore
from lims.models.agreement import StorageAgreement
from lims.models.base import table_of
from lims.models.earlier import Import
from lims.models.label import Label, Record
from lims.models.on_paper import ReadingOnPaper, VialOnPaper
from lims.models.order import Order
from lims.models.qc_run import QcRunResult
from lims.models.qc_run_used import QcRunSheet
from lims.models.step_file import StepPaper, StepPhoto
from lims.workflows import findings
from lims.workflows.anchors import Anchor
from lims.workflows.findings import Finding
from lims.workflows.reconciling import A_STREAM
from lims.workflows.verifying import Report, verify

NAMING = (
    (Record, "pdf_sha256"),
    (Label, "content_sha256"),
    (StepPhoto, "sha256"),
    (StepPaper, "sha256"),
    (VialOnPaper, "sha256"),
    (ReadingOnPaper, "sha256"),
    (QcRunResult, "sha256"),
    (QcRunSheet, "pdf_sha256"),
    (Import, "file_sha256"),
    (Order, "document_sha256"),
    (StorageAgreement, "document_sha256"),
)
"""Every column that names a stored file."""

Row = tuple[str, int]
"""A table, and the number of a row of it."""


def verify_all(
    session: Session, store: FileStore, anchors: Sequence[Anchor], damaged: Sequence[str] = ()
) -> Report:
    """Look at the trail, the anchors, every table, and every stored file."""
    report = verify(session, anchors, damaged)
    report.add(faults(session, store, report))
    return report


def faults(session: Session, store: FileStore, report: Report) -> Iterator[Finding]:
    """Files that are missing, altered or not ours; one that no row names is only noted."""
    yield from (findings.StrangeFile(path=str(path)) for path in store.strangers())
    for digest, is_stored, row in side_by_side(session, store):
        report.files += 1
        if row is not None:
            yield from _faults(store, digest, stored=is_stored, row=row)
        elif store.intact(digest):
            report.note([findings.UnnamedFile(path=str(store.path(digest)))])
        else:
            yield findings.StrangeFile(path=str(store.path(digest)))


def side_by_side(session: Session, store: FileStore) -> Iterator[tuple[str, bool, Row | None]]:
    """Each file, stored or named: its SHA-256, whether it is stored, the first row naming it."""
    stored: Iterator[tuple[str, Row | None]] = ((digest, None) for digest in store.digests())
    naming: Iterator[tuple[str, Row | None]] = iter(named(session))
    together = merge(stored, naming, key=itemgetter(0))
    for digest, both in groupby(together, key=itemgetter(0)):
        rows = [row for _, row in both]
        yield digest, None in rows, next(filter(None, rows), None)


def _faults(store: FileStore, digest: str, *, stored: bool, row: Row) -> Iterator[Finding]:
    path, (table, number) = str(store.path(digest)), row
    if not stored:
        yield findings.FileGone(path=path, table=table, row=number)
    elif not store.intact(digest):
        yield findings.FileAltered(path=path, table=table, row=number)


def named(session: Session) -> Iterator[tuple[str, Row]]:
    """Each digest in order, with each row that names it."""
    each = (
        select(file.label("digest"), literal(table_of(kind).name), kind.id).where(file.is_not(None))
        for kind, column in NAMING
        for file in [table_of(kind).c[column]]
    )
    streamed = union_all(*each).order_by("digest").execution_options(yield_per=A_STREAM)
    for digest, table, number in session.execute(streamed):
        yield digest, (table, number)
