"""An error class owns one sentence, with named parameters, marked for translation."""

import ast
import importlib
import re
from collections.abc import Iterator

from lims.errors import LimsError
from tests.conventions.tree import LIMS, ROOT, called, nodes, python_files


def module(file) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def error_classes() -> list[type[LimsError]]:
    for file in python_files(LIMS):
        if file.name != "__main__.py" and "Error" in file.read_text():
            importlib.import_module(module(file))
    return sorted(set(subclasses(LimsError)), key=lambda kind: kind.__qualname__)


def subclasses(kind: type) -> Iterator[type]:
    for child in kind.__subclasses__():
        yield child
        yield from subclasses(child)


def test_a_sentence_has_named_parameters_and_ends():
    found = [
        error.__qualname__
        for error in error_classes()
        if set(re.sub(r"%\(\w+\)s|%%", "", error.sentence)) & set("%{}")
        or not re.search(r"([.?!]|\)s|Run: lims \w+)$", error.sentence)
    ]

    assert not found, "write whole sentences with %(name)s in them"


def test_a_sentence_that_counts_reads_right_of_one_and_of_many():
    """One box, two boxes, «два бокса»: a refusal has one form, so the number follows a colon."""
    counts = re.compile(
        r"%\((number|wanted|filled|given|chosen|tanks|that_day)\)s"
        r" (?:\w+ )?(?:vials|boxes|positions|fills|tanks|vessels|tubes|cells|are)\b"
    )

    found = [error.__qualname__ for error in error_classes() if counts.search(error.sentence)]

    assert not found, "write “Vials ordered: %(number)s.”"


def test_a_sentence_is_marked_where_it_is_written():
    unmarked = [
        where
        for where, node in nodes(ast.Assign, LIMS)
        if [ast.unparse(target) for target in node.targets] == ["sentence"]
        and not ast.unparse(node.value).startswith("N_(")
    ]

    assert not unmarked, 'write sentence = N_("…")'


def test_no_error_is_raised_with_a_sentence_put_together_on_the_spot():
    names = {"LimsError", *(error.__name__ for error in error_classes())}

    found = [
        where
        for where, node in nodes(ast.Raise, LIMS)
        if isinstance(node.exc, ast.Call)
        and called(node.exc) in names
        and any(isinstance(part, ast.JoinedStr) for part in ast.walk(node.exc))
    ]

    assert not found, "an f-string cannot be translated: pass the values by keyword"
