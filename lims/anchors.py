"""The folder of anchors: one file an anchor, written once, best on another machine's disk."""

import logging
import os
import tempfile
import threading
from pathlib import Path

from lims.database import Database
from lims.workflows.anchors import Anchor, anchor_of

log = logging.getLogger("lims.anchors")

SUFFIX = ".anchor.json"
READ_ONLY = 0o440

_one_at_a_time = threading.Lock()


def anchor_files(folder: Path) -> list[Path]:
    """The files of the folder in the order they were written; none where there is none yet."""
    return sorted(folder.glob(f"*{SUFFIX}"), key=lambda file: file.name.partition("-")[2])


def read(folder: Path) -> tuple[list[Anchor], list[str]]:
    """The anchors in the folder, the newest last, and the names of files that are none."""
    anchors, damaged = [], []
    for file in anchor_files(folder):
        try:
            anchors.append(Anchor.from_text(file.read_text()))
        except (ValueError, OSError):
            damaged.append(file.name)
    return sorted(anchors, key=lambda each: (each.utc, each.seq)), damaged


def newest(folder: Path) -> Anchor | None:
    """The newest anchor that can be read."""
    for file in reversed(anchor_files(folder)):
        try:
            return Anchor.from_text(file.read_text())
        except ValueError:
            continue  # `lims verify` and `lims doctor` tell of it
    return None


def anchor_now(database: Database, folder: Path, reason: str) -> Anchor | None:
    """Write an anchor of the committed chain; None, and an error in the log, where it cannot be.

    What was decided stands whether or not it could be anchored: the next anchor covers it.
    """
    try:
        with _one_at_a_time, database.reading() as session:
            folder.mkdir(parents=True, exist_ok=True)
            anchor = anchor_of(session, reason, newest(folder))
            if anchor is not None:
                write(folder, anchor)
            return anchor
    except OSError as error:
        log.error("The audit trail was NOT anchored in %s: %s", folder, error.strerror)
        return None


def write(folder: Path, anchor: Anchor) -> None:
    """Keep `anchor` whole or not at all, also when the power fails half way."""
    stamp = anchor.utc.translate({ord(sign): None for sign in "-:."})
    descriptor, draft = tempfile.mkstemp(dir=folder, suffix=".partial")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(anchor.text)
            file.flush()
            os.fchmod(file.fileno(), READ_ONLY)
            os.fsync(file.fileno())
        os.replace(draft, folder / f"{anchor.seq:012d}-{stamp}{SUFFIX}")
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
