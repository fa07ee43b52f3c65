"""Anchors: the end of the audit chain, written down outside the database.

The chain shows by itself that nothing before its end was changed; only a copy of its end kept
elsewhere shows that the end was not cut off, or the whole chain written anew.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims import clock
from lims.models.audit import AuditEntry, AuditHead, canonical
from lims.models.types import moment_text


class AnchorReason(StrEnum):
    RELEASE = "release"
    DAY = "day"
    BY_HAND = "by hand"


RESTORED = "restored to "
"""Begins the reason of an anchor written when a backup was restored; when that was made follows."""


@dataclass(frozen=True)
class Anchor:
    """The last entry of the chain at a moment; `previous` is the SHA-256 of the anchor before."""

    seq: int
    hash: str
    count: int
    utc: str
    reason: str
    previous: str | None

    @property
    def text(self) -> str:
        """The one line of JSON that is kept."""
        return canonical(asdict(self)) + "\n"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.utc)

    @property
    def restores(self) -> str | None:
        """When the backup was made that was put in place here, where one was."""
        return self.reason.removeprefix(RESTORED) if self.reason.startswith(RESTORED) else None

    def gives_up(self, other: "Anchor") -> bool:
        """Whether a backup was restored here that was made before `other` was written."""
        if self.restores is None:
            return False
        return datetime.fromisoformat(self.restores) < other.at < self.at

    @classmethod
    def from_text(cls, text: str) -> "Anchor":
        """Raises ValueError unless `text` is exactly what an anchor writes."""
        try:
            anchor = cls(**json.loads(text))
        except TypeError as error:
            raise ValueError(f"not an anchor: {text[:80]}") from error
        whole = isinstance(anchor.seq, int) and isinstance(anchor.count, int)
        if anchor.text != text or not whole or anchor.at.tzinfo is None:
            raise ValueError(f"not an anchor: {text[:80]}")
        return anchor


def anchor_of(session: Session, reason: str, previous: Anchor | None) -> Anchor | None:
    """An anchor of the chain as it is now; None while the chain is empty."""
    head = session.execute(select(AuditHead.seq, AuditHead.hash)).one()
    if head.seq == 0:
        return None
    return Anchor(
        seq=head.seq,
        hash=head.hash,
        count=session.scalar(select(func.count()).select_from(AuditEntry)) or 0,
        utc=moment_text(clock.now()),
        reason=str(reason),
        previous=previous.sha256 if previous else None,
    )
