"""A trigger that refuses: its statements for SQLite and for PostgreSQL."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Trigger:
    """One rule on one table, with its statement for each database."""

    name: str
    table: str
    sqlite: tuple[str, ...]
    postgresql: tuple[str, ...]


def refusal(rule: str, table: str, verb: str, when: str, message: str) -> Trigger:
    """A trigger that refuses `verb` on `table` where `when` holds (always when it is empty)."""
    name = f"lims_{rule}_{table}"
    condition = f"WHEN {when}" if when else ""
    sqlite = (
        f'CREATE TRIGGER {name} BEFORE {verb} ON "{table}" FOR EACH ROW {condition}'
        f" BEGIN SELECT RAISE(ABORT, '{message}'); END",
    )
    test = f"IF {when} THEN" if when else "IF TRUE THEN"
    result = "OLD" if verb == "DELETE" else "NEW"
    return Trigger(name, table, sqlite, _postgresql(name, table, verb, test, message, result))


def _postgresql(
    name: str, table: str, verb: str, test: str, message: str, result: str = "NEW"
) -> tuple[str, ...]:
    function = (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" {test} RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation';"
        f" END IF; RETURN {result}; END $$"
    )
    row = f'CREATE TRIGGER {name} BEFORE {verb} ON "{table}" FOR EACH ROW EXECUTE FUNCTION {name}()'
    if verb != "DELETE":
        return function, row
    emptied = (
        f'CREATE TRIGGER {name}_all BEFORE TRUNCATE ON "{table}"'
        f" FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
    )
    return function, row, emptied
