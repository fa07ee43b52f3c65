"""Files written whole or not at all, on the disk before anything names them; encrypted for one
person where the site asks for it, so that whoever keeps a backup cannot read it."""

import os
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

import pyrage

from lims.backups.folder import PARTIAL
from lims.errors import N_, LimsError
from lims.files import FileAltered, sync_folder

A_PIECE = 2**20
PRIVATE = 0o600


class NoIdentity(LimsError):
    sentence = N_(
        "The backup is encrypted. Name the file with the secret key:"
        " lims restore … --identity FILE."
    )


class BadIdentity(LimsError):
    sentence = N_("%(path)s holds no secret key of age: a line that begins with AGE-SECRET-KEY-1.")


class NotForThisKey(LimsError):
    sentence = N_("%(name)s does not open with this key. Take the one whose public part sealed it.")


class Measured:
    """Writes on to `file`, and knows the SHA-256 of what was written."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.sha256 = sha256()

    def write(self, piece: bytes) -> int:
        self.sha256.update(piece)
        return self.file.write(piece)

    def flush(self) -> None:
        self.file.flush()


def seal(source: IO[bytes], path: Path, recipient: str | None, *, digest: str | None = None) -> str:
    """Write `source` to `path`, for `recipient` alone to read; the SHA-256 of what was written.

    Raises FileAltered, and leaves `path` as it was, where that is to be `digest` and is not.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=path.parent, suffix=PARTIAL)
    try:
        with os.fdopen(handle, "wb") as file:
            measured = Measured(file)
            if recipient:
                key = pyrage.x25519.Recipient.from_str(recipient)
                pyrage.encrypt_io(source, measured, [key])
            else:
                _copied(source, measured)
            file.flush()
            os.fsync(file.fileno())
        if digest not in (None, measured.sha256.hexdigest()):
            raise FileAltered(sha256=digest)
        os.replace(partial, path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
    return measured.sha256.hexdigest()


def open_sealed(path: Path, into: IO[bytes], identity: Any | None) -> None:
    """Write what `path` holds to `into`, decrypted where it is encrypted."""
    with path.open("rb") as file:
        if identity is None:
            _copied(file, into)
            return
        try:
            pyrage.decrypt_io(file, into, [identity])
        except pyrage.DecryptError:
            raise NotForThisKey(name=path.name) from None


def identity_in(path: Path) -> Any:
    """The secret key in a file as age-keygen writes it."""
    try:
        for line in path.read_text().splitlines():
            if line.startswith("AGE-SECRET-KEY-"):
                return pyrage.x25519.Identity.from_str(line.strip())
    except (OSError, UnicodeDecodeError, pyrage.IdentityError):
        pass
    raise BadIdentity(path=path)


def _copied(source: IO[bytes], into: Any) -> None:
    while piece := source.read(A_PIECE):
        into.write(piece)
