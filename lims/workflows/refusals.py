"""Refusals worth remembering: written in a transaction of their own, after the rollback."""

from sqlalchemy.orm import Session

from lims.errors import LimsError, OnTheTube
from lims.models import said
from lims.models.command_run import Refusal


def remember(session: Session, refusal: LimsError) -> Refusal:
    """Keep who tried what and why it was refused."""
    remembered = Refusal(
        user_id=session.info.get("user_id"),
        terminal=session.info.get("terminal"),
        command=session.info.get("command", "system"),
        error=type(refusal).__name__,
        sentence=refusal.english()[:2000],
        said=said.written(said.sayable(refusal)),
        subject_code=_subject(refusal),
    )
    session.add(remembered)
    return remembered


def _subject(refusal: LimsError) -> str | None:
    """The code of what was refused."""
    code = refusal.parameters.get("code", "")
    return str(code.code if isinstance(code, OnTheTube) else code)[:11] or None
