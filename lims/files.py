"""Papers, photos and instrument files, each kept once under the SHA-256 of its bytes."""

import os
import re
import tempfile
from collections.abc import Iterator
from hashlib import file_digest, sha256
from pathlib import Path
from typing import IO

from lims.errors import N_, LimsError

SHA256 = re.compile(r"[0-9a-f]{64}")

FAN_OUT = 2
"""Characters of the name that choose the folder: 256 folders, or listing a full one takes long."""

READ_ONLY = 0o440

PARTIAL = ".partial"
"""A file a crash left half written; nobody was told it is stored."""


class FileMissing(LimsError):
    sentence = N_(
        "The stored file %(sha256)s is missing. "
        "Ask the administrator to bring it back from the last backup."
    )
    status = 404


class FileAltered(LimsError):
    sentence = N_(
        "The stored file %(sha256)s was altered after it was stored, and is not shown. "
        "Ask the administrator to bring it back from the last backup, and tell quality."
    )
    recorded = True
    status = 409


class FileStore:
    """Files under `root`; what is stored is never changed and never removed."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, content: bytes) -> str:
        """Store `content` and return its SHA-256; a second time changes nothing."""
        digest = sha256(content).hexdigest()
        if not self.intact(digest):
            self._write(self.path(digest), content)
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes stored as `digest`, or FileMissing, or FileAltered when they differ from it."""
        with self.opened(digest) as file:
            content = file.read()
        if sha256(content).hexdigest() != digest:
            raise FileAltered(sha256=digest)
        return content

    def opened(self, digest: str) -> IO[bytes]:
        """What is stored as `digest`, to be read in pieces, or FileMissing; whether it is intact,
        whoever reads it tells."""
        if not SHA256.fullmatch(digest):
            raise FileMissing(sha256=digest)
        try:
            return self.path(digest).open("rb")
        except (FileNotFoundError, IsADirectoryError):
            raise FileMissing(sha256=digest) from None

    def exists(self, digest: str) -> bool:
        """Whether something is stored as `digest`; whether it is intact, `get` tells."""
        return bool(SHA256.fullmatch(digest)) and self.path(digest).is_file()

    def digests(self) -> Iterator[str]:
        """What is stored, by its place and in order; whether it is intact, `intact` tells."""
        for folder in sorted(self.root.glob("?" * FAN_OUT)):
            names = sorted(path.name for path in folder.iterdir())
            yield from (d for name in names if SHA256.fullmatch(d := folder.name + name))

    def strangers(self) -> Iterator[Path]:
        """What lies among the files and was not stored by this program."""
        yield from (path for path in self.root.glob("*") if path.is_file())
        for path in self.root.glob("*/*"):
            digest = path.parent.name + path.name
            placed = SHA256.fullmatch(digest) and path == self.path(digest)
            if not placed and not path.name.endswith(PARTIAL):
                yield path

    def intact(self, digest: str) -> bool:
        """Whether what is stored as `digest` still is it; read in pieces, however large."""
        try:
            with self.path(digest).open("rb") as file:
                return file_digest(file, "sha256").hexdigest() == digest
        except (FileNotFoundError, IsADirectoryError):
            return False

    def path(self, digest: str) -> Path:
        return self.root / digest[:FAN_OUT] / digest[FAN_OUT:]

    def _write(self, path: Path, content: bytes) -> None:
        """All of `content` or nothing, on the disk before this returns, whatever fails when."""
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=path.parent, suffix=PARTIAL)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(partial, READ_ONLY)
            os.replace(partial, path)
        except BaseException:
            Path(partial).unlink(missing_ok=True)
            raise
        for folder in (path.parent, self.root):
            sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Put the names in `folder` on the disk; without it a power cut may lose a synced file."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
