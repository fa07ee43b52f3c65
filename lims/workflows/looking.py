"""What a page asks again and again while it is drawn: who only looks, reads the answer once."""

from collections.abc import Callable, Hashable
from typing import TypeVar, cast

from sqlalchemy.orm import Session

Answer = TypeVar("Answer")


def once(session: Session, question: Hashable, read: Callable[[], Answer]) -> Answer:
    """The answer that `read` gives; a command reads it anew each time, for it may change it."""
    if not session.info.get("reading"):
        return read()
    answers: dict[Hashable, object] = session.info.setdefault("answers", {})
    if question not in answers:
        answers[question] = read()
    return cast(Answer, answers[question])
