"""Codes: what is printed on a label, given out once, checked at every scan.

Two letters of kind (no I, no O), two digits of year, six of serial, one check character of
ISO/IEC 7064 MOD 37-2. A serial whose check would be `*`, `I` or `O` is skipped, so a code is
always eleven of A–Z and 0–9.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError, NotFound, OnTheTube, Word
from lims.models import Base
from lims.models.base import Coded
from lims.models.command_run import CodeSerial
from lims.models.earlier import EarlierVial
from lims.models.fill import Vial

SHAPE = re.compile(r"[A-HJ-NP-Z]{2}[0-9]{8}[0-9A-HJ-NP-Z]", re.ASCII)
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
"""Of ISO/IEC 7064 MOD 37-2."""
SKIPPED_CHECKS = frozenset("*IO")
SERIALS_PER_YEAR = 999_999

_SERIAL = (
    select(CodeSerial)
    .where(CodeSerial.kind == bindparam("kind"), CodeSerial.year == bindparam("year"))
    .with_for_update()
    .execution_options(populate_existing=True)
)

CodedT = TypeVar("CodedT", bound=Coded)


class MalformedCode(LimsError):
    sentence = N_(
        "%(scanned)s is not one of our codes, or was misread: its check character does not fit."
        " Scan the label again."
    )
    recorded = True

    def __init__(self, scanned: str) -> None:
        super().__init__(scanned=scanned[:40])


class UnexpectedKind(LimsError):
    sentence = N_("%(code)s is of the kind: %(found)s. Here this is scanned: %(expected)s.")
    recorded = True


class SerialsUsedUp(LimsError):
    sentence = N_("All codes of the kind %(kind)s for this year are used up. Call the maker.")


KIND_WORDS = {
    "PT": N_("patient"),
    "CR": N_("course"),
    "SA": N_("sample"),
    "BA": N_("batch"),
    "ST": N_("step"),
    "VE": N_("vessel"),
    "SU": N_("suspension"),
    "QC": N_("aliquot"),
    "QT": N_("QC test"),
    "QR": N_("QC run"),
    "FL": N_("fill"),
    "DS": N_("dose"),
    "VL": N_("vial"),
    "CE": N_("storage cell"),
    "TK": N_("tank"),
    "BX": N_("box"),
    "PL": N_("place"),
    "SN": N_("transplantation session"),
    "RC": N_("record"),
    "RQ": N_("order"),
    "DV": N_("deviation"),
    "LT": N_("lot"),
    "EQ": N_("equipment"),
    "US": N_("person"),
    "TM": N_("terminal"),
    "UP": N_("import"),
    "KX": N_("command of the card"),
}


class KindWord(Word):
    """A kind of code as a parameter of a sentence."""

    def __new__(cls, kind: str) -> "KindWord":
        return super().__new__(cls, KIND_WORDS[kind])


def check_character(body: str) -> str:
    """The check character of the ten characters before it (ISO/IEC 7064 MOD 37-2)."""
    remainder = 0
    for character in body:
        remainder = (2 * remainder + ALPHABET.index(character)) % 37
    return ALPHABET[(1 - 2 * remainder) % 37]


def is_well_formed(code: str) -> bool:
    """Whether `code` has the shape of our codes, a known kind and the right check character."""
    return (
        SHAPE.fullmatch(code) is not None
        and code[:2] in KIND_WORDS
        and check_character(code[:10]) == code[10]
    )


def require_well_formed(scanned: str) -> str:
    """The code that was scanned, or MalformedCode."""
    if not is_well_formed(scanned):
        raise MalformedCode(scanned)
    return scanned


def meant(session: Session, scanned: Sequence[str]) -> list[str]:
    """The codes that were scanned; a vial that bears no label of ours is meant by its number.

    That number is taken as it was written, and never where one of ours was misread: none that is
    like a code is taken over (imports/cells.py). Raises MalformedCode.
    """
    numbers = {each.strip() for each in scanned if not is_well_formed(each)}
    vials = numbered(session, numbers) if numbers else {}
    for each in scanned:
        if not is_well_formed(each) and each.strip() not in vials:
            raise MalformedCode(each)
    return [vials.get(each.strip(), each) for each in scanned]


def numbered(session: Session, numbers: Collection[str]) -> dict[str, str]:
    """The codes of vials by the numbers that they bear from earlier records; one look-up."""
    query = select(EarlierVial.number, Vial.code).join(Vial, Vial.id == EarlierVial.vial_id)
    return dict(session.execute(query.where(EarlierVial.number.in_(numbers))).all())


def on_the_tube(session: Session, code: str) -> OnTheTube:
    """A code as it is read on what bears it: a vial of earlier records bears its number."""
    query = select(EarlierVial.number).join(Vial, Vial.id == EarlierVial.vial_id)
    return OnTheTube(code, session.scalar(query.where(Vial.code == code)))


def next_code(session: Session, kind: str) -> str:
    """Give out the next code of `kind`; the serial's row is locked until the commit."""
    return next_codes(session, kind, 1)[0]


