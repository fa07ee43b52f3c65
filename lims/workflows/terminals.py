"""Terminals: a browser is registered as one by an administrator in front of it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError, Stale
from lims.models.equipment import Place
from lims.models.terminal import Terminal
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows.codes import coded
from lims.workflows.command import because, command
from lims.workflows.signing_in import sha256


class TerminalRetired(LimsError):
    sentence = N_("%(code)s is retired. Register this browser as a new terminal.")
    status = 409


@command(Permission.KEEP_PLACES)
def register_terminal(
    session: Session,
    *,
    name: str,
    place: Place | None,
    printer_name: str | None,
    scanner_preamble: str | None,
    sound_volume: int,
    token: str,
    by: User,
) -> Terminal:
    """Know a browser by the secret `token` it keeps, and give the terminal its code."""
    terminal = coded(
        session,
        Terminal(
            name=name,
            place=place,
            printer_name=printer_name,
            scanner_preamble=scanner_preamble,
            sound_volume=sound_volume,
            token_sha256=sha256(token),
            registered_by_id=by.id,
        ),
    )
    session.add(terminal)
    session.flush()
    return terminal


@command(Permission.KEEP_PLACES)
def register_again(session: Session, terminal: Terminal, *, token: str, by: User) -> Terminal:
    """Another browser is this terminal from now on; the one before is none any more."""
    require_in_use(terminal)
    terminal.token_sha256 = sha256(token)
    return terminal


@command(Permission.KEEP_PLACES)
def change_terminal(
    session: Session,
    terminal: Terminal,
    *,
    version: int,
    name: str,
    place: Place | None,
    printer_name: str | None,
    scanner_preamble: str | None,
    sound_volume: int,
    reason: str,
    by: User,
) -> Terminal:
    """Rename or move a terminal, or say what stands beside it."""
    if terminal.version != version:
        raise Stale(code=terminal.code)
    require_in_use(terminal)
    because(session, reason)
    terminal.name, terminal.place, terminal.printer_name = name, place, printer_name
    terminal.scanner_preamble, terminal.sound_volume = scanner_preamble, sound_volume
    return terminal


@command(Permission.KEEP_PLACES)
def retire_terminal(session: Session, terminal: Terminal, *, reason: str, by: User) -> Terminal:
    """Its browser is a stranger from now on; what was done there keeps the terminal's code."""
    require_in_use(terminal)
    because(session, reason)
    terminal.retired_at, terminal.token_sha256 = clock.now(), None
    return terminal


def require_in_use(terminal: Terminal) -> None:
    if terminal.retired_at is not None:
        raise TerminalRetired(code=terminal.code)


def of_browser(session: Session, token: str) -> Terminal | None:
    """The terminal whose browser keeps `token`, unless it is retired."""
    return session.scalars(
        select(Terminal).where(
            Terminal.token_sha256 == sha256(token), Terminal.retired_at.is_(None)
        )
    ).one_or_none()


def names(session: Session) -> dict[str, str]:
    """What each terminal is called, by its code, the retired ones too: they are few."""
    return dict(session.execute(select(Terminal.code, Terminal.name)).all())
