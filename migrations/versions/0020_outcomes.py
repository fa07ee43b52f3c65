"""Outcomes corrected, joints named, notes beside what is absent, injections taken off the plan."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
SITED = ("planned_administration", "administration")


def upgrade() -> None:
    for table in SITED:
        op.add_column(
            table,
            sa.Column(
                "joint_named",
                sa.Text(),
                sa.CheckConstraint(
                    "joint_named IS NULL OR (joint = 'other' AND joint_named <> '')",
                    name=op.f(f"ck_{table}_joint_named_where_other"),
                ),
                nullable=True,
            ),
        )
    op.create_table(
        "contraindication_absence",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("check_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "note <> ''", name=op.f("ck_contraindication_absence_note_says_something")
        ),
        sa.CheckConstraint(
            "number BETWEEN 1 AND 16", name=op.f("ck_contraindication_absence_number_known")
        ),
        sa.ForeignKeyConstraint(
            ["check_id", "patient_id"],
            ["contraindication_check.id", "contraindication_check.patient_id"],
            name=op.f("fk_contraindication_absence_check_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_contraindication_absence_patient_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contraindication_absence")),
        sa.UniqueConstraint(
            "check_id", "number", name=op.f("uq_contraindication_absence_check_id_number")
        ),
        sa.UniqueConstraint(
            "id", "patient_id", name=op.f("uq_contraindication_absence_id_patient_id")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "injection_removal",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("injection_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("removed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", MOMENT, nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_injection_removal_says_why")),
        sa.ForeignKeyConstraint(
            ["injection_id", "patient_id"],
            ["planned_administration.id", "planned_administration.patient_id"],
            name=op.f("fk_injection_removal_injection_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_injection_removal_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["removed_by_id"], ["user_account.id"], name=op.f("fk_injection_removal_removed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_injection_removal")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_injection_removal_id_patient_id")),
        sa.UniqueConstraint("injection_id", name=op.f("uq_injection_removal_injection_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "outcome_correction",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("wrong_id", sa.BigInteger(), nullable=False),
        sa.Column("right_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("corrected_by_id", sa.BigInteger(), nullable=False),
        sa.Column("corrected_at", MOMENT, nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_outcome_correction_says_why")),
        sa.CheckConstraint("right_id <> wrong_id", name=op.f("ck_outcome_correction_another_one")),
        sa.ForeignKeyConstraint(
            ["corrected_by_id"],
            ["user_account.id"],
            name=op.f("fk_outcome_correction_corrected_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_outcome_correction_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["right_id", "patient_id"],
            ["outcome.id", "outcome.patient_id"],
            name=op.f("fk_outcome_correction_right_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["wrong_id", "patient_id"],
            ["outcome.id", "outcome.patient_id"],
            name=op.f("fk_outcome_correction_wrong_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome_correction")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_outcome_correction_id_patient_id")),
        sa.UniqueConstraint("right_id", name=op.f("uq_outcome_correction_right_id")),
        sa.UniqueConstraint("wrong_id", name=op.f("uq_outcome_correction_wrong_id")),
        sqlite_strict=True,
    )
    for table in ("contraindication_absence", "injection_removal", "outcome_correction"):
        op.create_index(op.f(f"ix_{table}_patient_id"), table, ["patient_id"])
