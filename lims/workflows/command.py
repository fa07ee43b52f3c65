"""What every command shares: it names its permission, and it is known by its name."""

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy.orm import Session

from lims.errors import NotPermitted
from lims.models.user import User
from lims.permissions import Permission

P = ParamSpec("P")
R = TypeVar("R")

COMMANDS: dict[str, Permission] = {}
"""Every command by name, with the permission it asks for."""


def command(
    permission: Permission,
) -> Callable[[Callable[Concatenate[Session, P], R]], Callable[Concatenate[Session, P], R]]:
    """Make a workflow function a command: it cannot run for a person without `permission`."""

    def wrap(
        function: Callable[Concatenate[Session, P], R],
    ) -> Callable[Concatenate[Session, P], R]:
        assert function.__name__ not in COMMANDS, function.__name__
        COMMANDS[function.__name__] = permission

        @functools.wraps(function)
        def guarded(session: Session, /, *args: P.args, **kwargs: P.kwargs) -> R:
            by = kwargs["by"]
            assert isinstance(by, User)
            if not by.may(permission):
                raise NotPermitted(permission=permission)
            return function(session, *args, **kwargs)

        return guarded

    return wrap


def because(session: Session, reason: str | None) -> None:
    """Give the audit trail the reason for the changes of this transaction."""
    session.info["reason"] = reason


def by_scanner(session: Session, codes: Iterable[str]) -> None:
    """Say which codes of this transaction a scanner read; the others were typed by hand."""
    session.info["by_scanner"] = frozenset(codes)


def typed_by_hand(session: Session, code: str) -> bool:
    """Whether the page where `code` was entered had no scanner read it."""
    read = session.info.get("by_scanner")
    return read is not None and code not in read


def typed_as_kept(session: Session, code: str) -> bool:
    """The same, for a row that keeps it: what one keeps is counted by that row alone."""
    session.info.setdefault("kept_codes", set()).add(code)
    return typed_by_hand(session, code)


def copies_read(session: Session, copies: Mapping[str, int]) -> None:
    """Say which copy of a label a person read on each of these containers."""
    session.info["copies_read"] = dict(copies)


def copy_read(session: Session, code: str) -> int | None:
    """Which copy of its label the container `code` bears, where a person was asked."""
    copies: Mapping[str, int] = session.info.get("copies_read", {})
    return copies.get(code)


def terminal(session: Session) -> Any:
    """Where this transaction's command was given."""
    return session.info.get("terminal")
