"""What was written on paper while the program was down, kept with the step it tells of."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "step_paper",
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column(
            "added_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False
        ),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_step_paper_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["step_id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_step_paper_step_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_paper")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_step_paper_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_step_paper_patient_id"), "step_paper", ["patient_id"], unique=False)
    op.create_index(op.f("ix_step_paper_step_id"), "step_paper", ["step_id"], unique=False)
