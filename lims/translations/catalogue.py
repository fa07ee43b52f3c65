"""A catalogue as files: the .po that people edit, the .mo that the program reads."""

from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from lims.translations.gathering import gathered

HERE = Path(__file__).parent


class Steady(Catalog):
    """A catalogue without times and authors: the same sentences are the same bytes."""

    def __init__(self, locale: str | Locale | None) -> None:
        super().__init__(locale, header_comment="", fuzzy=False)

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Language", self.locale_identifier or ""),
            ("Plural-Forms", self.plural_forms),
        ]

    @mime_headers.setter
    def mime_headers(self, given: object) -> None:
        """What a file says of itself is not kept."""


def read(language: str) -> Catalog:
    found = Steady(language)
    for each in read_po(BytesIO(po_file(language).read_bytes()), locale=language):
        if each.id:
            found[each.id] = each
    return found


def po_file(language: str) -> Path:
    return HERE / language / "LC_MESSAGES" / "messages.po"


def brought_up_to_date(known: Catalog) -> Catalog:
    """Every sentence of the program, each with what `known` says of it."""
    fresh = Steady(known.locale)
    for sentence in gathered():
        old = known.get(sentence.forms[0])
        fresh.add(
            sentence.forms if len(sentence.forms) > 1 else sentence.forms[0],
            old.string if old and all(texts(old)) else None,
            locations=[(sentence.file, 0)],
        )
    return fresh


def texts(message: Message) -> tuple[str, ...]:
    """What `message` says in the catalogue's language, in every number."""
    said = message.string
    return tuple(said) if isinstance(said, (list, tuple)) else (said or "",)


def untranslated(catalogue: Catalog) -> list[Message]:
    return [each for each in catalogue if each.id and not all(texts(each))]


def written(catalogue: Catalog) -> bytes:
    out = BytesIO()
    write_po(out, catalogue, width=0, sort_by_file=True, include_lineno=False)
    return out.getvalue()


def compiled(catalogue: Catalog) -> bytes:
    out = BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()
