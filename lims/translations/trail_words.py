"""Names of our own code that the audit trail shows: records, their columns, commands, refusals."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

import lims
from lims.errors import LimsError
from lims.models.base import columns_of, named
from lims.web import trail
from lims.workflows.command import COMMANDS

TRAIL = "lims/web/trail.py"
WITHOUT_PERMISSION = frozenset(
    {
        "change_password",
        "choose_language",
        "choose_password",
        "close_session",
        "invite_first_administrator",
        "open_session",
        "refused_request",
    }
)
"""What is run as a command without being one: everyone may."""


def trail_words() -> set[str]:
    """Each as `filters.word` is asked for it."""
    for module in walk_packages(lims.__path__, "lims."):
        if not module.name.endswith("__main__"):  # a refusal anywhere may be remembered
            import_module(module.name)
    found = {*trail.tables(), *COMMANDS, *WITHOUT_PERMISSION}
    found |= {named(table, name) for table in trail.tables() for name in columns_of(table)}
    found |= {trail.words_of_refusal(error.__name__) for error in remembered(LimsError)}
    return {name.replace("_", " ") for name in found}


def remembered(kind: type[LimsError]) -> Iterator[type[LimsError]]:
    """The refusals below `kind` that are kept."""
    for child in kind.__subclasses__():
        if child.recorded:
            yield child
        yield from remembered(child)
