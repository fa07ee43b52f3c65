"""Fields that a scanner fills: codes with their check character, alone or a whole list.

Spaces and lower case are put right, nothing else: a code that looks like one of ours and is not
is refused, never guessed.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Field
from wtforms.widgets import TextArea

from lims.models.fill import Vial
from lims.web import filters
from lims.web.current import reading_session
from lims.web.fields import SPACES, Typed, WholeField
from lims.workflows import codes

LENGTH = 11
MOST_SCANS = 500
ROOM = "room"
COLLEAGUE = "colleague"
WITNESS = "witness"
HALTED = "halted"
FILLED = "filled"
IN_STEP = "step"
HELD = frozenset({"SA", "VE", "SU", "QC", "DS", "VL", "PT", "CR", "SN"})
"""Kinds of codes that containers and the cards of their patients bear: the scan of one says which
is in the hand at that moment. No draft keeps it, and nothing that comes between leaves it there."""
COPY_NUMBER = re.compile(r"[1-9][0-9]{0,3}")
REPRINTED = _l("It was printed again: read on the label in your hand which copy it is.")


class CodeField(Typed):
    """One code of one of `kinds` (two letters each; any of ours when none is named).

    `follows`: nothing is scanned here before the field of that name is filled. `takes`: of
    these the one kind of place, or of item, that belongs here; or ROOM: a box in which the patient
    has a free position; FILLED: a container that something is in; COLLEAGUE: who checks what
    another does, of one step where its code follows; WITNESS: who stands beside; told at its scan.
    HALTED: what waits until a stop is cleared. `in_hand`: its scan proves which container, or
    whose card, is in the hand; so it does, unless told, where only HELD belongs here.
    IN_STEP: what is used in the step whose code follows, at its bench.
    """

    part = "code"
    of_scan = True
    expects: Sequence[str] = ()
    """Codes that belong here and, scanned, go to no other place of the page."""

    def __init__(
        self,
        label: Any,
        *kinds: str,
        follows: str = "",
        takes: str = "",
        in_hand: bool | None = None,
        **options: Any,
    ):
        super().__init__(label, **options)
        self.kinds, self.follows, self.takes = kinds, follows, takes
        self.in_hand = set(kinds) <= HELD if in_hand is None else in_hand

    def read(self, typed: str) -> str:
        return read_code(typed, self.kinds)


class CopyField(WholeField):
    """Which copy of a label was scanned: their codes are the same, the label says its number."""

    of_scan = True

    def __init__(self, **options: Any) -> None:
        super().__init__(_l("Copy"), required=False, least=1, most=9999, hint=REPRINTED, **options)


class CopiesField(Field):
    """The same of any number of containers; on the page only where a refusal asked for it."""

    part = "copies"
    data: dict[str, int]

    def __init__(self, **options: Any) -> None:
        self.typed: dict[str, str] = {}
        super().__init__(_l("Copy"), description=REPRINTED, **options)

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Each is sent under the name of the field and the code of the container."""
        self.process_errors: list[Any] = []
        self.data = {}
        for name in formdata or ():
            field, _dash, code = name.partition("-")
            if field == self.name and codes.is_well_formed(code):
                self._read(code, formdata[name].strip())

    def _read(self, code: str, typed: str) -> None:
        self.typed[code] = typed
        if COPY_NUMBER.fullmatch(typed):
            self.data[code] = int(typed)
        elif typed:
            self.process_errors = [_l("Give a whole number.")]

    def ask(self, asked: Sequence[str]) -> None:
        self.typed |= {code: self.typed.get(code, "") for code in asked}


class ScansField(Typed):
    """A list of codes, a line each or several on one, each of them once; `.data` is a list."""

    part = "scans"
    expects: Sequence[str] = ()
    follows = ""
    widget = TextArea()

    def __init__(
        self,
        label: Any,
        *kinds: str,
        least: int = 1,
        most: int = MOST_SCANS,
        takes: str = "",
        only_good: bool = False,
        **options: Any,
    ):
        """`only_good`: a scan that is told to be out of order is not put into the list."""
        super().__init__(label, required=options.pop("required", least > 0), **options)
        self.only_good = only_good
        self.kinds, self.least, self.most, self.takes = kinds, least, most, takes

    def process_data(self, value: Any) -> None:
        self.data = list(value) if value else []

    def process_formdata(self, valuelist: list[Any]) -> None:
        scans = [scan for text in valuelist for scan in separate(*numbered(str(text), self.kinds))]
        self.data = []
        if len(scans) > self.most:
            raise ValueError(_l("At most %(most)s scans.", most=self.most))
        for scan in scans:
            code = read_code(scan, self.kinds)
            if code in self.data:
                raise ValueError(_l("%(code)s is in the list twice.", code=code))
            self.data.append(code)
        if 0 < len(self.data) < self.least:
            raise ValueError(_l("Scan at least %(least)s.", least=self.least))

    def shown(self, value: Any) -> str:
        return "\n".join(value)


def tube(field: CodeField) -> str:
    """What was scanned, as it is read on it."""
    return codes.on_the_tube(reading_session(), str(field.data))


def numbered(text: str, kinds: tuple[str, ...]) -> tuple[str, ...]:
    """The lines of `text`; where one is the earlier number of a vial, the code of this instead."""
    lines = [line.strip() for line in text.splitlines()]
    asked = {line for line in lines if line and not codes.is_well_formed(line.upper())}
    vials = codes.numbered(reading_session(), asked) if asked and _of_vials(kinds) else {}
    return tuple(vials.get(line, line) for line in lines)


def _of_vials(kinds: tuple[str, ...]) -> bool:
    """Whether a vial may be scanned here: it alone may bear no label of ours."""
    return not kinds or Vial.kind_of_code in kinds


def separate(*lines: str) -> Iterator[str]:
    """The codes in `lines`: parted by lines, commas, semicolons or spaces; a space may also stand
    within a code, as people copy it in groups."""
    text = "\n".join(lines)
    for part in re.split(r"[\n\r,;]+", text):
        begun = ""
        for word in part.split():
            if begun and len(word) >= LENGTH:
                yield begun
                begun = ""
            begun += word
            if len(begun) >= LENGTH:
                yield begun
                begun = ""
        if begun:
            yield begun


def read_code(typed: str, kinds: tuple[str, ...]) -> str:
    """`typed` as a code of one of `kinds`, or a ValueError that says which part is wrong."""
    code = typed.translate(SPACES).upper() if typed.isascii() else typed
    if not codes.is_well_formed(code) and _of_vials(kinds):
        code = codes.numbered(reading_session(), {typed.strip()}).get(typed.strip(), code)
    if len(code) != LENGTH or not (code.isascii() and code.isalnum()):
        raise ValueError(_l("“%(typed)s” is not a code. Scan the label.", typed=typed[:40]))
    if not codes.is_well_formed(code):
        raise ValueError(_l("%(code)s was read or typed wrongly. Scan the label again.", code=code))
    if kinds and code[:2] not in kinds:
        raise ValueError(
            _l(
                "%(code)s is: %(found)s. Expected here: %(wanted)s.",
                code=code,
                found=kind_word(code[:2]),
                wanted=kind_words(kinds),
            )  # fmt: skip
        )
    return code


def kind_words(kinds: tuple[str, ...]) -> str:
    return ", ".join(kind_word(kind) for kind in kinds)


def kind_word(kind: str) -> str:
    """The word for what a code's first two letters name: vial, batch, person …"""
    return filters.word(codes.KIND_WORDS[kind])
