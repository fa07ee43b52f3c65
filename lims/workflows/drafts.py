"""Drafts: what somebody has typed and not sent yet, kept for them alone until it is sent.

A draft is no record and leaves no trail. It is found again at any terminal, by its owner only.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, select
from sqlalchemy.orm import Session, aliased

from lims import clock
from lims.models.command_run import CommandRun
from lims.models.draft import Draft
from lims.models.user import User

LIVES = timedelta(days=7)
MOST = 40
"""Of one person; the oldest gives way."""
MOST_CHARACTERS = 60_000
"""Of one draft: above the longest list of scans."""

Typed = Sequence[Sequence[str]]
"""Name and value of each field that was changed; of a tick also whether it is on."""


def save_draft(
    session: Session,
    *,
    user_id: int,
    address: str,
    form: str,
    page: str | None,
    title: str,
    key: str,
    version: int | None,
    typed: Typed,
    by: User | None = None,
) -> Draft | None:
    """Keep what is typed; nothing where this form was carried out meanwhile (`key`).

    Without a `page`, as after a refusal, the one where it was begun stays.
    """
    session.get(User, user_id, with_for_update={"key_share": True})  # one draft after another
    if _carried_out(session, user_id, key):
        return None
    draft = _row_for(session, user_id, address, form)
    if (draft.address, draft.form) != (address, form):
        draft.page = ""
    draft.page = page or draft.page or address
    draft.address, draft.form, draft.title = address, form, title
    draft.key, draft.version, draft.saved_at = key, version, clock.now()
    draft.typed = json.dumps([list(each) for each in typed], ensure_ascii=False)
    session.flush()
    return draft


def _carried_out(session: Session, user_id: int, key: str) -> bool:
    sent = exists().where(CommandRun.user_id == user_id, CommandRun.idempotency_key == key)
    return bool(session.scalar(select(sent)))


def _row_for(session: Session, user_id: int, address: str, form: str) -> Draft:
    """The row of this form, else one that is empty, else a new one, else the oldest."""
    rows = session.scalars(select(Draft).where(Draft.user_id == user_id)).all()
    for row in rows:
        if (row.address, row.form) == (address, form):
            return row
    for row in rows:
        if row.saved_at is None:
            return row
    if len(rows) >= MOST:
        return min(rows, key=lambda row: row.saved_at or clock.now())
    made = Draft(user_id=user_id)
    session.add(made)
    return made


def waiting() -> ColumnElement[bool]:
    """Of a draft: typed, not too old, and not of a form that was carried out."""
    sent = aliased(CommandRun)
    return and_(
        Draft.typed.is_not(None),
        Draft.saved_at > clock.now() - LIVES,
        ~exists().where(sent.user_id == Draft.user_id, sent.idempotency_key == Draft.key),
    )


def of(person_id: int) -> Select[Draft]:
    """What waits for this person, the newest first."""
    return (
        select(Draft).where(Draft.user_id == person_id, waiting()).order_by(Draft.saved_at.desc())
    )


def waits(session: Session, person_id: int, page: str) -> bool:
    """Whether this person typed something on `page` that waits."""
    return session.scalars(of(person_id).where(Draft.page == page).limit(1)).first() is not None


def forget_draft(
    session: Session, *, user_id: int, address: str, form: str, by: User | None = None
) -> None:
    """Its form was sent, or its owner does not want it."""
    _empty(
        session.scalars(
            select(Draft).where(
                Draft.user_id == user_id, Draft.address == address, Draft.form == form
            )
        )
    )


def expire_due(session: Session, *, by: User | None = None) -> None:
    """Empty what nobody came back to."""
    old = select(Draft).where(Draft.saved_at <= clock.now() - LIVES)
    _empty(session.scalars(old.with_for_update(skip_locked=True)))


def _empty(drafts: Iterable[Draft]) -> None:
    for draft in drafts:
        draft.typed = draft.saved_at = draft.version = None
        draft.page = draft.title = draft.key = ""
