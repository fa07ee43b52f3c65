"""Names of our own code that the audit trail shows: records, their columns, commands, refusals."""

from collections.abc import Iterator
from importlib import import_module
from inspect import Parameter, isfunction, signature
from pkgutil import walk_packages
from types import ModuleType

import lims
from lims.errors import LimsError, unjoined
from lims.models.base import columns_of, named
from lims.web import trail
from lims.workflows.command import COMMANDS

TRAIL = "lims/web/trail.py"
WITHOUT_PERMISSION = frozenset(
    {
        "change_password",
        "choose_language",
        "choose_mail_address",
        "choose_pin",
        "close_session",
        "lock_session",
        "refused_request",
        "unlock_session",
    }
)
"""What a person has run as a command without its being one: everyone may."""


def trail_words() -> set[str]:
    """Each as `filters.word` is asked for it."""
    found = {name for name, by in takes_by().items() if by.default is None}
    found |= {*trail.tables(), *COMMANDS, *WITHOUT_PERMISSION}  # all of ours is imported by now
    found |= {named(table, name) for table in trail.tables() for name in columns_of(table)}
    found |= {unjoined(error.__name__) for error in remembered(LimsError)}
    return {name.replace("_", " ") for name in found}


def takes_by() -> dict[str, Parameter]:
    """The functions that may be run for a person, by name; those that the program runs by itself,
    for nobody, have None for the person."""
    functions = [
        each
        for module in modules()
        for each in vars(module).values()
        if isfunction(each) and each.__module__ == module.__name__
    ]
    asked = {each.__name__: signature(each).parameters for each in functions}
    return {
        name: each["by"]
        for name, each in asked.items()
        if next(iter(each), "") == "session" and "by" in each
        if each["by"].kind is Parameter.KEYWORD_ONLY
    }


def modules() -> list[ModuleType]:
    """All of ours: a refusal anywhere may be remembered."""
    found = [each.name for each in walk_packages(lims.__path__, "lims.")]
    return [import_module(name) for name in found if not name.endswith("__main__")]


def remembered(kind: type[LimsError]) -> Iterator[type[LimsError]]:
    """The refusals below `kind` that are kept."""
    for child in kind.__subclasses__():
        if child.recorded:
            yield child
        yield from remembered(child)
