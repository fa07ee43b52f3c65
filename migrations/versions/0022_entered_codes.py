"""Codes entered outside steps and runs at QC; whether those of a run were typed by hand."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
OF_A_RUN = ("qc_run_stay", "qc_run_lot", "qc_run_equipment")


def upgrade() -> None:
    op.create_table(
        "entered_code",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("terminal", sa.Text(), nullable=True),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("scanned", sa.String(length=11), nullable=False),
        sa.Column("typed", sa.Boolean(), nullable=False),
        sa.Column("result_table", sa.Text(), nullable=True),
        sa.Column("result_id", sa.BigInteger(), nullable=True),
        sa.Column("entered_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_entered_code_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entered_code")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_entered_code_entered_at"), "entered_code", ["entered_at"])
    for table in OF_A_RUN:
        op.add_column(table, sa.Column("typed", sa.Boolean(), nullable=True))
