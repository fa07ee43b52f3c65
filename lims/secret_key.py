"""The key that signs sessions and forms: given by the site, or made on the first run and kept."""

import os
import secrets
import stat
from pathlib import Path

from lims.errors import N_, SettingError

LEAST_BYTES = 32
EXAMPLE = "this-key-is-an-example-from-the-README-make-your-own"


class ShortSecretKey(SettingError):
    sentence = N_(
        "LIMS_SECRET_KEY is too short; give at least %(least)s bytes,"
        " or unset it and one is made and kept."
    )


class ExampleSecretKey(SettingError):
    sentence = N_("LIMS_SECRET_KEY is the published example; make one of your own.")


class OpenSecretKey(SettingError):
    sentence = N_("Others may read %(path)s. Close it first: chmod 600 %(path)s")


class FolderRefused(SettingError):
    sentence = N_("%(path)s cannot be written: %(reason)s. Let its owner run the program.")


def secret_key(given: str | None, data_dir: Path) -> str:
    """The key given, or the one kept in `data_dir`, made there on the first run."""
    key = given or kept(data_dir / "secret.key")
    if key == EXAMPLE:
        raise ExampleSecretKey
    if len(key.encode()) < LEAST_BYTES:
        raise ShortSecretKey(least=LEAST_BYTES)
    return key


def kept(path: Path) -> str:
    try:
        make(path)
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise OpenSecretKey(path=path)
        return path.read_text().strip()
    except OSError as error:
        raise FolderRefused(path=path.parent, reason=error.strerror) from error


def make(path: Path) -> None:
    """Write a new key that only its owner reads; two programs starting at once keep one key."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    if path.exists():
        return
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(2 * LEAST_BYTES))
    try:
        os.link(draft, path)  # fails where another process was first; its key is kept
    except FileExistsError:
        pass
    finally:
        draft.unlink()
