"""Every sentence of the program that a person reads, wherever it is written."""

import ast
import tomllib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from babel.messages.extract import extract

from lims import resources
from lims.translations.trail_words import TRAIL, trail_words

KEYWORDS: dict[str, Any] = {
    "_": None,
    "_l": None,
    "N_": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
}


class Sentence(NamedTuple):
    """What a catalogue translates; two forms where it counts something."""

    forms: tuple[str, ...]
    context: str | None
    file: str


def gathered() -> Iterator[Sentence]:
    for file in sorted(resources.PACKAGE.rglob("*.py")):
        yield from marked(file, "python")
        yield from closed_words(file)
    for file in sorted(resources.TEMPLATES.rglob("*.html")):
        yield from marked(file, "jinja2.ext:babel_extract")
    yield from first_specification(resources.SPECIFICATION)
    yield from (Sentence((word,), None, TRAIL) for word in sorted(trail_words()))


def marked(file: Path, method: str) -> Iterator[Sentence]:
    """What stands in gettext's marks."""
    options = {"silent": "false"}
    for _, said, _, context in extract(method, BytesIO(file.read_bytes()), KEYWORDS, (), options):
        forms = said if isinstance(said, tuple) else (said,)
        yield Sentence(forms, context, shown(file))


def closed_words(file: Path) -> Iterator[Sentence]:
    """The words of closed sets, as `filters.word` shows them."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.ClassDef) and "StrEnum" in map(ast.unparse, node.bases):
            for each in node.body:
                if isinstance(each, ast.Assign) and isinstance(each.value, ast.Constant):
                    yield Sentence((str(each.value.value).replace("_", " "),), None, shown(file))


def first_specification(file: Path) -> Iterator[Sentence]:
    """What a site begins with: names and methods of tests, the words of policies."""
    read = tomllib.loads(file.read_text())
    said = [line[key] for line in read["test"] for key in ("name", "method")]
    for word in read["policy"].values():
        said += word if isinstance(word, list) else []
    yield from (Sentence((each.replace("_", " "),), None, shown(file)) for each in said)


def shown(file: Path) -> str:
    return file.relative_to(resources.PACKAGE.parent).as_posix()
