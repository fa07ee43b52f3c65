"""What may be refused, and the sentence that tells a person what to do about it.

An error class owns its sentence, marked for translation; whoever shows it translates the
sentence and formats the parameters, so it reads the same at the bench, in a file and in a test.
"""

from enum import StrEnum
from typing import Any, ClassVar


def N_(sentence: str) -> str:
    """Mark `sentence` for translation without translating it here."""
    return sentence


TERMS = frozenset({"test", "title", "what", "kind", "unit"})
"""Parameters whose text is a word of ours: translated like the sentence that they fill."""


class LimsError(Exception):
    """A refusal that a person can act on; `parameters` fill the sentence."""

    sentence: ClassVar[str] = N_("This cannot be done.")
    recorded: ClassVar[bool] = False
    """Whether the refusal itself is kept, after the rollback, for quality to look at."""
    status: ClassVar[int] = 422
    """The HTTP status that answers it."""

    def __init__(self, **parameters: Any) -> None:
        self.parameters = parameters
        super().__init__(self.english())

    def english(self) -> str:
        """The sentence in the source language: for logs, the command line and tests."""
        return self.sentence % {k: plain(v) for k, v in self.parameters.items()}


def plain(value: object) -> object:
    """A parameter as English text: words of a closed set without underscores, lists with commas."""
    if isinstance(value, StrEnum):
        return value.value.replace("_", " ")
    if isinstance(value, LimsError):
        return value.english()
    if isinstance(value, (list, tuple)):
        return "; ".join(str(plain(item)) for item in value)
    return value


class SettingError(LimsError):
    """A setting of the environment that cannot be used; the program does not start."""


class NotFound(LimsError):
    sentence = N_("There is nothing with the code %(code)s here. Scan the label again.")
    status = 404


class Stale(LimsError):
    sentence = N_(
        "%(code)s was changed by someone else meanwhile. Look at what it says now, then send again."
    )
    status = 409


class WrongState(LimsError):
    sentence = N_("%(code)s is %(status)s; it cannot become %(wanted)s.")
    recorded = True
    status = 409


class NotPermitted(LimsError):
    sentence = N_("Your role does not include: %(permission)s.")
    recorded = True
    status = 403


class FieldError(LimsError):
    """A value of one named field of a form that cannot be taken; `field` says which."""

    sentence = N_("%(problem)s")

    def __init__(self, field: str = "", **parameters: Any) -> None:
        self.field = field
        super().__init__(**parameters)
