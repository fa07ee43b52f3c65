"""A site with a folder of its own, for tests that copy it, lose it and bring it back."""

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, make_url, select, text

from lims import anchors
from lims.backups import making, restoring
from lims.backups.folder import ABOUT, STAMP, Backup, Manifest, Proof, Reason
from lims.config import Settings
from lims.database import Database
from lims.errors import LimsError
from lims.files import FileStore
from lims.models.audit import AuditHead
from lims.models.label import Label, LabelStatus
from lims.models.patient import Patient
from lims.workflows.anchors import AnchorReason
from lims.workflows.verifying import Report, verify
from tests import laboratory
from tests.laboratory import clinic
from tests.tampering import received
from tests.worlds import site_settings

NEVER: Callable[[LimsError], bool] = lambda _: False  # noqa: E731
ALWAYS: Callable[[LimsError], bool] = lambda _: True  # noqa: E731


@dataclass
class Kept:
    """A site: what it chose, and its database."""

    settings: Settings
    database: Database

    @classmethod
    def at(cls, url: str, folder: Path) -> "Kept":
        folder.mkdir(parents=True, exist_ok=True)
        return cls(replace(site_settings(url, folder), backup_keep=30), Database(url))

    @classmethod
    def of_its_own(cls, server: Any, folder: Path) -> "Kept":
        """On a furnished database, SQLite's file in the folder as a site has it."""
        url = server.fresh()
        if server.dialect == "sqlite":
            folder.mkdir(parents=True)
            shutil.move(str(make_url(url).database), folder / "lims.sqlite")
            url = f"sqlite:///{folder / 'lims.sqlite'}"
        return cls.at(url, folder)

    @property
    def store(self) -> FileStore:
        return self.settings.store

    def chooses(self, **choices: object) -> None:
        self.settings = replace(self.settings, **choices)

    def works(self, key: str = "work") -> None:
        """Something is entered at the bench."""
        received(self.database, key)

    def stores(self, content: bytes) -> str:
        """A label is printed, and its file kept."""
        digest = self.store.put(content)
        with laboratory.working(self.database) as session:
            patient = clinic.patient(session, "ivanova")
            copies = select(func.count()).select_from(Label)
            session.add(label(patient, digest, (session.scalar(copies) or 0) + 1))
        return digest

    def anchors(self) -> None:
        anchors.anchor_now(self.database, self.settings.anchor_dir, AnchorReason.BY_HAND)

    def backs_up(self, reason: Reason = Reason.BY_HAND) -> Backup:
        return making.make(self.database, self.settings, reason)

    def restores(self, backup: Backup, **how: object) -> restoring.Restored | None:
        """Nobody works meanwhile."""
        self.database.engine.dispose()
        chosen = Backup.read(backup.folder)
        return restoring.restore(self.settings, chosen, **({"agree": ALWAYS} | how))

    @property
    def head(self) -> int:
        with self.database.reading() as session:
            return session.scalars(select(AuditHead.seq)).one()

    def verified(self) -> Report:
        with self.database.reading() as session:
            return verify(session, *anchors.read(self.settings.anchor_dir))

    def by_hand(self, *statements: str) -> None:
        with self.database.engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))


def label(patient: Patient, digest: str, copy: int) -> Label:
    return Label(
        patient_id=patient.id,
        subject_code=patient.code,
        copy=copy,
        layout="patient card",
        content_sha256=digest,
        reprint_reason="smudged",
        requested_by_id=1,
        status=LabelStatus.REQUESTED,
    )


def flipped(path: Path, at: int, bit: int = 0) -> None:
    """One bit of a file is another one."""
    content = bytearray(path.read_bytes())
    content[at] ^= 1 << bit
    path.chmod(0o600)
    path.write_bytes(content)


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def end_of(database: Database) -> tuple[int, str]:
    """The last entry of the trail, with its hash."""
    with database.reading() as session:
        head = session.scalars(select(AuditHead)).one()
        return head.seq, head.hash


def written(
    settings: Settings,
    entry: tuple[int, str],
    at: datetime,
    reason: Reason = Reason.NIGHT,
    proof: Proof = Proof.GOOD,
) -> Backup:
    """A backup as it is listed, up to that entry with its hash; nothing is in it."""
    place = settings.backup_dir / at.astimezone(UTC).strftime(STAMP)
    place.mkdir(parents=True)
    about = Manifest(
        made_at=at.isoformat(), reason=reason, kind="sqlite", encrypted=False, program="0",
        revision="0001", seq=entry[0], hash=entry[1], rows=0, files=0, proof=proof,
        told=(), seconds={},
    )  # fmt: skip
    (place / ABOUT).write_text(about.text)
    return Backup.read(place)
