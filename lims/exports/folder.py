"""The folder of an export: new, each file hashed as it is written, the manifest last."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from lims import clock
from lims.errors import N_, LimsError
from lims.exports import verify
from lims.files import sync_folder

README = Path(__file__).with_name("README.txt")
VERIFIER = Path(verify.__file__)
PRIVATE = 0o700
"""Patients' data: for whoever exports alone, until they decide otherwise."""
PIECE = 1 << 20


class FolderNotEmpty(LimsError):
    sentence = N_("%(folder)s is not empty. Name a folder that is new or empty.")


class NotWritten(LimsError):
    sentence = N_(
        "The export was not finished: %(path)s could not be written (%(reason)s)."
        " What is in the folder has no manifest, and is no export."
    )


@dataclass(frozen=True)
class Listed:
    """A file of the export, as its manifest lists it."""

    path: str
    size: int
    sha256: str
    note: str = ""

    def line(self) -> dict[str, Any]:
        said = {"path": self.path, "sha256": self.sha256, "size": self.size}
        return {**said, "note": self.note} if self.note else said


class Hashed:
    """A file being written, which counts and hashes what goes into it."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.digest, self.size = file, sha256(), 0

    def write(self, content: bytes) -> None:
        self.file.write(content)
        self.digest.update(content)
        self.size += len(content)


class ExportFolder:
    """A folder that is an export once `finish` has written its manifest, and not before."""

    def __init__(self, path: Path) -> None:
        """Raise FolderNotEmpty, or NotWritten, before anything is read."""
        self.path = path.absolute()
        self.begun_at = clock.now()  # before the snapshot: what is anchored later is later
        self.listed: list[Listed] = []
        with self._writing(self.path):
            self.path.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
            if any(self.path.iterdir()):
                raise FolderNotEmpty(folder=path)

    @contextmanager
    def begun(self) -> Iterator[None]:
        """Take the folder away again where nothing was written before a refusal."""
        try:
            yield
        except LimsError:
            if not self.listed:
                with suppress(OSError):
                    self.path.rmdir()
            raise

    @contextmanager
    def _writing(self, path: Path) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise NotWritten(path=path, reason=error.strerror) from error

    @contextmanager
    def open(self, name: str, note: str = "") -> Iterator[Hashed]:
        """Write the file `name` of the export and list it; its folder is made on the way."""
        path = self.path / name
        with self._writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                yield (hashed := Hashed(file))
                file.flush()
                os.fsync(file.fileno())
        self.listed.append(Listed(name, hashed.size, hashed.digest.hexdigest(), note))

    def write(self, name: str, content: bytes, note: str = "") -> None:
        with self.open(name, note) as file:
            file.write(content)

    def copy(self, name: str, source: Path, note: str = "") -> None:
        """Copy a file in pieces, however large."""
        with source.open("rb") as content, self.open(name, note) as file:
            while piece := content.read(PIECE):
                file.write(piece)

    def json(self, name: str, value: object) -> None:
        """Write `value` for people as well: one thing a line."""
        self.write(name, json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n")

    def finish(self, about: dict[str, Any]) -> str:
        """Put in what explains and verifies it, then the manifest; return its SHA-256."""
        self.copy("README.txt", README)
        self.copy("verify.py", VERIFIER)
        listed = sorted(self.listed, key=lambda each: each.path)
        text = json.dumps(
            {**about, "files": [each.line() for each in listed]}, ensure_ascii=False, indent=1
        )
        manifest = self.path / verify.MANIFEST
        draft = manifest.with_suffix(".partial")
        with self._writing(manifest):
            with draft.open("xb") as file:
                file.write(text.encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, manifest)
            sync_folder(self.path)
        return sha256(manifest.read_bytes()).hexdigest()
