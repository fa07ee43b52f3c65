"""The program speaks Russian whole: `make catalogue` gathers what is new, people translate it."""

import ast
import re
from datetime import UTC
from enum import StrEnum
from pkgutil import walk_packages

import pytest

import lims
from lims import resources
from lims.errors import in_words, unjoined
from lims.labels import parts
from lims.models.storage import Removal
from lims.papers.wording import wording_of
from lims.translations.catalogue import compiled, po_file, read, texts, untranslated
from lims.translations.gathering import FORMS, first_specification, gathered
from lims.translations.trail_words import takes_by, trail_words
from lims.workflows.judging import Verdict
from lims.workflows.markers import Standing
from tests.conventions.tree import LIMS, ROOT, TEMPLATES, called, nodes

MAKE = "run `make catalogue`, then translate what is empty in lims/translations"
MARKS = set(FORMS)
PLACEHOLDER = re.compile(r"%(?:\(\w+\)s|.)")
LETTERS_OF_RUSSIAN = re.compile("[а-яё]", re.IGNORECASE)
LEAST_RUSSIAN = 0.95
SAME_IN_RUSSIAN = {"=", "<", ">", "<=", ">=", "× g", "degrees", "HBsAg", "No."}
NOTHING_TO_SAY = {
    "%(problem)s",
    "%(test)s: %(verdict)s.",
    "%(line)s, %(key)s: %(problem)s",
    "%(when)s by %(who)s",
    "%(code)s: %(told)s",
    "%(one)s %(other)s",
    "%(title)s, %(at)s: %(problem)s",
    "%(number)s × %(volume)s",
}
"""Sentences that only set their parameters side by side."""
OF_TEMPLATES = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
PARAGRAPHS = re.compile(r"<p\b[^>]*>.*?</p>", re.DOTALL)
GLUED = re.compile(
    r"""\{\{ _\("[^"]*[^.:?!"]"\) \}\} ?(?:<[^>]*> ?)?\{\{ (?!_\(|tag)"""
    r"""|\}\}[,:]? ?(?:</\w+> ?)?\{\{ _\("[a-z][^"]*"\) \}\}"""
)
"""A piece that a value follows, and a piece that goes on after a value."""
GLUED_BY_SCRIPT = re.compile(r"dataset\.\w+ \+ .*")
STATIC = LIMS / "static"
TAGS = re.compile(r"<[^>]*>|&\w+;")
READ_OUT = re.compile(r"""(?:aria-label|placeholder|alt|title)=["']([^"']+)""")
OTHER_WORDS = re.compile("служб[а-яё]* качества|комментари", re.IGNORECASE)
"""Quality is «отдел качества» throughout, a comment «примечание»."""
SHOWN = [LIMS / name for name in ("charts", "labels", "papers", "records", "web")]
WRONG_NAME = "The site does not answer to this name."
"""Said before anything of the site is ready, its languages included."""


@pytest.fixture(scope="module")
def russian():
    return read("ru")


def forms(message):
    return message.id if isinstance(message.id, tuple) else (message.id,)


def sentences(catalogue):
    return {forms(each) for each in catalogue if each.id}


def test_the_catalogue_has_every_sentence_and_no_other(russian):
    assert sentences(russian) == {each.forms for each in gathered()}, MAKE


def test_every_sentence_is_translated_and_none_by_guess(russian):
    assert not [each.id for each in untranslated(russian)], MAKE
    assert not [each.id for each in russian if each.id and each.fuzzy]


def test_what_the_program_reads_is_compiled_from_what_people_edit(russian):
    assert po_file("ru").with_suffix(".mo").read_bytes() == compiled(russian), MAKE


def test_a_translation_has_the_placeholders_of_its_sentence(russian):
    differing = [
        said
        for each in russian
        for said in texts(each)
        if each.id
        and sorted(PLACEHOLDER.findall(said)) != sorted(PLACEHOLDER.findall(forms(each)[-1]))
    ]

    assert not differing


def test_what_counts_is_said_for_one_for_few_and_for_many(russian):
    counting = [each for each in russian if each.pluralizable]

    assert counting
    assert all(len(set(texts(each))) == 3 for each in counting)


def test_russian_sentences_are_russian(russian):
    foreign = {
        each.id for each in russian if each.id and not LETTERS_OF_RUSSIAN.search(texts(each)[0])
    }

    assert foreign <= SAME_IN_RUSSIAN | NOTHING_TO_SAY
    assert len(foreign) < (1 - LEAST_RUSSIAN) * len(russian)


def test_one_thing_has_one_name_in_russian(russian):
    said = [text for each in russian if each.id for text in texts(each)]

    assert not [text for text in said if OTHER_WORDS.search(text)]


def test_what_the_first_specification_says_is_translated_but_bare_references():
    said = {each.forms[0] for each in first_specification(resources.SPECIFICATION)}

    assert "Biomedical cell product (BMCP) for intra-articular injection, autologous" in said
    assert "practice: contraindication" in said
    assert "Ph. Eur. 2.6.1" not in said


