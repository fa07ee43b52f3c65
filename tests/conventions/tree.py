"""What the convention tests look at: our Python files, their syntax trees, and what they import."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIMS = ROOT / "lims"
MIGRATIONS = ROOT / "migrations"
TEMPLATES = ROOT / "templates"


def python_files(*folders: Path) -> list[Path]:
    return sorted(file for folder in folders for file in folder.rglob("*.py"))


@cache
def syntax(file: Path) -> ast.Module:
    return ast.parse(file.read_text(), str(file))


def nodes(kind: type, *folders: Path) -> Iterator[tuple[str, ast.AST]]:
    """Every node of `kind` with the place it stands at, ready for a failure's message."""
    for file in python_files(*folders):
        for node in ast.walk(syntax(file)):
            if isinstance(node, kind):
                yield place(file, node), node


def place(file: Path, node: ast.AST) -> str:
    return f"{file.relative_to(ROOT)}:{node.lineno}"


def called(node: ast.Call) -> str:
    """The last word of what is called: `text` for both `text(…)` and `sa.text(…)`."""
    return getattr(node.func, "attr", None) or getattr(node.func, "id", "")


def imported(file: Path) -> Iterator[tuple[str, str]]:
    """(place, dotted name) of all that `file` imports, those within functions included."""
    for node in ast.walk(syntax(file)):
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{place(file, node)}: write the whole name, not a relative one"
        for name in named(node):
            yield place(file, node), name


def named(node: ast.AST) -> list[str]:
    """The dotted names that an import statement imports; of another node none."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def imported_first(node: ast.AST) -> Iterator[str]:
    """What is imported before a module is there: not in its functions, not for the types alone."""
    for child in ast.iter_child_nodes(node):
        yield from named(child)
        later = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        for_types = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
        if not later and not for_types:
            yield from imported_first(child)


def module_name(file: Path) -> str:
    """What a file is imported as; a package by its `__init__.py`."""
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]
