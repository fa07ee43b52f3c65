"""An import of which nothing was stored may be given up, with its reason; and a batch that had no
number in the earlier records bears none.

SQLite changes a table by making it anew; its keys are checked at the end of the upgrade.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

STATUS = "ck_import_run_status_known"
KNOWN = "status IN ('running', 'complete')"
KNOWN_NOW = "status IN ('running', 'complete', 'given_up')"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        rebuild("import_run", KNOWN, KNOWN_NOW)
        rebuild("earlier_batch", "number TEXT NOT NULL", "number TEXT")
    else:
        op.drop_constraint(op.f(STATUS), "import_run")
        op.create_check_constraint(op.f(STATUS), "import_run", KNOWN_NOW)
        op.alter_column("earlier_batch", "number", nullable=True)
    op.create_table(
        "import_given_up",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given_up_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "given_up_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["given_up_by_id"],
            ["user_account.id"],
            name=op.f("fk_import_given_up_given_up_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_run.id"], name=op.f("fk_import_given_up_import_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_given_up")),
        sa.UniqueConstraint("import_id", name=op.f("uq_import_given_up_import_id")),
        sqlite_strict=True,
    )


def rebuild(table: str, old: str, new: str) -> None:
    """Make a table of SQLite anew with its definition changed, and its indexes as they were."""
    bind = op.get_bind()
    kept = "SELECT type, sql FROM sqlite_master WHERE tbl_name = :table AND sql <> ''"
    made = [tuple(row) for row in bind.execute(sa.text(kept), {"table": table})]
    (before,) = (sql for kind, sql in made if kind == "table")
    columns = before.partition("(")[2]
    assert old in columns, columns
    bind.exec_driver_sql(f"CREATE TABLE {table}_anew ({columns.replace(old, new)}")
    bind.exec_driver_sql(f"INSERT INTO {table}_anew SELECT * FROM {table}")
    bind.exec_driver_sql(f"DROP TABLE {table}")
    bind.exec_driver_sql(f"ALTER TABLE {table}_anew RENAME TO {table}")
    for index in (sql for kind, sql in made if kind == "index"):
        bind.exec_driver_sql(index)
