"""Every sentence of the program that a person reads, wherever it is written."""

import ast
import re
import tomllib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from babel.messages.extract import extract

from lims import resources
from lims.errors import with_noun
from lims.translations.trail_words import TRAIL, trail_words

FORMS = {"_": 1, "_l": 1, "N_": 1, "gettext": 1, "lazy_gettext": 1, "ngettext": 2}
"""Gettext's marks, and in how many numbers a sentence is given to each."""
IN_TEMPLATES: dict[str, Any] = {"_": None, "ngettext": (1, 2)}


IN_WORDS = re.compile(r"\b[a-z]{3,}\b")
"""Of a source: a reference alone, such as Ph. Eur. 2.6.1, reads the same in every language."""


class Sentence(NamedTuple):
    """What a catalogue translates; two forms where it counts something."""

    forms: tuple[str, ...]
    file: str


def gathered() -> Iterator[Sentence]:
    for file in sorted(resources.PACKAGE.rglob("*.py")):
        yield from in_python(file)
        yield from closed_words(file)
    for file in sorted(resources.TEMPLATES.rglob("*.html")):
        yield from in_template(file)
    yield from first_specification(resources.SPECIFICATION)
    yield from (Sentence((word,), TRAIL) for word in sorted(trail_words()))


def in_python(file: Path) -> Iterator[Sentence]:
    """What stands in gettext's marks, those within an f-string too, which Babel would not see."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Call) and (count := FORMS.get(called(node), 0)):
            said = [each.value for each in node.args[:count] if isinstance(each, ast.Constant)]
            if len(said) == count:
                yield Sentence(tuple(map(str, said)), shown(file))


def called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""


def in_template(file: Path) -> Iterator[Sentence]:
    source = BytesIO(file.read_bytes())
    for _, said, _, _ in extract("jinja2.ext:babel_extract", source, IN_TEMPLATES):
        yield Sentence(said if isinstance(said, tuple) else (said,), shown(file))


def closed_words(file: Path) -> Iterator[Sentence]:
    """The words of closed sets, as `filters.word` shows them; those of a status by whose it is."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.ClassDef) and "StrEnum" in map(ast.unparse, node.bases):
            for each in node.body:
                if isinstance(each, ast.Assign) and isinstance(each.value, ast.Constant):
                    word = str(each.value.value).replace("_", " ")
                    yield Sentence((word,), shown(file))
                    if agreeing := with_noun(node.name, word):
                        yield Sentence((agreeing,), shown(file))


def first_specification(file: Path) -> Iterator[Sentence]:
    """What a site begins with: its title and product, names and methods of tests, the words of
    policies, and what the sources say beside the reference."""
    read = tomllib.loads(file.read_text())
    said = [read["specification"][key] for key in ("name", "product")]
    said += [line[key] for line in read["test"] for key in ("name", "method")]
    lines = [*read["test"], *read["limits"].values(), *read["forecast"].values()]
    sources = [each["source"] for each in lines if isinstance(each, dict) and "source" in each]
    said += filter(IN_WORDS.search, sources)
    for word in read["policy"].values():
        said += word if isinstance(word, list) else []
    yield from (Sentence((each.replace("_", " "),), shown(file)) for each in said)


def shown(file: Path) -> str:
    return file.relative_to(resources.PACKAGE.parent).as_posix()
