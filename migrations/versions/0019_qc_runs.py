"""Runs at QC: their tubes, what they were done with, where they stayed, what was read in them."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "qc_run",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("specification_test_id", sa.BigInteger(), nullable=False),
        sa.Column("procedure", sa.Text(), nullable=False),
        sa.Column("terminal", sa.Text(), nullable=True),
        sa.Column("opened_by_id", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("reading_since", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (status <> 'closed')", name=op.f("ck_qc_run_closed_when_closed")
        ),
        sa.CheckConstraint(
            "status IN ('open', 'reading', 'paused', 'closed', 'void')",
            name=op.f("ck_qc_run_status_known"),
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["user_account.id"], name=op.f("fk_qc_run_opened_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["specification_test_id"],
            ["specification_test.id"],
            name=op.f("fk_qc_run_specification_test_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qc_run")),
        sa.UniqueConstraint("code", name=op.f("uq_qc_run_code")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_qc_run_specification_test_id"), "qc_run", ["specification_test_id"])
    op.create_index(op.f("ix_qc_run_status"), "qc_run", ["status"])
    op.create_table(
        "qc_run_equipment",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("equipment_id", sa.BigInteger(), nullable=False),
        sa.Column("scanned_at", MOMENT, nullable=False),
        sa.Column("override_reason", sa.Text(), nullable=True),
        sa.Column("taken_off_at", MOMENT, nullable=True),
        sa.Column("scanned_by_id", sa.BigInteger(), nullable=False),
        sa.Column("override_by_id", sa.BigInteger(), nullable=True),
        sa.Column("deviation_id", sa.BigInteger(), nullable=True),
        sa.Column("taken_off_by_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deviation_id"], ["deviation.id"], name=op.f("fk_qc_run_equipment_deviation_id")
        ),
        sa.ForeignKeyConstraint(
            ["equipment_id"], ["equipment.id"], name=op.f("fk_qc_run_equipment_equipment_id")
        ),
        sa.ForeignKeyConstraint(
            ["override_by_id"], ["user_account.id"], name=op.f("fk_qc_run_equipment_override_by_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["qc_run.id"], name=op.f("fk_qc_run_equipment_run_id")),
        sa.ForeignKeyConstraint(
            ["scanned_by_id"], ["user_account.id"], name=op.f("fk_qc_run_equipment_scanned_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["taken_off_by_id"],
            ["user_account.id"],
            name=op.f("fk_qc_run_equipment_taken_off_by_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qc_run_equipment")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_qc_run_equipment_equipment_id"), "qc_run_equipment", ["equipment_id"])
    op.create_index(op.f("ix_qc_run_equipment_run_id"), "qc_run_equipment", ["run_id"])
    op.create_index(
        "ux_qc_run_equipment_used",
        "qc_run_equipment",
        ["run_id", "equipment_id"],
        unique=True,
        sqlite_where=sa.text("taken_off_at IS NULL"),
        postgresql_where=sa.text("taken_off_at IS NULL"),
    )
    op.create_table(
        "qc_run_lot",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("scanned_at", MOMENT, nullable=False),
        sa.Column("override_reason", sa.Text(), nullable=True),
        sa.Column("taken_off_at", MOMENT, nullable=True),
        sa.Column("scanned_by_id", sa.BigInteger(), nullable=False),
        sa.Column("override_by_id", sa.BigInteger(), nullable=True),
        sa.Column("deviation_id", sa.BigInteger(), nullable=True),
        sa.Column("taken_off_by_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_qc_run_lot_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["deviation_id"], ["deviation.id"], name=op.f("fk_qc_run_lot_deviation_id")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_qc_run_lot_lot_id")),
        sa.ForeignKeyConstraint(
            ["override_by_id"], ["user_account.id"], name=op.f("fk_qc_run_lot_override_by_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["qc_run.id"], name=op.f("fk_qc_run_lot_run_id")),
        sa.ForeignKeyConstraint(
            ["scanned_by_id"], ["user_account.id"], name=op.f("fk_qc_run_lot_scanned_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["taken_off_by_id"], ["user_account.id"], name=op.f("fk_qc_run_lot_taken_off_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qc_run_lot")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_qc_run_lot_lot_id"), "qc_run_lot", ["lot_id"])
    op.create_index(op.f("ix_qc_run_lot_run_id"), "qc_run_lot", ["run_id"])
    op.create_index(
        "ux_qc_run_lot_used",
        "qc_run_lot",
        ["run_id", "lot_id"],
        unique=True,
        sqlite_where=sa.text("taken_off_at IS NULL"),
        postgresql_where=sa.text("taken_off_at IS NULL"),
    )
    op.create_table(
        "qc_run_sheet",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("edition", sa.BigInteger(), nullable=False),
        sa.Column("values_sha256", sa.String(length=64), nullable=False),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=False),
        sa.Column("audit_seq", sa.BigInteger(), nullable=False),
        sa.Column("audit_hash", sa.String(length=64), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_qc_run_sheet_made_by_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["qc_run.id"], name=op.f("fk_qc_run_sheet_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qc_run_sheet")),
        sa.UniqueConstraint(
            "run_id", "language", "edition", name=op.f("uq_qc_run_sheet_run_id_language_edition")
        ),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_qc_run_sheet_pdf_sha256"), "qc_run_sheet", ["pdf_sha256"])
    op.create_table(
        "qc_run_stay",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("station_id", sa.BigInteger(), nullable=False),
        sa.Column("came_at", MOMENT, nullable=False),
        sa.Column("came_by_id", sa.BigInteger(), nullable=False),
        sa.Column("left_at", MOMENT, nullable=True),
        sa.Column("left_by_id", sa.BigInteger(), nullable=True),
        sa.Column("left_checked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(left_at IS NULL) = (left_by_id IS NULL) AND (left_at IS NULL) = (left_checked_by_id IS NULL)",
            name=op.f("ck_qc_run_stay_left_by_two"),
        ),
        sa.CheckConstraint(
            "left_by_id <> left_checked_by_id", name=op.f("ck_qc_run_stay_leaving_two_people")
        ),
        sa.ForeignKeyConstraint(
            ["came_by_id"], ["user_account.id"], name=op.f("fk_qc_run_stay_came_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["left_by_id"], ["user_account.id"], name=op.f("fk_qc_run_stay_left_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["left_checked_by_id"],
            ["user_account.id"],
            name=op.f("fk_qc_run_stay_left_checked_by_id"),
        ),
        sa.ForeignKeyConstraint(["run_id"], ["qc_run.id"], name=op.f("fk_qc_run_stay_run_id")),
        sa.ForeignKeyConstraint(
            ["station_id"], ["place.id"], name=op.f("fk_qc_run_stay_station_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qc_run_stay")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_qc_run_stay_run_id"), "qc_run_stay", ["run_id"])
    op.create_index(op.f("ix_qc_run_stay_station_id"), "qc_run_stay", ["station_id"])
    op.create_index(
        "ux_qc_run_stay_open_run_id",
        "qc_run_stay",
        ["run_id"],
        unique=True,
        sqlite_where=sa.text("left_at IS NULL"),
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.create_index(
        "ux_qc_run_stay_open_station_id",
        "qc_run_stay",
        ["station_id"],
        unique=True,
        sqlite_where=sa.text("left_at IS NULL"),
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.create_table(
        "qc_run_member",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("aliquot_id", sa.BigInteger(), nullable=False),
        sa.Column("qc_test_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("scanned_at", MOMENT, nullable=False),
        sa.Column("scanned_by_id", sa.BigInteger(), nullable=False),
        sa.Column("typed", sa.Boolean(), nullable=False),
        sa.Column("left_at", MOMENT, nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("position > 0", name=op.f("ck_qc_run_member_position_positive")),
        sa.ForeignKeyConstraint(
            ["aliquot_id", "patient_id"],
            ["aliquot.id", "aliquot.patient_id"],
            name=op.f("fk_qc_run_member_aliquot_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_qc_run_member_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["qc_test_id", "patient_id"],
            ["qc_test.id", "qc_test.patient_id"],
            name=op.f("fk_qc_run_member_qc_test_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(["run_id"], ["qc_run.id"], name=op.f("fk_qc_run_member_run_id")),
        sa.ForeignKeyConstraint(
            ["scanned_by_id"], ["user_account.id"], name=op.f("fk_qc_run_member_scanned_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qc_run_member")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_qc_run_member_id_patient_id")),
        sa.UniqueConstraint("run_id", "position", name=op.f("uq_qc_run_member_run_id_position")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_qc_run_member_aliquot_id"), "qc_run_member", ["aliquot_id"])
    op.create_index(op.f("ix_qc_run_member_patient_id"), "qc_run_member", ["patient_id"])
    op.create_index(op.f("ix_qc_run_member_qc_test_id"), "qc_run_member", ["qc_test_id"])
    op.create_index(op.f("ix_qc_run_member_run_id"), "qc_run_member", ["run_id"])
    op.create_index(
        "ux_qc_run_member_open",
        "qc_run_member",
        ["qc_test_id"],
        unique=True,
        sqlite_where=sa.text("left_at IS NULL"),
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.create_table(
        "qc_run_removal",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("removed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id", "patient_id"],
            ["qc_run_member.id", "qc_run_member.patient_id"],
            name=op.f("fk_qc_run_removal_member_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_qc_run_removal_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["removed_by_id"], ["user_account.id"], name=op.f("fk_qc_run_removal_removed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qc_run_removal")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_qc_run_removal_id_patient_id")),
        sa.UniqueConstraint("member_id", name=op.f("uq_qc_run_removal_member_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_qc_run_removal_patient_id"), "qc_run_removal", ["patient_id"])
    op.create_table(
        "qc_run_result",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("qc_result_id", sa.BigInteger(), nullable=False),
        sa.Column("typed", sa.Boolean(), nullable=False),
        sa.Column("outside_reason", sa.Text(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "sha256 IS NULL OR outside_reason IS NOT NULL",
            name=op.f("ck_qc_run_result_paper_outside"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id", "patient_id"],
            ["qc_run_member.id", "qc_run_member.patient_id"],
            name=op.f("fk_qc_run_result_member_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_qc_run_result_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["qc_result_id", "patient_id"],
            ["qc_result.id", "qc_result.patient_id"],
            name=op.f("fk_qc_run_result_qc_result_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qc_run_result")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_qc_run_result_id_patient_id")),
        sa.UniqueConstraint("qc_result_id", name=op.f("uq_qc_run_result_qc_result_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_qc_run_result_member_id"), "qc_run_result", ["member_id"])
    op.create_index(op.f("ix_qc_run_result_patient_id"), "qc_run_result", ["patient_id"])
