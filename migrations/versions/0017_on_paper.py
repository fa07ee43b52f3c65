"""Who did what was written on paper, and the paper, of vials and of readings of a tank."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "vial_on_paper",
        sa.Column("vial_id", sa.BigInteger(), nullable=False),
        sa.Column("placement_id", sa.BigInteger(), nullable=True),
        sa.Column("performed_at", MOMENT, nullable=False),
        sa.Column("performed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.Column("late_reason", sa.Text(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "recorded_at >= performed_at",
            name=op.f("ck_vial_on_paper_performed_before_recorded"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_vial_on_paper_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["performed_by_id"],
            ["user_account.id"],
            name=op.f("fk_vial_on_paper_performed_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["placement_id", "patient_id"],
            ["placement.id", "placement.patient_id"],
            name=op.f("fk_vial_on_paper_placement_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"],
            ["user_account.id"],
            name=op.f("fk_vial_on_paper_recorded_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vial_id", "patient_id"],
            ["vial.id", "vial.patient_id"],
            name=op.f("fk_vial_on_paper_vial_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vial_on_paper")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_vial_on_paper_id_patient_id")),
        sqlite_strict=True,
    )
    for column in ("patient_id", "placement_id", "vial_id"):
        op.create_index(op.f(f"ix_vial_on_paper_{column}"), "vial_on_paper", [column])
    op.create_table(
        "reading_on_paper",
        sa.Column("reading_id", sa.BigInteger(), nullable=False),
        sa.Column("read_by_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["read_by_id"], ["user_account.id"], name=op.f("fk_reading_on_paper_read_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["reading_id"],
            ["storage_reading.id"],
            name=op.f("fk_reading_on_paper_reading_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_on_paper")),
        sa.UniqueConstraint("reading_id", name=op.f("uq_reading_on_paper_reading_id")),
        sqlite_strict=True,
    )
