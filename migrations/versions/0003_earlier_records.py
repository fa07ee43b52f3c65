"""Earlier records: imports, what they brought, and cells, courses and steps taken over by them.

SQLite changes a table by making it anew; its keys are checked at the end of the upgrade.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "column_mapping",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "made_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint(
            "kind IN ('patients', 'vials', 'batches')", name=op.f("ck_column_mapping_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_column_mapping_made_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_column_mapping")),
        sa.UniqueConstraint("kind", "name", name=op.f("uq_column_mapping_kind_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "import_run",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("items", sa.BigInteger(), nullable=False),
        sa.Column("imported_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "ended_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True
        ),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('patients', 'vials', 'batches')", name=op.f("ck_import_run_kind_known")
        ),
        sa.CheckConstraint(
            "status IN ('running', 'complete')", name=op.f("ck_import_run_status_known")
        ),
        sa.ForeignKeyConstraint(
            ["imported_by_id"], ["user_account.id"], name=op.f("fk_import_run_imported_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
        sa.UniqueConstraint("code", name=op.f("uq_import_run_code")),
        sqlite_strict=True,
    )
    op.create_table(
        "import_header",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("column_name", sa.Text(), nullable=False),
        sa.Column("header", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_run.id"], name=op.f("fk_import_header_import_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_header")),
        sa.UniqueConstraint(
            "import_id", "column_name", name=op.f("uq_import_header_import_id_column_name")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "mapped_header",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("mapping_id", sa.BigInteger(), nullable=False),
        sa.Column("column_name", sa.Text(), nullable=False),
        sa.Column("header", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mapping_id"], ["column_mapping.id"], name=op.f("fk_mapped_header_mapping_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mapped_header")),
        sa.UniqueConstraint(
            "mapping_id", "column_name", name=op.f("uq_mapped_header_mapping_id_column_name")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "earlier_patient",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row_number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_run.id"], name=op.f("fk_earlier_patient_import_id")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_earlier_patient_patient_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_patient")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_earlier_patient_id_patient_id")),
        sa.UniqueConstraint("number", name=op.f("uq_earlier_patient_number")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_earlier_patient_import_id"), "earlier_patient", ["import_id"], unique=False
    )
    op.create_index(
        op.f("ix_earlier_patient_patient_id"), "earlier_patient", ["patient_id"], unique=False
    )

    op.create_table(
        "import_omission",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row_number", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "left_out_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_run.id"], name=op.f("fk_import_omission_import_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_omission")),
        sa.UniqueConstraint(
            "import_id", "number", name=op.f("uq_import_omission_import_id_number")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "earlier_batch",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row_number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id", "patient_id"],
            ["batch.id", "batch.patient_id"],
            name=op.f("fk_earlier_batch_batch_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_run.id"], name=op.f("fk_earlier_batch_import_id")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_earlier_batch_patient_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_batch")),
        sa.UniqueConstraint("batch_id", name=op.f("uq_earlier_batch_batch_id")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_earlier_batch_id_patient_id")),
        sa.UniqueConstraint("number", name=op.f("uq_earlier_batch_number")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_earlier_batch_import_id"), "earlier_batch", ["import_id"], unique=False
    )
    op.create_index(
        op.f("ix_earlier_batch_patient_id"), "earlier_batch", ["patient_id"], unique=False
    )

    op.create_table(
        "takeover",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_takeover_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_takeover")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_takeover_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "earlier_vial",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("vial_id", sa.BigInteger(), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row_number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_run.id"], name=op.f("fk_earlier_vial_import_id")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_earlier_vial_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["vial_id", "patient_id"],
            ["vial.id", "vial.patient_id"],
            name=op.f("fk_earlier_vial_vial_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_vial")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_earlier_vial_id_patient_id")),
        sa.UniqueConstraint("number", name=op.f("uq_earlier_vial_number")),
        sa.UniqueConstraint("vial_id", name=op.f("uq_earlier_vial_vial_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_earlier_vial_import_id"), "earlier_vial", ["import_id"], unique=False)
    op.create_index(
        op.f("ix_earlier_vial_patient_id"), "earlier_vial", ["patient_id"], unique=False
    )
    change_course()
    widen("step", "kind", "'administration'", "takeover")
    widen("suspension", "origin", "'concentration'", "takeover")


def change_course() -> None:
    """Of a course made before this program kept records, the prescription may be unknown."""
    unknown = ("prescribed_cells", "prescribed_volume_ml", "physician_id")
    told = " AND ".join(f"{column} IS NOT NULL" for column in unknown)
    check, name = (
        f"status IN ('enquiry', 'earlier') OR {told}",
        "ck_course_prescribed_by_a_physician",
    )
    if op.get_bind().dialect.name == "sqlite":
        loose = [(f"{column} INTEGER NOT NULL", f"{column} INTEGER") for column in unknown]
        known = "CONSTRAINT ck_course_status_known"
        rebuild(
            "course",
            *loose,
            ("'excluded')", "'excluded', 'earlier')"),
            (known, f"CONSTRAINT {name} CHECK ({check}), \n\t{known}"),
        )
        return
    for column in unknown:
        op.alter_column("course", column, nullable=True)
    for column in ("status", "postponed_from"):
        widen("course", column, "'excluded'", "earlier")
    op.create_check_constraint(op.f(name), "course", check)


def widen(table: str, column: str, last: str, word: str) -> None:
    """Let a closed set have one word more, after the one that was its last."""
    if op.get_bind().dialect.name == "sqlite":
        rebuild(table, (f"{last})", f"{last}, '{word}')"))
        return
    name = f"ck_{table}_{column}_known"
    listed = sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name")
    check = op.get_bind().execute(listed, {"name": name}).scalar_one()
    words = [*re.findall(r"'([^']+)'", check), word]
    op.drop_constraint(op.f(name), table)
    quoted = ", ".join(f"'{each}'" for each in words)
    op.create_check_constraint(op.f(name), table, f"{column} IN ({quoted})")


def rebuild(table: str, *changes: tuple[str, str]) -> None:
    """Make a table of SQLite anew with its definition changed, and its indexes as they were."""
    bind = op.get_bind()
    there = "SELECT sql FROM sqlite_master WHERE tbl_name = :table AND type = :type AND sql <> ''"
    made = bind.execute(sa.text(there), {"table": table, "type": "table"}).scalar_one()
    indexes = bind.execute(sa.text(there), {"table": table, "type": "index"}).scalars().all()
    head, _, body = made.partition("(")
    for old, new in changes:
        assert old in body, old
        body = body.replace(old, new)
    bind.exec_driver_sql(f"CREATE TABLE {table}_anew ({body}")
    bind.exec_driver_sql(f"INSERT INTO {table}_anew SELECT * FROM {table}")
    bind.exec_driver_sql(f"DROP TABLE {table}")
    bind.exec_driver_sql(f"ALTER TABLE {table}_anew RENAME TO {table}")
    for index in indexes:
        bind.exec_driver_sql(index)
