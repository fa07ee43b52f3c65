"""Who was locked out lately, and where: from the tries at passwords that are kept."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Row, case, func, select
from sqlalchemy.orm import Session

from lims import clock
from lims.models.user import LoginAttempt, LoginOutcome, User
from lims.workflows.proving import FREE_TRIES

LATELY = timedelta(days=1)
MOST_TOLD = 5
"""Of lock-outs at once: an attack on many names shows as its newest."""


def lately(session: Session) -> Sequence[Row[str, str, str | None, int, datetime]]:
    """(login, address, code, wrong, last) where tries had to wait, the newest first."""
    wrong = func.count(case((LoginAttempt.outcome == LoginOutcome.WRONG, 1)))
    locked = func.count(case((LoginAttempt.outcome == LoginOutcome.LOCKED, 1)))
    last = func.max(LoginAttempt.tried_at)
    return session.execute(
        select(
            LoginAttempt.login,
            LoginAttempt.address,
            func.max(User.code).label("code"),
            wrong.label("wrong"),
            last.label("last"),
        )
        .outerjoin(User, User.id == LoginAttempt.user_id)
        .where(LoginAttempt.tried_at > clock.now() - LATELY)
        .group_by(LoginAttempt.login, LoginAttempt.address)
        .having((locked > 0) | (wrong >= FREE_TRIES))
        .order_by(last.desc())
        .limit(MOST_TOLD)
    ).all()
