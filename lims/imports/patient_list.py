"""Patient lists of earlier years: a row a person, under the number they had there."""

from collections.abc import Hashable, Iterator
from datetime import date

from lims import clock
from lims.errors import N_, LimsError
from lims.imports import cell_names, cells
from lims.imports.workbook import Column, SheetRow, Sheets
from lims.workflows import names
from lims.workflows.earlier_rows import EarlierPatientRow

COLUMNS = (
    Column("number", True, ("patient number", "номер", "номер пациента", "№", "код пациента")),
    Column("full_name", True, ("name", "фио", "ф.и.о", "фамилия, имя, отчество", "пациент")),
    Column("other_name", False, ("name in another script", "фио латиницей", "другое написание")),
    Column("birth_date", True, ("born", "date of birth", "дата рождения", "родился")),
    Column("sex", True, ("gender", "пол")),
    Column("document_kind", False, ("document", "документ", "вид документа")),
    Column("document_number", False, ("document no", "номер документа", "№ документа")),
    Column("another_person", False, ("compared", "другой человек", "другое лицо")),
)
SEXES = {
    **dict.fromkeys(("female", "f", "woman", "ж", "жен", "женский"), "female"),
    **dict.fromkeys(("male", "m", "man", "м", "муж", "мужской"), "male"),
}
DOCUMENTS = {
    **dict.fromkeys(("personal number", "личный номер", "идентификационный номер"),
                    "personal_number"),
    **dict.fromkeys(("passport", "паспорт"), "passport"),
    **dict.fromkeys(("other", "другой", "иной"), "other"),
}  # fmt: skip
ANSWERS = {
    **dict.fromkeys(("yes", "да", "+"), True),
    **dict.fromkeys(("no", "нет", "-"), False),
}
LONGEST_NAME = 200


class NotBornYet(LimsError):
    sentence = N_("this day has not come yet.")


class NumberTwice(LimsError):
    sentence = N_("“%(text)s” is the number in row %(row)s (%(sheet)s) too.")


class SamePerson(LimsError):
    sentence = N_("the same name and birth date stand in row %(row)s (%(sheet)s) too.")


class SameDocument(LimsError):
    sentence = N_("“%(text)s” is the document in row %(row)s (%(sheet)s) too.")


class KindMissing(LimsError):
    sentence = N_("a document's number is given, and not of what document it is.")


class DocumentMissing(LimsError):
    sentence = N_("the kind of a document is given, and no number.")


def read(sheets: Sheets) -> list[EarlierPatientRow]:
    """The people of the rows; every bad cell, and who stands there twice, goes to the errors."""
    people = [person for row in sheets.rows if (person := _person(row, sheets.errors))]
    sheets.errors += _twice(people)
    numbers = ((person.origin, person.number) for person in people)
    sheets.errors += cell_names.look_alikes(numbers, "number")
    return people


def _person(row: SheetRow, errors: list[LimsError]) -> EarlierPatientRow | None:
    """What a row says; None where any of its cells could not be taken."""
    before = len(errors)
    name = cells.text(LONGEST_NAME)
    number = row.read("number", cells.needed(cell_names.earlier_number), errors)
    full_name = row.read("full_name", cells.needed(name), errors)
    other_name = row.read("other_name", name, errors) or ""
    born = row.read("birth_date", cells.needed(_birth_date), errors)
    sex = row.read("sex", cells.needed(cells.one_of(SEXES)), errors)
    kind = row.read("document_kind", cells.optional(cells.one_of(DOCUMENTS)), errors) or ""
    document = row.read("document_number", cells.text(60), errors) or ""
    another = row.read("another_person", cells.optional(cells.one_of(ANSWERS)), errors)
    if len(errors) == before and bool(kind) != bool(document):
        column = "document_number" if kind else "document_kind"
        errors.append(row.origin.bad(column, DocumentMissing() if kind else KindMissing()))
    if len(errors) > before:
        return None
    assert number  # or there would be an error
    assert full_name
    assert born
    assert sex
    return EarlierPatientRow(
        row.origin, number, full_name, other_name, born, sex, kind, document, bool(another)
    )


def _birth_date(value: object) -> date:
    born = cells.day(value)
    if born > clock.today():
        raise NotBornYet()
    return born


def _twice(people: list[EarlierPatientRow]) -> Iterator[LimsError]:
    """Numbers, people and documents that an earlier row has; each is told at the later row."""
    first: dict[Hashable, EarlierPatientRow] = {}
    for each in people:
        document = "".join(each.document_number.split()).upper()
        found: list[tuple[Hashable, str, type[LimsError], str]] = [
            (("number", each.number), "number", NumberTwice, each.number),
            (_as_person(each), "full_name", SamePerson, each.full_name),
        ]
        if document:
            shown = ("document", each.document_kind, document)
            found.append((shown, "document_number", SameDocument, each.document_number))
        for key, column, problem, text in found:
            before = first.setdefault(key, each)
            if before is not each:
                there = {"row": before.origin.row, "sheet": before.origin.sheet}
                yield each.origin.bad(column, problem(text=text, **there))


def _as_person(each: EarlierPatientRow) -> Hashable:
    """By which two rows are one person: the words of the name in any order and script, born on."""
    return frozenset(names.words(each.full_name)), each.birth_date
