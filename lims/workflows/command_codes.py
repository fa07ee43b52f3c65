"""The codes of the laminated card: what a scan of one says to the page, never what material it is.

Of a kind of their own and of no year, so that none is ever given out; under them nothing is stored.
"""

from dataclasses import dataclass

from lims.errors import N_
from lims.workflows.codes import SKIPPED_CHECKS, check_character

KIND = "KX"
SERIALS_EACH = 10
"""Of these a command has the first whose check character may be printed."""
DECIMAL_SIGN = "."


@dataclass(frozen=True)
class Said:
    """One command of the card: its code, the word pages know it by, what is printed beside it."""

    code: str
    word: str
    text: str
    does: str = ""


def _code(number: int) -> str:
    first = number * SERIALS_EACH
    bodies = (f"{KIND}00{serial:06d}" for serial in range(first, first + SERIALS_EACH))
    checked = ((body, check_character(body)) for body in bodies)
    return next(body + check for body, check in checked if check not in SKIPPED_CHECKS)


COMMANDS = (
    Said(_code(1), "next", N_("Go on"), N_("sends what is filled in, or goes on")),
    Said(_code(2), "repeat", N_("Repeat"), N_("says the last answer again")),
    Said(_code(3), "cancel", N_("Cancel"), N_("takes the last scan back, closes a stop")),
    Said(_code(4), "print", N_("Print"), N_("presses the print button of the page")),
    Said(_code(5), "leave", N_("Sign off"), N_("leaves the terminal to the next person")),
)
FIRST_SIGN = 10
WRITTEN = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", DECIMAL_SIGN)
SIGNS = tuple(Said(_code(FIRST_SIGN + place), sign, sign) for place, sign in enumerate(WRITTEN))
"""Of a quantity, sign by sign."""

ALL = (*COMMANDS, *SIGNS)
