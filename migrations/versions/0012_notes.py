"""Hand-over notes of batches."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "batch_note",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by_id", sa.BigInteger(), nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("taken_by_id", sa.BigInteger(), nullable=True),
        sa.Column("taken_at", MOMENT, nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(taken_at IS NULL) = (taken_by_id IS NULL)",
            name=op.f("ck_batch_note_taken_by_somebody"),
        ),
        sa.CheckConstraint("text <> ''", name=op.f("ck_batch_note_says_something")),
        sa.ForeignKeyConstraint(
            ["batch_id", "patient_id"],
            ["batch.id", "batch.patient_id"],
            name=op.f("fk_batch_note_batch_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_batch_note_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["taken_by_id"], ["user_account.id"], name=op.f("fk_batch_note_taken_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["written_by_id"], ["user_account.id"], name=op.f("fk_batch_note_written_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_note")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_batch_note_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_batch_note_batch_id"), "batch_note", ["batch_id"], unique=False)
    op.create_index(op.f("ix_batch_note_patient_id"), "batch_note", ["patient_id"], unique=False)
    op.create_index(
        "ix_batch_note_open",
        "batch_note",
        ["batch_id"],
        unique=False,
        sqlite_where=sa.text("taken_at IS NULL"),
        postgresql_where=sa.text("taken_at IS NULL"),
    )
