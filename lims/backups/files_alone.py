"""Brings stored files back from a backup while the database stays as it is, and people work on."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lims import clock
from lims.backups import stored
from lims.backups.folder import STAMP, Backup
from lims.backups.kinds import owned
from lims.backups.progress import Progress, quietly
from lims.backups.restoring import key_of
from lims.backups.sqlite import unused
from lims.config import Settings
from lims.errors import LimsError
from lims.workflows import findings


@dataclass(frozen=True)
class BroughtBack:
    """How many files are back, which are still missing or altered, and where what had been put in
    their place is kept (None where nothing had been)."""

    files: int
    lacking: Sequence[LimsError]
    kept: Path | None


def bring_back(
    settings: Settings, backup: Backup, identity: Path | None = None, progress: Progress = quietly
) -> BroughtBack:
    """Only what a row of the present database names and is not as it was stored; each is compared
    with its digest, so that it matters little which backup it comes from."""
    key, store = key_of(backup, identity), settings.store
    with owned(settings) as database, database.reading() as session:
        named = dict(stored.digests(session))
    spoilt = {digest: row for digest, row in named.items() if not store.intact(digest)}
    kept = _kept_aside(settings, [store.path(digest) for digest in spoilt])
    count = stored.bring_back(backup, store, key, progress, only=spoilt.keys())
    lacking = [
        (findings.FileAltered if store.exists(digest) else findings.FileGone)(
            path=str(store.path(digest)), table=table, row=row
        )
        for digest, (table, row) in spoilt.items()
        if not store.intact(digest)
    ]
    return BroughtBack(count, lacking, kept)


def _kept_aside(settings: Settings, paths: Sequence[Path]) -> Path | None:
    """Copies of what was altered: quality may want to know what somebody put there."""
    altered = [path for path in paths if path.is_file()]
    if not altered:
        return None
    kept = unused(settings.data_dir / f"replaced-{clock.now().strftime(STAMP)}")
    kept.mkdir(mode=0o700)
    for path in altered:
        shutil.copy2(path, kept / f"{path.parent.name}{path.name}")
    return kept