def test_a_label_warns_in_the_words_set_for_it(russian):
    for english, wanted in (
        (parts.AUTOLOGOUS, parts.AUTOLOGOUS_RU),
        (parts.NOT_EVALUATED, parts.NOT_EVALUATED_RU),
        (parts.HAZARD, parts.HAZARD_RU),
    ):
        assert russian.get(english).string == wanted


def closed_sets(kind=StrEnum):
    for module in walk_packages(lims.__path__, "lims."):
        if "__main__" not in module.name:
            __import__(module.name)
    return [each for each in kind.__subclasses__() if each.__module__.startswith("lims.")]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        (Standing.MISSING, "нет результата"),  # a marker that is absent would read as negative
        (Verdict.MISSING, "нет результата"),
        (Removal.MISSING, "не найдена"),
    ],
)
def test_what_is_not_known_of_blood_is_never_said_to_be_absent(word, said):
    assert in_words(word, wording_of("ru", UTC).word) == said


def test_every_word_of_a_closed_set_is_translated(russian):
    missing = [
        f"{kind.__name__}.{member.name}"
        for kind in closed_sets()
        for member in kind
        if member.value.replace("_", " ") not in russian
    ]

    assert not missing, MAKE


RUNS = {"run": 0, "_run": 0, "submit": 1}
"""Which argument of these is what is run, under whose name the trail keeps its changes."""


def test_all_that_is_run_as_a_command_has_a_word():
    """What it is called is in every entry of the trail, and beside every refusal."""
    known, may_be_run = trail_words(), takes_by()

    wordless = {
        f"{where}: {name}"
        for where, node in nodes(ast.Call, LIMS)
        if (place := RUNS.get(called(node), 9)) < len(node.args)
        for name in [ast.unparse(node.args[place]).rpartition(".")[2]]
        if name in may_be_run and name.replace("_", " ") not in known
    }

    assert not wordless, f"add its name to WITHOUT_PERMISSION of lims/translations, {MAKE}"


@pytest.mark.parametrize(
    ("name", "word"), [("NotPermitted", "не разрешено"), ("refused_request", "отказ в запросе")]
)
def test_a_name_of_our_own_code_is_a_word(name, word):
    assert in_words(unjoined(name), wording_of("ru", UTC).word) == word


def test_no_sentence_is_put_together_from_pieces():
    glued = [
        where
        for where, node in nodes(ast.BinOp, LIMS)
        if isinstance(node.op, ast.Add)
        and any(
            isinstance(each, ast.Call) and called(each) in MARKS for each in (node.left, node.right)
        )
    ]
    glued += [
        where
        for where, node in nodes(ast.Call, LIMS)
        if called(node) in MARKS and any(isinstance(each, ast.JoinedStr) for each in node.args)
    ]

    assert not glued, "one sentence with %(name)s in it: other languages order words otherwise"


def test_no_sentence_of_a_page_goes_on_with_a_value():
    """Headings name what they are about, lists stand behind a colon; a sentence has its places."""
    said = {
        f"{file.relative_to(ROOT)}: {found[0]}"
        for file in sorted(TEMPLATES.rglob("*.html"))
        for paragraph in PARAGRAPHS.findall(file.read_text())
        for found in GLUED.finditer(paragraph)
    }
    said |= {
        f"{file.relative_to(ROOT)}: {found[0]}"
        for file in sorted(STATIC.glob("*.js"))
        for found in GLUED_BY_SCRIPT.finditer(file.read_text())
    }

    assert not said, "one sentence with %(name)s in it; a script fills {} by lims.told"


def test_templates_say_nothing_unmarked():
    found = [
        f"{file.relative_to(ROOT)}: {word}"
        for file in sorted(TEMPLATES.rglob("*.html"))
        for plain in [OF_TEMPLATES.sub(" ", file.read_text())]
        for said in [TAGS.sub(" ", plain), *READ_OUT.findall(plain)]
        for word in re.findall(r"[A-Za-zА-я]{3,}", said)
    ]

    assert not found, 'write {{ _("…") }}'


def test_pages_and_papers_say_nothing_unmarked():
    marked = {
        id(part)
        for _, node in nodes(ast.Call, *SHOWN)
        if called(node) in MARKS
        for part in ast.walk(node)
    }
    told = {id(node.value) for _, node in nodes(ast.Expr, LIMS)}  # docstrings
    found = [
        f"{where}: {node.value}"
        for where, node in nodes(ast.Constant, *SHOWN)
        if id(node) not in marked | told
        and isinstance(node.value, str)
        and re.match(r"[A-Z][a-z]+ [a-z]", node.value)
        and node.value != WRONG_NAME
    ]

    assert not found, 'write _("…") in web, N_("…") elsewhere'
