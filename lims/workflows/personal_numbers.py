"""The numbers of documents; a Belarusian personal number is checked letter by letter.

The fourteen characters are: sex and century, birth date as DDMMYY, region, serial, citizenship,
check digit. The check digit is wrong or right; the date in it only warns.
"""

import re
from collections.abc import Iterator
from datetime import date

from lims.errors import N_, LimsError
from lims.models.patient import DocumentKind, Sex

LENGTH = 14
SHAPE = re.compile(r"[0-9]{7}[ABCKEMH][0-9]{3}(PB|BA|BI|GB)[0-9]")
BODY = 13
WEIGHTS = (7, 3, 1)
"""Repeated over the characters, letters counting from A = 10, as in ICAO 9303."""
LOOK_ALIKES = dict(zip("АВЕКМНОРСТХаеорсух", "ABEKMHOPCTXaeopcyx", strict=True))
CENTURY_AND_SEX = {
    "1": (1800, Sex.MALE),
    "2": (1800, Sex.FEMALE),
    "3": (1900, Sex.MALE),
    "4": (1900, Sex.FEMALE),
    "5": (2000, Sex.MALE),
    "6": (2000, Sex.FEMALE),
}


class CyrillicInNumber(LimsError):
    sentence = N_(
        "These letters are Cyrillic: %(letters)s. Switch the keyboard to English and type the"
        " number again: %(meant)s."
    )


class WrongLength(LimsError):
    sentence = N_("A personal number has %(wanted)s characters; this has %(given)s.")


class LowerCase(LimsError):
    sentence = N_("Write the letters of the number in capitals: %(meant)s.")


class WrongShape(LimsError):
    sentence = N_(
        "A personal number is seven digits, a letter (A, B, C, K, E, M or H), three digits,"
        " two letters (PB, BA, BI or GB) and a digit, such as 3270287A012PB2."
    )


class WrongCheckDigit(LimsError):
    sentence = N_(
        "The last digit does not fit the rest of the number: a digit or a letter was misread."
        " Compare it with the document again."
    )


class DateDiffers(LimsError):
    sentence = N_("The personal number says born %(day)s.%(month)s.%(year)s; look at it again.")


class SexDiffers(LimsError):
    sentence = N_("By its first digit the personal number is of another sex; look at it again.")


def read_number(kind: DocumentKind, typed: str) -> str:
    """The number as it is kept; raises what is wrong with it, in words."""
    number = "".join(typed.split())
    if kind == DocumentKind.OTHER:
        return " ".join(typed.split())
    refuse_cyrillic(number)
    if kind == DocumentKind.PASSPORT:
        return number.upper()
    refuse_malformed(number)
    return number


def refuse_cyrillic(number: str) -> None:
    letters = [sign for sign in number if "\u0400" <= sign <= "\u04ff"]
    if letters:
        meant = "".join(LOOK_ALIKES.get(sign, sign) for sign in number)
        raise CyrillicInNumber(letters=", ".join(dict.fromkeys(letters)), meant=meant)


def refuse_malformed(number: str) -> None:
    """Raise what is wrong with a personal number, the plainest reason first."""
    if len(number) != LENGTH:
        raise WrongLength(wanted=LENGTH, given=len(number))
    if number != number.upper():
        raise LowerCase(meant=number.upper())
    if not SHAPE.fullmatch(number):
        raise WrongShape()
    if check_digit(number[:BODY]) != int(number[BODY]):
        raise WrongCheckDigit()


def check_digit(body: str) -> int:
    """Σ value · weight mod 10 over the characters before the last."""
    values = [int(sign, 36) for sign in body]
    return sum(value * WEIGHTS[i % 3] for i, value in enumerate(values)) % 10


def warnings(kind: DocumentKind, number: str, birth_date: date, sex: Sex) -> Iterator[LimsError]:
    """What in a personal number disagrees with the patient's data; it warns, it never refuses."""
    if kind != DocumentKind.PERSONAL_NUMBER:
        return
    day, month, year = number[1:3], number[3:5], number[5:7]
    if number[0] in CENTURY_AND_SEX:
        century, expected = CENTURY_AND_SEX[number[0]]
        year = str(century + int(year))
        if expected != sex:
            yield SexDiffers()
    if not f"{birth_date:%d%m%Y}".endswith(year) or f"{birth_date:%d%m}" != day + month:
        yield DateDiffers(day=day, month=month, year=year)
