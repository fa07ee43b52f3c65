"""The verifier is one short file that any Python of these thirty years can run."""

import ast

from lims.exports import verify
from lims.exports.folder import VERIFIER

SOURCE = VERIFIER.read_text()


def test_it_is_short_enough_to_be_read_at_once():
    assert len(SOURCE.splitlines()) <= 300


def test_it_is_written_for_python_3_8():
    ast.parse(SOURCE, feature_version=(3, 8))


def test_it_imports_the_standard_library_alone():
    imported = {
        name.name
        for node in ast.walk(ast.parse(SOURCE))
        if isinstance(node, ast.Import)
        for name in node.names
    }
    assert imported == {"argparse", "hashlib", "json", "os", "sys"}


def test_its_hash_is_that_of_the_trail():
    from types import SimpleNamespace

    from lims.models.audit import entry_hash, hashed_fields

    row = dict.fromkeys(("user_id", "terminal", "reason", "patient_id"))
    row |= {"id": 1, "at": "x", "command": "ё", "action": "insert", "table_name": "t"}
    row |= {"row_id": 1, "changes": "{}", "schema_revision": "1", "previous_hash": "0" * 64}
    fields = hashed_fields(SimpleNamespace(**row))

    assert verify.entry_hash(fields) == entry_hash(fields)
