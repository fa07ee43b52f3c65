"""Verifying: is the chain whole, does it reach its anchors, do the tables say what it says?

All of it is read in one snapshot, in streams: memory does not grow with the trail.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import LimsError
from lims.models.audit import GENESIS, HASHED, AuditEntry, AuditHead, entry_hash, hashed
from lims.workflows import findings, reconciling
from lims.workflows.anchors import Anchor
from lims.workflows.findings import Finding, Notice
from lims.workflows.reconciling import A_STREAM, as_stored

MOST_NAMED = 100
"""Findings named one by one; whoever rewrote a million entries is told of by the rest's count."""


@dataclass
class Report:
    """What was looked at, and what was found."""

    anchors: int = 0
    entries: int = 0
    rows: int = 0
    files: int = 0
    anchored_to: int = 0
    last_seq: int = 0
    last_hash: str = GENESIS
    faults: int = 0
    named: list[Finding] = field(default_factory=list)
    noted: list[Notice] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return not self.faults

    def add(self, found: Iterable[Finding]) -> None:
        for finding in found:
            self.faults += 1
            if len(self.named) < MOST_NAMED:
                self.named.append(finding)

    def put_first(self, found: Sequence[Finding]) -> None:
        """What was found before the trail was looked at."""
        self.named[:0] = found
        self.faults += len(found)

    def note(self, notices: Iterable[Notice]) -> None:
        self.noted += list(notices)[: MOST_NAMED - len(self.noted)]

    def sentences(self) -> list[LimsError]:
        """The report as a person reads it: faults, what is not protected yet, the sum."""
        told: list[LimsError] = [*self.named]
        if self.faults > len(self.named):
            told.append(findings.More(count=self.faults - len(self.named)))
        told += self.noted
        if self.last_seq > self.anchored_to:
            told.append(findings.NotAnchored(first=self.anchored_to + 1, last=self.last_seq))
        looked_at = {"entries": self.entries, "rows": self.rows, "files": self.files}
        if self.is_whole:
            told.append(findings.Whole(anchors=self.anchors, **looked_at))
        else:
            told.append(findings.Faults(count=self.faults, **looked_at))
        return told


def verify(session: Session, anchors: Sequence[Anchor], damaged: Sequence[str] = ()) -> Report:
    """Look at the whole trail, the anchors (`damaged`: files that are none) and every table."""
    report = Report(anchors=len(anchors))
    report.add(findings.AnchorDamaged(name=name) for name in damaged)
    report.add(_anchors_lost(anchors))
    standing = _standing(anchors)
    report.note(_restorations(standing, anchors))
    report.add(_chain(session, sorted(standing, key=lambda each: each.seq), report))
    report.add(reconciling.differences(session, report))
    return report


def _anchors_lost(anchors: Sequence[Anchor]) -> Iterator[Finding]:
    known = {anchor.sha256 for anchor in anchors}
    for anchor in anchors:
        if anchor.previous is not None and anchor.previous not in known:
            yield findings.AnchorMissing(seq=anchor.seq, utc=anchor.utc)


def _standing(anchors: Sequence[Anchor]) -> list[Anchor]:
    """Those of which nothing was given up when an older backup was restored; a restoring that
    was given up by a later one gives up nothing."""
    standing: list[Anchor] = []
    for anchor in sorted(anchors, key=lambda each: each.at, reverse=True):
        if not any(later.gives_up(anchor) for later in standing):
            standing.append(anchor)
    return standing


def _restorations(standing: Sequence[Anchor], anchors: Sequence[Anchor]) -> Iterator[Notice]:
    for restored in standing:
        if restored.restores is None:
            continue
        lost = max((each.seq for each in anchors if restored.gives_up(each)), default=0)
        told = {"utc": restored.utc, "made": restored.restores, "seq": restored.seq}
        if lost > restored.seq:
            yield findings.RestoredOlder(last=lost, **told)
        else:
            yield findings.Restored(**told)


def _entries(session: Session) -> Iterator[tuple[dict[str, Any], str]]:
    """Each entry in the form that is hashed, and the hash kept with it; a million take seconds."""
    columns = [as_stored(AuditEntry.__table__.c[name]) for name in (*HASHED.values(), "hash")]
    streamed = select(*columns).order_by(AuditEntry.id).execution_options(yield_per=A_STREAM)
    for *values, found in session.connection().execute(streamed):
        yield hashed(values), found


def _chain(session: Session, anchors: list[Anchor], report: Report) -> Iterator[Finding]:
    waiting = list(reversed(anchors))
    for entry, found in _entries(session):
        seq: int = entry["seq"]
        place = {"seq": seq, "table": entry["table"], "row": entry["row"]}
        if seq <= report.last_seq:
            yield findings.EntryTwice(**place)
        elif seq != report.last_seq + 1:
            first, last = report.last_seq + 1, seq - 1
            missing = findings.EntryIsMissing if first == last else findings.EntriesMissing
            yield missing(first=first, last=last)
        elif entry["previous"] != report.last_hash:
            yield findings.LinkBroken(before=report.last_seq, **place)
        if entry_hash(entry) != found:
            yield findings.EntryEdited(**place)
        report.entries += 1
        report.last_seq, report.last_hash = seq, found
        while waiting and waiting[-1].seq <= seq:
            anchor = waiting.pop()
            if (anchor.seq, anchor.hash, anchor.count) != (seq, found, report.entries):
                yield findings.AnchorDiffers(seq=anchor.seq, utc=anchor.utc)
            report.anchored_to = anchor.seq
    head = session.execute(select(AuditHead.seq, AuditHead.hash)).all()
    if [tuple(each) for each in head] != [(report.last_seq, report.last_hash)]:
        yield findings.HeadDiffers(last=report.last_seq, head=[each.seq for each in head])
    for anchor in waiting[:1]:  # the newest; the others say the same
        yield findings.CutShort(last=report.last_seq, seq=anchor.seq, utc=anchor.utc)
