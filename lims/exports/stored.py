"""Stored files as they leave: with the ending that says how to open them."""

from pathlib import Path

from lims.exports.folder import ExportFolder
from lims.files import FileStore

ENDINGS = {
    b"%PDF": ".pdf",
    b"\xff\xd8\xff": ".jpg",
    b"\x89PNG": ".png",
    b"RIFF": ".webp",
}
"""How the content of each kind of file begins: these are the kinds that are taken in."""
OTHER = ".bin"


def ending(path: Path) -> str:
    """The ending of a file's name, by what the file itself begins with."""
    with path.open("rb") as file:
        start = file.read(max(map(len, ENDINGS)))
    return next((end for begins, end in ENDINGS.items() if start.startswith(begins)), OTHER)


def kept_file(folder: ExportFolder, store: FileStore, digest: str, name: str) -> bool:
    """Copy the file stored as `digest` under `name`; False where it is missing or altered."""
    if not store.intact(digest):
        return False
    folder.copy(name, store.path(digest))
    return True
