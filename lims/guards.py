"""Whether the database still guards its own rules: its triggers, keys, checks and indexes."""

from collections.abc import Sequence
from typing import cast

from sqlalchemy.exc import ProgrammingError

from lims import inventory
from lims.config import Settings
from lims.database import Database
from lims.errors import N_, LimsError
from lims.inventory import Difference
from lims.workflows.findings import Finding, Notice

MOST_NAMED = 3


class GuardsLost(Finding):
    sentence = N_(
        "Triggers that guard the records are missing or altered: %(count)s, such as %(named)s. What"
        " is done meanwhile is not guarded by them. Tell quality. Stop the program, run lims"
        " migrate, which puts them back, then lims verify."
    )


class TablesAltered(Finding):
    sentence = N_(
        "The tables are not those of the program in %(count)s places, such as %(line)s. Tell"
        " quality, and run lims doctor: it names them."
    )


class SchemaNotCompared(Notice):
    sentence = N_(
        "The schema was not compared: this user may not create one for comparison."
        " Set LIMS_MIGRATION_URL to the owner of the tables and ask again."
    )


class AllThere(Notice):
    sentence = N_("Every table, key, check, index and trigger is there, and as it should be.")


def difference(database: Database, settings: Settings) -> Difference | None:
    """As the owner of the tables, where one is named; None where it may not be compared."""
    owner = Database(settings.migration_url) if settings.migration_url else database
    try:
        with owner.reading() as session:
            return inventory.difference(session.connection())
    except ProgrammingError:
        return None
    finally:
        if owner is not database:
            owner.engine.dispose()


def triggers_lost(found: Difference) -> GuardsLost | None:
    """One finding of all of them: they are lost together, and put back together."""
    names = [trigger_in(line) for line in found.missing if is_trigger(line)]
    if not names:
        return None
    return GuardsLost(count=len(names), named=", ".join(names[:MOST_NAMED]))


def look(database: Database, settings: Settings) -> Notice:
    """Say that all is there, or raise what is not."""
    told = looked(database, settings)
    if lost := next((each for each in told if isinstance(each, Finding)), None):
        raise lost
    return cast(Notice, told[0]) if told else AllThere()


def looked(database: Database, settings: Settings) -> list[LimsError]:
    """What is not as it should be, in one line for the triggers and one for all else."""
    found = difference(database, settings)
    if found is None:
        return [SchemaNotCompared()]
    told: list[LimsError] = []
    lost = triggers_lost(found)
    if lost is not None:
        told.append(lost)
    if lines := [*_others(found.missing), *(_others(found.surplus) if lost else found.surplus)]:
        told.append(TablesAltered(count=len(lines), line=lines[0]))
    return told


def _others(lines: Sequence[str]) -> list[str]:
    """Without the triggers: an altered one stands among the missing and among the surplus."""
    return [each for each in lines if not is_trigger(each)]


def is_trigger(line: str) -> bool:
    return line.startswith("CREATE TRIGGER ")


def trigger_in(line: str) -> str:
    return line.removeprefix("CREATE TRIGGER ").split()[0]
