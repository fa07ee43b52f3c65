"""Codes of acts outside steps and runs at QC: placed, handed over, received, registered.

A step keeps how its codes were read, and so does a run at QC. What else a form took is kept by
rows of its own, in the transaction of its command: nothing is typed by hand without an event.
"""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from lims.models.command_run import CommandRun, EnteredCode
from lims.workflows.command import terminal, typed_by_hand


def of_form(session: Session, codes: Iterable[str]) -> None:
    """Say which codes the command of this transaction was given by a person."""
    session.info["entered_codes"] = tuple(dict.fromkeys(codes))


def note(session: Session, run: CommandRun) -> None:
    """Keep each code that was entered for `run`, once, and that no row of the act keeps."""
    kept = session.info.get("kept_codes", ())
    for code in session.info.get("entered_codes", ()):
        if code not in kept:
            session.add(_entered(session, run, code))


def _entered(session: Session, run: CommandRun, code: str) -> EnteredCode:
    return EnteredCode(
        user_id=run.user_id,
        terminal=terminal(session),
        command=run.command,
        scanned=code,
        typed=typed_by_hand(session, code),
        result_table=run.result_table,
        result_id=run.result_id,
    )
