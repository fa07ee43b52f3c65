"""The schema as the migrations make it."""

from sqlalchemy import text

from lims.database import Database
from lims.models.user import User
from tests import table_picture


def test_an_upgraded_database_is_at_the_newest_revision(database: Database) -> None:
    database.require_current_schema()


def test_the_laboratory_is_settled(session, technician: User) -> None:
    assert technician.full_name == "Ольга Сидорова"


def test_the_trail_of_the_settling_is_chained(database: Database) -> None:
    with database.reading() as session:
        rows = session.execute(
            text("SELECT id, previous_hash, hash FROM audit_entry ORDER BY id")
        ).all()

    assert rows
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    assert all(a[2] == b[1] for a, b in zip(rows, rows[1:], strict=False))


def test_the_picture_of_the_tables_is_fresh() -> None:
    shown = table_picture.PAGE.read_text(encoding="utf-8")

    assert shown == table_picture.page(), "run: python -m tests.table_picture"
