"""Rehashing: is each stored file still what the rows that name it say?

Files and rows are read side by side in the order of their digests: memory does not grow with them.
"""

from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Protocol

from sqlalchemy import literal, select, union_all
from sqlalchemy.orm import Session

from lims.files import FileStore
from lims.models.base import table_of
from lims.models.label import Label, Record
from lims.models.step import StepPhoto
from lims.workflows import findings
from lims.workflows.findings import Finding
from lims.workflows.reconciling import A_STREAM

NAMING = ((Record, "pdf_sha256"), (Label, "content_sha256"), (StepPhoto, "sha256"))
"""Every column that names a stored file."""

Row = tuple[str, int]
"""A table, and the number of a row of it."""


class Counted(Protocol):
    files: int

    def note(self, notices: Iterable[findings.Notice]) -> None: ...


def faults(session: Session, store: FileStore, report: Counted) -> Iterator[Finding]:
    """Files that are missing, altered or not ours; one that no row names is only noted."""
    yield from (findings.StrangeFile(path=str(path)) for path in store.strangers())
    stored: Iterator[tuple[str, Row | None]] = ((digest, None) for digest in store.digests())
    together = merge(stored, _named(session), key=itemgetter(0))
    for digest, both in groupby(together, key=itemgetter(0)):
        rows = [row for _, row in both]
        report.files += 1
        if set(rows) == {None}:
            report.note([findings.UnnamedFile(path=str(store.path(digest)))])
        yield from _faults(store, digest, stored=None in rows, row=next(filter(None, rows), None))


def _faults(store: FileStore, digest: str, *, stored: bool, row: Row | None) -> Iterator[Finding]:
    path, (table, number) = str(store.path(digest)), row or ("-", 0)
    if not stored:
        yield findings.FileGone(path=path, table=table, row=number)
    elif not store.intact(digest):
        yield findings.FileAltered(path=path, table=table, row=number)


def _named(session: Session) -> Iterator[tuple[str, Row | None]]:
    each = (
        select(table_of(kind).c[column].label("digest"), literal(table_of(kind).name), kind.id)
        for kind, column in NAMING
    )
    streamed = union_all(*each).order_by("digest").execution_options(yield_per=A_STREAM)
    for digest, table, number in session.execute(streamed):
        yield digest, (table, number)