def next_codes(session: Session, kind: str, number: int) -> list[str]:
    """Give out the next `number` codes of `kind`."""
    year = clock.now().year % 100
    serial = session.scalars(_SERIAL, {"kind": kind, "year": year}).one_or_none()
    if serial is None:
        serial = CodeSerial(kind=kind, year=year, last=0)
        session.add(serial)
    given = list(islice(_following(serial), number))
    if len(given) < number:
        raise SerialsUsedUp(kind=kind)
    session.flush()
    return given


def _following(serial: CodeSerial) -> Iterator[str]:
    """The codes of this year after the last one, which it moves on to each."""
    while serial.last < SERIALS_PER_YEAR:
        serial.last += 1
        body = f"{serial.kind}{serial.year:02d}{serial.last:06d}"
        if (check := check_character(body)) not in SKIPPED_CHECKS:
            yield body + check


def coded(session: Session, record: CodedT) -> CodedT:
    """Give a new record its code."""
    record.code = next_code(session, record.kind_of_code)
    return record


@cache
def models_by_kind() -> dict[str, type[Coded]]:
    """The table behind each kind of code."""
    return {
        mapper.class_.kind_of_code: mapper.class_
        for mapper in Base.registry.mappers
        if hasattr(mapper.class_, "kind_of_code") and mapper.inherits is None
    }


def find(session: Session, scanned: str) -> Coded:
    """The record whose label was scanned: one look-up in the one table its kind names."""
    code = meant(session, [scanned])[0]
    model = models_by_kind().get(code[:2])
    found: Coded | None = None
    if model is not None:
        found = session.scalars(_one_coded(model), {"code": code}).one_or_none()
    if found is None:
        raise NotFound(code=code)
    return found


def load(session: Session, scanned: str, model: type[CodedT]) -> CodedT:
    """The `model` record with this code; in a command its row is locked until the commit."""
    return load_all(session, [scanned], model)[0]


def load_all(
    session: Session, scanned: Sequence[str], model: type[CodedT], *also: Any
) -> list[CodedT]:
    """The `model` record of each of these codes, in their order; `also` is loaded with them."""
    if not scanned:
        return []
    wanted = [_of_kind(code, model) for code in meant(session, scanned)]
    query = _coded(model, locked=not session.info.get("reading"))
    if also:
        query = query.options(*also)
    found = {each.code: each for each in session.scalars(query, {"codes": wanted}).unique()}
    for code in wanted:
        if code not in found:
            raise NotFound(code=code)
    return [found[code] for code in wanted]


@cache
def _coded(model: type[CodedT], *, locked: bool) -> Select[CodedT]:
    query = select(model).where(model.code.in_(bindparam("codes"))).order_by(model.id)
    return query.with_for_update(of=model.__table__) if locked else query


@cache
def _one_coded(model: type[CodedT]) -> Select[CodedT]:
    return select(model).where(model.code == bindparam("code"))


def _of_kind(code: str, model: type[Coded]) -> str:
    """The code that was scanned, which a `model` has."""
    if code[:2] != model.kind_of_code:
        raise UnexpectedKind(
            code=code, found=KindWord(code[:2]), expected=KindWord(model.kind_of_code)
        )
    return code
