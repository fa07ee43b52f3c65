"""Habits of the code that a reviewer would otherwise have to watch for."""

import ast

from tests.conventions.tree import LIMS, MIGRATIONS, ROOT, called, imported, nodes, python_files

LONGEST_FILE = 250
IN_ONE_PIECE = {LIMS / "exports" / "verify.py": 300}  # copied into exports, where it stands alone
UNSAFE = {
    "pickle": "it runs what it reads",
    "marshal": "it runs what it reads",
    "random": "take the secrets module",
    "telnetlib": "it sends in the clear",
}
BULK = {"sqlalchemy.update", "sqlalchemy.delete"}
MAY_WRITE_IN_BULK = {LIMS / "models" / "recording.py"}  # the head of the chain, and nothing else
MAY_BE_RANDOM = {LIMS / "database.py"}  # how long to wait before a second try


def test_a_file_is_short_enough_to_be_read_at_once():
    long = [
        f"{file.relative_to(ROOT)}: {length} lines"
        for file in python_files(LIMS)
        if (length := len(file.read_text().splitlines())) > IN_ONE_PIECE.get(file, LONGEST_FILE)
    ]

    assert not long, "split it by what a reader looks for"


def test_no_module_is_imported_that_has_a_safe_sibling():
    found = [
        f"{where} imports {name}: {UNSAFE[name.split('.')[0]]}"
        for file in python_files(LIMS, MIGRATIONS)
        for where, name in imported(file)
        if name.split(".")[0] in UNSAFE and not (name == "random" and file in MAY_BE_RANDOM)
    ]

    assert not found


def test_no_command_goes_through_a_shell_and_no_text_is_run():
    found = [
        where
        for where, call in nodes(ast.Call, LIMS, MIGRATIONS)
        if any(word.arg == "shell" for word in call.keywords)
        or (isinstance(call.func, ast.Name) and call.func.id in {"eval", "exec"})
        or ast.unparse(call.func) in {"os.system", "os.popen", "yaml.load"}
    ]

    assert not found


def test_sql_text_is_written_out_with_bound_parameters():
    found = [
        where
        for where, call in nodes(ast.Call, LIMS)
        if called(call) == "text" and call.args and isinstance(call.args[0], ast.JoinedStr)
    ]

    assert not found, "no f-string in text(): bind the values"


def test_only_the_demonstration_holds_the_clock():
    found = [
        where
        for where, call in nodes(ast.Call, LIMS)
        if ast.unparse(call.func) == "clock.held" and not where.startswith("lims/demo/")
    ]

    assert not found, "what is recorded of patients is recorded at its time"


def test_audited_rows_are_changed_one_by_one():
    found = [
        f"{where} imports {name}"
        for file in python_files(LIMS)
        if file not in MAY_WRITE_IN_BULK
        for where, name in imported(file)
        if name in BULK
    ]

    assert not found, "a bulk statement passes the audit trail by: change the objects"


def test_no_markup_is_declared_safe_in_python():
    found = [
        where
        for where, call in nodes(ast.Call, LIMS)
        if called(call) == "Markup" and not all(isinstance(a, ast.Constant) for a in call.args)
    ]

    assert not found, "write it in a template, where values are escaped"
