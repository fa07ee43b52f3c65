"""What earlier records did not say stays unsaid: how cells were counted, what a vial held; and what
of a file was not read, or left out, is kept as a sentence for readers of any language.

SQLite changes a table by making it anew; its keys are checked at the end of the upgrade.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    nobody_told_how_it_was_counted()
    op.add_column("cell_count", sa.Column("told_viability_pct", sa.BigInteger(), nullable=True))
    op.add_column("earlier_vial", sa.Column("volume_assumed", sa.Boolean(), nullable=True))
    op.add_column("import_omission", sa.Column("said", sa.Text(), nullable=True))
    op.create_table(
        "import_note",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_run.id"], name=op.f("fk_import_note_import_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_note")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_import_note_import_id"), "import_note", ["import_id"], unique=False)


def nobody_told_how_it_was_counted() -> None:
    if op.get_bind().dialect.name == "sqlite":
        rebuild("cell_count", "method TEXT NOT NULL", "method TEXT")
        return
    op.alter_column("cell_count", "method", nullable=True)


def rebuild(table: str, old: str, new: str) -> None:
    """Make a table of SQLite anew with its definition changed, and its indexes as they were."""
    bind = op.get_bind()
    there = "SELECT sql FROM sqlite_master WHERE tbl_name = :table AND type = :type AND sql <> ''"
    made = bind.execute(sa.text(there), {"table": table, "type": "table"}).scalar_one()
    indexes = bind.execute(sa.text(there), {"table": table, "type": "index"}).scalars().all()
    head, _, body = made.partition("(")
    assert old in body, body
    bind.exec_driver_sql(f"CREATE TABLE {table}_anew ({body.replace(old, new)}")
    bind.exec_driver_sql(f"INSERT INTO {table}_anew SELECT * FROM {table}")
    bind.exec_driver_sql(f"DROP TABLE {table}")
    bind.exec_driver_sql(f"ALTER TABLE {table}_anew RENAME TO {table}")
    for index in indexes:
        bind.exec_driver_sql(index)
