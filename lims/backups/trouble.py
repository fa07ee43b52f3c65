"""The last try at a nightly backup that failed: noted for the home page and for the next try."""

import json
import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lims import clock
from lims.config import Settings
from lims.errors import LimsError, Told
from lims.models.types import moment_text

log = logging.getLogger("lims.backups")

NOTED_IN = "backup-failed.json"


@dataclass(frozen=True)
class Trouble:
    at: datetime
    told: LimsError


def note(settings: Settings, error: LimsError) -> None:
    """Keep the sentence; where the data folder itself is full, the log has it."""
    words = {name: str(value) for name, value in error.parameters.items()}
    text = json.dumps([moment_text(clock.now()), error.sentence, words], ensure_ascii=False)
    try:
        _place(settings).write_text(text, encoding="utf-8")
    except OSError:
        log.exception("The failure of the backup could not be noted: %s", error.english())


def forget(settings: Settings) -> None:
    _place(settings).unlink(missing_ok=True)


def last_trouble(settings: Settings) -> Trouble | None:
    """None where the last try was none that failed."""
    try:
        at, sentence, words = json.loads(_place(settings).read_text(encoding="utf-8"))
        return Trouble(datetime.fromisoformat(at), Told(sentence, **words))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _place(settings: Settings) -> Path:
    return settings.data_dir / NOTED_IN
