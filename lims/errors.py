"""What may be refused, and the sentence that tells a person what to do about it.

An error class owns its sentence, marked for translation; whoever shows it translates the
sentence and formats the parameters, so it reads the same at the bench, in a file and in a test.
"""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, NamedTuple


def N_(sentence: str) -> str:
    """Mark `sentence` for translation without translating it here."""
    return sentence


TERMS = frozenset({"test", "title", "what", "kind", "unit", "reason", "rule", "result", "limit"})
"""Parameters whose text is a word of ours: translated like the sentence that they fill."""


class Word(str):
    """A parameter that is a word of a closed set: shown in the reader's language."""

    kind = ""
    """The closed set it is of, where that is known: a status is said as that of its noun."""

    @classmethod
    def of(cls, kind: str, word: str) -> "Word":
        """`word` as it was read back from where only its text is kept."""
        said = cls(word)
        said.kind = kind
        return said


AGREEING = {"Removal": "Vial"}
"""Closed sets that say what became of something though they are no status of it: of what."""


class OnTheTube(str):
    """A parameter that names a container as it is read: by the number on it, and its code."""

    code: str

    def __new__(cls, code: str, number: str | None) -> "OnTheTube":
        named = super().__new__(cls, f"{number} ({code})" if number else code)
        named.code = code
        return named

    @classmethod
    def of(cls, code: str, said: str) -> "OnTheTube":
        """`code` as it was `said`, read back from where only the text is kept."""
        named = super().__new__(cls, said)
        named.code = code
        return named


def unjoined(name: str) -> str:
    """A class of ours as words: NotPermitted is "not permitted"."""
    return re.sub("(?<!^)(?=[A-Z])", " ", name).lower()


@cache
def with_noun(kind: str, word: str) -> str | None:
    """A status of the class `kind` and whose it is; None for a word of another closed set."""
    whose = AGREEING.get(kind) or kind.removesuffix("Status")
    if whose == kind:
        return None
    return f"{unjoined(whose)}: {word}"


ABBREVIATED = re.compile(r"\b(qa|qc)\b")
"""Of words of closed sets: said in capitals in English too."""


def in_words(value: str, say: Callable[[str], str]) -> str:
    """A member of a closed set in the language of `say`, which gives back what it cannot say.

    A status is asked for with its noun first: in some languages the two agree.
    """
    word = str(value).replace("_", " ")
    kind = type(value).__name__ if isinstance(value, StrEnum) else getattr(value, "kind", "")
    agreeing = with_noun(kind, word)
    said = say(agreeing) if agreeing else agreeing
    found = say(word) if said in (None, agreeing) else str(said)
    return ABBREVIATED.sub(lambda short: short[0].upper(), found)


class Amount(NamedTuple):
    """A parameter that is a measure: shown as the reader writes numbers and units."""

    value: Decimal | int | str
    unit: str


class LimsError(Exception):
    """A refusal that a person can act on, or what a rule found; `parameters` fill the sentence."""

    sentence: str = N_("This cannot be done.")
    recorded: ClassVar[bool] = False
    """Whether the refusal itself is kept, after the rollback, for quality to look at."""
    status: ClassVar[int] = 422
    """The HTTP status that answers it."""
    leads_to: ClassVar[str] = ""
    """The parameter with the code of what refused it by how it stands now: its page is offered."""

    def __init__(self, **parameters: Any) -> None:
        self.parameters = parameters
        super().__init__(self.english())

    @property
    def about(self) -> str:
        """That code; empty where it is about nothing that has a page."""
        code = self.parameters.get(self.leads_to, "")
        return code.code if isinstance(code, OnTheTube) else str(code)

    def english(self) -> str:
        """The sentence in the source language: for logs, the command line and tests."""
        return self.sentence % {k: plain(v) for k, v in self.parameters.items()}


def plain(value: object) -> object:
    """A parameter as English text: words of a closed set without underscores, lists with commas."""
    if isinstance(value, (StrEnum, Word)):
        return str(value).replace("_", " ")
    if isinstance(value, LimsError):
        return value.english()
    if isinstance(value, Amount):
        number = value.value
        told = number if isinstance(number, str) else f"{Decimal(number).normalize():f}"
        return f"{told} {value.unit}".rstrip()
    if isinstance(value, (list, tuple)):
        return listed([str(plain(item)) for item in value])
    return value


def listed(parts: Sequence[str]) -> str:
    """Sentences one after another, words with semicolons between."""
    if all(part.endswith(".") for part in parts):
        return " ".join(parts)
    return "; ".join([*(part.removesuffix(".") for part in parts[:-1]), *parts[-1:]])


class Told(LimsError):
    """A sentence said earlier, read back with its own words."""

    def __init__(self, sentence: str, /, **parameters: Any) -> None:
        self.sentence = sentence
        super().__init__(**parameters)


class SettingError(LimsError):
    """A setting of the environment that cannot be used; the program does not start."""


class NotFound(LimsError):
    sentence = N_("There is nothing with the code %(code)s here. Scan the label again.")
    status = 404


class Stale(LimsError):
    sentence = N_(
        "%(code)s was changed after this page was opened. Look at what it says now, then send"
        " again."
    )
    status = 409
    leads_to = "code"


class WrongState(LimsError):
    sentence = N_(
        "%(code)s is %(status)s now; it cannot become %(wanted)s. Its page tells what can be done"
        " next."
    )
    recorded = True
    status = 409
    leads_to = "code"


class NotNow(WrongState):
    """Something is done only with what stands as `wanted`."""

    sentence = N_(
        "%(code)s is %(status)s now; this is done only while it is %(wanted)s. Its page tells what"
        " can be done next."
    )


class NotPermitted(LimsError):
    sentence = N_("Your role does not include: %(permission)s.")
    recorded = True
    status = 403


class FieldError(LimsError):
    """A value of one named field of a form that cannot be taken; `field` says which."""

    sentence = N_("%(problem)s")

    also: "Sequence[FieldError]" = ()
    """What cannot be taken of other fields, told with it."""

    def __init__(self, field: str = "", **parameters: Any) -> None:
        self.field = field
        super().__init__(**parameters)

    @property
    def about(self) -> str:
        problem = self.parameters.get("problem")
        return problem.about if isinstance(problem, LimsError) else super().about


def together(found: "Sequence[FieldError]") -> FieldError:
    """The first of what cannot be taken, which brings the others: all are mended at once."""
    first, *others = found
    first.also = others
    return first
