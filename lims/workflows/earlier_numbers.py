"""Numbers of earlier records as eyes read them, beside those that are stored already."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.earlier import Earlier, EarlierPatient, Import
from lims.models.patient import Patient
from lims.workflows import codes, importing
from lims.workflows.earlier_rows import seen

OF_A_PATIENT = re.compile(Patient.kind_of_code + r"\d{8}[0-9A-Z]", re.ASCII)


class LooksLikeStored(LimsError):
    sentence = N_(
        "“%(text)s” looks like “%(other)s”, which the import %(code)s brought, with a letter or a"
        " digit of another kind in it. Write it as there if it is the same one, or so that eyes"
        " tell them apart."
    )


class LooksLikeOne(LimsError):
    sentence = N_(
        "Nothing here is called “%(text)s”, but “%(other)s” looks the same: a letter or a digit in"
        " it is of another kind. Scan the label; if that is the one, type it in its letters."
    )
    status = 404


class NoSuchPatient(LimsError):
    sentence = N_(
        "nobody is known as “%(text)s”. Import the list of patients first, or register the patient"
        " and write the code here."
    )


class MistypedCode(LimsError):
    sentence = N_(
        "“%(text)s” is a patient’s code with a mistake in it: its last character does not fit the"
        " others. Compare it with the label."
    )


def look_alikes(
    session: Session, mark: type[Earlier], numbers: Collection[str]
) -> dict[str, LimsError]:
    """Those of `numbers` that are not stored, with the stored one they look like; one query."""
    return {
        number: LooksLikeStored(text=number, other=other.number, code=other.code)
        for number, other in _alike(session, mark, numbers)
    }


def require_not_alike(session: Session, typed: str) -> None:
    """Raise LooksLikeOne where no eye tells `typed` from the number of something here."""
    for mark in importing.MARKS.values():
        for _, other in _alike(session, mark, [typed, typed.upper()]):
            raise LooksLikeOne(text=typed, other=other.number)


def _alike(
    session: Session, mark: type[Earlier], numbers: Collection[str]
) -> Iterator[tuple[str, Any]]:
    stored: dict[str, list[Any]] = {}
    query = select(mark.number, Import.code).join(Import, Import.id == mark.import_id)
    for row in session.execute(query.where(mark.number.is_not(None))):
        stored.setdefault(seen(row.number), []).append(row)
    for number in numbers:
        alike = stored.get(seen(number), [])
        if alike and number not in {row.number for row in alike}:
            yield number, alike[0]


def unknown_patients(
    session: Session, references: Collection[str], known: Mapping[str, Patient]
) -> dict[str, LimsError]:
    """What is said of each of `references` that names nobody."""
    missing = sorted(set(references) - set(known))
    alike = look_alikes(session, EarlierPatient, missing) if missing else {}
    return {each: alike.get(each) or _unknown(each) for each in missing}


def _unknown(reference: str) -> LimsError:
    if OF_A_PATIENT.fullmatch(reference) and not codes.is_well_formed(reference):
        return MistypedCode(text=reference)
    return NoSuchPatient(text=reference)
