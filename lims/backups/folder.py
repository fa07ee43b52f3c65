"""A backup as it lies on the disk: a folder, with one line of SHA-256 for everything in it.

    backups/2026-11-22T02-00-03Z/   database.sqlite or database.dump; .age where it is encrypted
                                    anchors/ as they were, manifest.json: what it is, what was
                                    proved, SHA256SUMS: of all this and of the stored files
    backups/files/ab/…              each stored file once, however many backups name it

The sums are in the form that `sha256sum -c` reads, so that a backup can be checked without us.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from hashlib import file_digest
from pathlib import Path

from lims.errors import N_, LimsError

SUMS = "SHA256SUMS"
ABOUT = "manifest.json"
ANCHORS = "anchors"
FILES = "files"
ENCRYPTED = ".age"
PARTIAL = ".partial"
"""Ends the name of a backup being made, or being removed; never of a whole one."""
STAMP = "%Y-%m-%dT%H-%M-%SZ"
A_SUM = re.compile(
    r"([0-9a-f]{64})  (manifest\.json|database\.(?:sqlite|dump)(?:\.age)?|anchors/[\w.-]+"
    r"|\.\./files/[0-9a-f]{2}/[0-9a-f]{62}(?:\.age)?)"
)


class Reason(StrEnum):
    NIGHT = "night"
    BY_HAND = "by hand"
    UPGRADE = "upgrade"


class Proof(StrEnum):
    GOOD = "good"
    FAULTS = "faults"
    MISSING = "not proved"


class NoBackup(LimsError):
    sentence = N_(
        "%(path)s is not a backup: it has no readable %(name)s."
        " Run lims restore without a folder: it lists the backups there are."
    )


class Altered(LimsError):
    sentence = N_("%(name)s of the backup is not what was written.")


class Gone(LimsError):
    sentence = N_("%(name)s of the backup is missing.")


class PutIn(LimsError):
    sentence = N_("%(name)s lies in the backup and was not written by it. Ask who put it there.")


@dataclass(frozen=True)
class Manifest:
    """What a backup is, and what was proved of it."""

    made_at: str
    reason: str
    kind: str
    """sqlite or postgresql: one cannot be restored as the other."""
    encrypted: bool
    program: str
    revision: str
    seq: int
    """The last entry of the audit trail, with its hash."""
    hash: str
    rows: int
    files: int
    proof: str
    told: Sequence[str]
    """What the proof found, or why there is none."""
    seconds: Mapping[str, float]
    first: str = ""
    """The hash of the first entry, which no other laboratory has; empty without entries."""

    @property
    def text(self) -> str:
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.made_at)


@dataclass(frozen=True)
class Backup:
    """One that was finished; `about` what it says of itself."""

    folder: Path
    about: Manifest

    @classmethod
    def read(cls, folder: Path) -> "Backup":
        """Raise NoBackup where there is none."""
        try:
            return cls(folder, Manifest(**json.loads((folder / ABOUT).read_text())))
        except (OSError, ValueError, TypeError):
            raise NoBackup(path=folder, name=ABOUT) from None

    @property
    def is_good(self) -> bool:
        return self.about.proof == Proof.GOOD

    @property
    def database(self) -> Path:
        return self.folder / database_name(self.about.kind, encrypted=self.about.encrypted)

    @cached_property
    def sums(self) -> dict[str, str]:
        """The SHA-256 of each file, by its path from the folder; Altered where a line is none."""
        try:
            lines = (self.folder / SUMS).read_text(encoding="ascii").split("\n")
        except OSError:
            raise Gone(name=SUMS) from None
        except UnicodeDecodeError:
            raise Altered(name=SUMS) from None
        read = [A_SUM.fullmatch(line) for line in lines[:-1]]
        sums = {line[2]: line[1] for line in read if line}
        if lines[-1] or len(sums) != len(read) or not {ABOUT, self.database.name} <= sums.keys():
            raise Altered(name=SUMS)
        return sums

    def stored(self) -> Iterator[tuple[str, Path]]:
        """The digest of each stored file, and where it lies."""
        for name in self.sums:
            if name.startswith(f"../{FILES}/"):
                path = self.path(name)
                yield path.parent.name + path.name.removesuffix(ENCRYPTED), path

    def path(self, name: str) -> Path:
        """Where the file lies that the sums call `name`."""
        beside = name.startswith(f"../{FILES}/")
        return (self.folder.parent if beside else self.folder) / name.removeprefix("../")

    def fault(self, name: str) -> LimsError | None:
        """What is wrong with the file of this name."""
        try:
            right = sum_of(self.path(name)) == self.sums[name]
        except OSError:
            return Gone(name=name)
        return None if right else Altered(name=name)

    def strangers(self) -> Iterator[LimsError]:
        for path in sorted(self.folder.rglob("*")):
            name = str(path.relative_to(self.folder))
            if path.is_file() and name not in self.sums and name != SUMS:
                yield PutIn(name=name)


def database_name(kind: str, *, encrypted: bool) -> str:
    ending = "sqlite" if kind == "sqlite" else "dump"
    return f"database.{ending}{ENCRYPTED if encrypted else ''}"


def stored_name(digest: str, *, encrypted: bool) -> str:
    """The path of a stored file as the sums name it."""
    return f"../{FILES}/{digest[:2]}/{digest[2:]}{ENCRYPTED if encrypted else ''}"


def sum_of(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def found(root: Path) -> list[Backup]:
    """The finished backups in `root`, the newest last; those that cannot be read are left out."""
    return [each for each in _each(root) if isinstance(each, Backup)]


def unreadable(root: Path) -> list[NoBackup]:
    """What is called like a backup in `root`, and does not say what it is."""
    return [each for each in _each(root) if isinstance(each, NoBackup)]


def _each(root: Path) -> Iterator[Backup | NoBackup]:
    for folder in sorted(root.glob("????-??-??T*Z*")):
        if not folder.name.endswith(PARTIAL):
            try:
                yield Backup.read(folder)
            except NoBackup as refusal:
                yield refusal
