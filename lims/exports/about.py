"""What a manifest says of its export: of what, when, by which program, up to which entry."""

from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

from sqlalchemy.orm import Session

from lims import revisions
from lims.errors import N_, LimsError
from lims.models.types import moment_text
from lims.papers.heading import head_of_trail

FORMAT = 1
"""Of exports: README.txt describes it."""


class FileLacking(LimsError):
    sentence = N_(
        "The file %(sha256)s is missing or altered, so it was not exported; %(table)s, row %(row)s"
        " names it. Bring it back from the last backup."
    )


@dataclass(frozen=True)
class Lacking:
    """A stored file that a row names and that could not be exported."""

    sha256: str
    table: str
    row: int

    def sentence(self) -> FileLacking:
        return FileLacking(**asdict(self))


def about(
    session: Session, begun_at: datetime, what: str, lacking: list[Lacking], **more: Any
) -> dict[str, Any]:
    """The head of the manifest; `what` is everything, or which batch."""
    head = head_of_trail(session)
    return {
        "export_format": FORMAT,
        "what": what,
        "made_at": moment_text(begun_at),
        "program": f"lims {version('lims')}",
        "schema_revision": revisions.found(session.connection()),
        "last_entry": {"seq": head.sequence, "hash": head.sha256},
        **more,
        "lacking": [asdict(each) for each in lacking],
    }
