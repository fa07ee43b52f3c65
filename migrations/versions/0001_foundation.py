"""The tables of the foundation: people, patients, courses, batches, QC, fills, audit."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "allowed_transition",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("from_status", sa.Text(), nullable=False),
        sa.Column("to_status", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allowed_transition")),
        sa.UniqueConstraint(
            "table_name",
            "from_status",
            "to_status",
            name=op.f("uq_allowed_transition_table_name_from_status_to_status"),
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False
        ),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("terminal", sa.Text(), nullable=True),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("row_id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=True),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("schema_revision", sa.String(length=32), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_entry_hash")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_audit_entry_patient_id"), "audit_entry", ["patient_id"], unique=False)
    op.create_index(
        "ix_audit_entry_row", "audit_entry", ["table_name", "row_id", "id"], unique=False
    )
    op.create_index(op.f("ix_audit_entry_user_id"), "audit_entry", ["user_id"], unique=False)

    op.create_table(
        "audit_head",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
        sqlite_strict=True,
    )
    op.create_table(
        "code_serial",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_serial")),
        sa.UniqueConstraint("kind", "year", name=op.f("uq_code_serial_kind_year")),
        sqlite_strict=True,
    )
    op.create_table(
        "equipment",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("serial_number", sa.Text(), nullable=False),
        sa.Column("needs_calibration", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('safety_cabinet', 'incubator', 'centrifuge', 'counter', 'microscope', 'refrigerator', 'balance', 'thermometer', 'water_bath', 'analyser', 'storage_tank', 'controlled_rate_freezer', 'other')",
            name=op.f("ck_equipment_kind_known"),
        ),
        sa.CheckConstraint(
            "status IN ('in_service', 'out_of_service', 'retired')",
            name=op.f("ck_equipment_status_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_equipment")),
        sa.UniqueConstraint("code", name=op.f("uq_equipment_code")),
        sqlite_strict=True,
    )
    op.create_table(
        "item",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("maker", sa.Text(), nullable=True),
        sa.Column("antibiotics", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('enzyme', 'medium', 'serum', 'buffer', 'cryoprotectant', 'vehicle', 'consumable', 'collection_kit', 'test_kit', 'other')",
            name=op.f("ck_item_kind_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item")),
        sa.UniqueConstraint("name", name=op.f("uq_item_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "patient",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("other_name", sa.Text(), nullable=True),
        sa.Column("search_name", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("died_on", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("sex IN ('female', 'male')", name=op.f("ck_patient_sex_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
        sa.UniqueConstraint("code", name=op.f("uq_patient_code")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_patient_birth_date"), "patient", ["birth_date"], unique=False)
    op.create_index(op.f("ix_patient_search_name"), "patient", ["search_name"], unique=False)

    op.create_table(
        "procedure",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("step_kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("retired_on", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "retired_on IS NULL OR retired_on >= effective_from",
            name=op.f("ck_procedure_dates_in_order"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedure")),
        sa.UniqueConstraint(
            "step_kind", "number", "edition", name=op.f("uq_procedure_step_kind_number_edition")
        ),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_procedure_step_kind"), "procedure", ["step_kind"], unique=False)

    op.create_table(
        "user_account",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column(
            "password_chosen_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=True,
        ),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("language IN ('ru', 'en')", name=op.f("ck_user_account_language_known")),
        sa.CheckConstraint(
            "status IN ('invited', 'active', 'disabled')", name=op.f("ck_user_account_status_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("code", name=op.f("uq_user_account_code")),
        sa.UniqueConstraint("login", name=op.f("uq_user_account_login")),
        sqlite_strict=True,
    )
    op.create_table(
        "calibration",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("equipment_id", sa.BigInteger(), nullable=False),
        sa.Column("performed_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("due_on >= performed_on", name=op.f("ck_calibration_dates_in_order")),
        sa.ForeignKeyConstraint(
            ["equipment_id"], ["equipment.id"], name=op.f("fk_calibration_equipment_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["user_account.id"], name=op.f("fk_calibration_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibration")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_calibration_equipment_id"), "calibration", ["equipment_id"], unique=False
    )

    op.create_table(
        "command_run",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("result_table", sa.Text(), nullable=True),
        sa.Column("result_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "ran_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_command_run_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_command_run")),
        sa.UniqueConstraint(
            "user_id", "idempotency_key", name=op.f("uq_command_run_user_id_idempotency_key")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("form_version", sa.Text(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("withdrawal_reason", sa.Text(), nullable=True),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('production', 'storage', 'use')", name=op.f("ck_consent_kind_known")
        ),
        sa.CheckConstraint(
            "withdrawn_on IS NULL OR withdrawn_on >= signed_on",
            name=op.f("ck_consent_dates_in_order"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_consent_patient_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["user_account.id"], name=op.f("fk_consent_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_consent_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_consent_patient_id"), "consent", ["patient_id"], unique=False)
    op.create_index(
        "ux_consent_open",
        "consent",
        ["patient_id", "kind"],
        unique=True,
        sqlite_where=sa.text("withdrawn_on IS NULL"),
        postgresql_where=sa.text("withdrawn_on IS NULL"),
    )

    op.create_table(
        "course",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("indication", sa.String(), nullable=False),
        sa.Column("indication_note", sa.Text(), nullable=True),
        sa.Column("grading", sa.String(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("baseline_mri_on", sa.Date(), nullable=True),
        sa.Column("baseline_mri_note", sa.Text(), nullable=True),
        sa.Column("body_mass_kg", sa.BigInteger(), nullable=True),
        sa.Column("prescribed_cells", sa.BigInteger(), nullable=False),
        sa.Column("prescribed_volume_ml", sa.BigInteger(), nullable=False),
        sa.Column("physician_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("postponed_from", sa.String(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "grading IN ('Kellgren-Lawrence', 'Outerbridge', 'stage')",
            name=op.f("ck_course_grading_known"),
        ),
        sa.CheckConstraint(
            "indication IN ('cartilage_lesion', 'osteochondritis_dissecans', 'osteoarthrosis', 'other')",
            name=op.f("ck_course_indication_known"),
        ),
        sa.CheckConstraint(
            "postponed_from IN ('enquiry', 'eligible', 'consented', 'collecting', 'manufacturing', 'dose_ready', 'treating', 'follow_up', 'completed', 'postponed', 'withdrawn', 'excluded')",
            name=op.f("ck_course_postponed_from_known"),
        ),
        sa.CheckConstraint(
            "status IN ('enquiry', 'eligible', 'consented', 'collecting', 'manufacturing', 'dose_ready', 'treating', 'follow_up', 'completed', 'postponed', 'withdrawn', 'excluded')",
            name=op.f("ck_course_status_known"),
        ),
        sa.CheckConstraint("body_mass_kg > 0", name=op.f("ck_course_body_mass_positive")),
        sa.CheckConstraint(
            "prescribed_cells > 0", name=op.f("ck_course_prescribed_cells_positive")
        ),
        sa.CheckConstraint(
            "prescribed_volume_ml > 0", name=op.f("ck_course_prescribed_volume_positive")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_course_patient_id")),
        sa.ForeignKeyConstraint(
            ["physician_id"], ["user_account.id"], name=op.f("fk_course_physician_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course")),
        sa.UniqueConstraint("code", name=op.f("uq_course_code")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_course_id_patient_id")),
        sa.UniqueConstraint("patient_id", "number", name=op.f("uq_course_patient_id_number")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_course_patient_id"), "course", ["patient_id"], unique=False)

    op.create_table(
        "deviation",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("grade", sa.String(), nullable=True),
        sa.Column("reported_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "reported_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("duplicate_of_id", sa.BigInteger(), nullable=True),
        sa.Column("reopens_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "grade IN ('minor', 'major', 'critical')", name=op.f("ck_deviation_grade_known")
        ),
        sa.CheckConstraint(
            "kind IN ('deviation', 'out_of_specification')", name=op.f("ck_deviation_kind_known")
        ),
        sa.CheckConstraint(
            "status IN ('reported', 'classified', 'investigating', 'proposed', 'approved', 'checking_effect', 'closed', 'duplicate')",
            name=op.f("ck_deviation_status_known"),
        ),
        sa.CheckConstraint(
            "status IN ('reported', 'duplicate') OR grade IS NOT NULL",
            name=op.f("ck_deviation_classified_has_grade"),
        ),
        sa.ForeignKeyConstraint(
            ["duplicate_of_id"], ["deviation.id"], name=op.f("fk_deviation_duplicate_of_id")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["user_account.id"], name=op.f("fk_deviation_owner_id")
        ),
        sa.ForeignKeyConstraint(
            ["reopens_id"], ["deviation.id"], name=op.f("fk_deviation_reopens_id")
        ),
        sa.ForeignKeyConstraint(
            ["reported_by_id"], ["user_account.id"], name=op.f("fk_deviation_reported_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deviation")),
        sa.UniqueConstraint("code", name=op.f("uq_deviation_code")),
        sqlite_strict=True,
    )
    op.create_table(
        "login_attempt",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column(
            "tried_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint(
            "outcome IN ('accepted', 'wrong', 'locked')",
            name=op.f("ck_login_attempt_outcome_known"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_login_attempt_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_attempt")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_login_attempt_login"), "login_attempt", ["login"], unique=False)

    op.create_table(
        "login_session",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "seen_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False
        ),
        sa.Column(
            "ended_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_login_session_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_session")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_login_session_token_sha256")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_login_session_user_id"), "login_session", ["user_id"], unique=False)

    op.create_table(
        "lot",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("maker_number", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("storage", sa.Text(), nullable=True),
        sa.Column("certificate_seen", sa.Boolean(), nullable=False),
        sa.Column("prepared_by_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "status IN ('received', 'quarantined', 'released', 'in_use', 'expired', 'consumed', 'rejected', 'recalled')",
            name=op.f("ck_lot_status_known"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_lot_quantity_positive")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_lot_item_id")),
        sa.ForeignKeyConstraint(
            ["prepared_by_id"], ["user_account.id"], name=op.f("fk_lot_prepared_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot")),
        sa.UniqueConstraint("code", name=op.f("uq_lot_code")),
        sa.UniqueConstraint(
            "item_id",
            "maker_number",
            "received_on",
            name=op.f("uq_lot_item_id_maker_number_received_on"),
        ),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_lot_item_id"), "lot", ["item_id"], unique=False)

    op.create_table(
        "marker_result",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("marker", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("sampled_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("laboratory", sa.Text(), nullable=True),
        sa.Column("replaces_id", sa.BigInteger(), nullable=True),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "marker IN ('HIV 1/2', 'HBsAg', 'anti-HBc', 'anti-HCV', 'syphilis')",
            name=op.f("ck_marker_result_marker_known"),
        ),
        sa.CheckConstraint(
            "value IN ('nonreactive', 'reactive', 'pending')",
            name=op.f("ck_marker_result_value_known"),
        ),
        sa.CheckConstraint(
            "valid_until >= sampled_on", name=op.f("ck_marker_result_dates_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_marker_result_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["user_account.id"], name=op.f("fk_marker_result_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id", "patient_id"],
            ["marker_result.id", "marker_result.patient_id"],
            name=op.f("fk_marker_result_replaces_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marker_result")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_marker_result_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_marker_result_patient_id"), "marker_result", ["patient_id"], unique=False
    )

    op.create_table(
        "one_time_code",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("code_sha256", sa.String(length=64), nullable=False),
        sa.Column("issued_by_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "issued_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "used_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["issued_by_id"], ["user_account.id"], name=op.f("fk_one_time_code_issued_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_one_time_code_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_code")),
        sa.UniqueConstraint("code_sha256", name=op.f("uq_one_time_code_code_sha256")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_one_time_code_user_id"), "one_time_code", ["user_id"], unique=False)

    op.create_table(
        "patient_document",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('personal_number', 'passport', 'other')",
            name=op.f("ck_patient_document_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_patient_document_patient_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_document")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_patient_document_id_patient_id")),
        sa.UniqueConstraint(
            "kind", "number", "patient_id", name=op.f("uq_patient_document_kind_number_patient_id")
        ),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_patient_document_number"), "patient_document", ["number"], unique=False
    )
    op.create_index(
        op.f("ix_patient_document_patient_id"), "patient_document", ["patient_id"], unique=False
    )

    op.create_table(
        "patient_view",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "seen_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_patient_view_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_patient_view_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_view")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_patient_view_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_patient_view_patient_id"), "patient_view", ["patient_id"], unique=False
    )

    op.create_table(
        "place",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("within_id", sa.BigInteger(), nullable=True),
        sa.Column("equipment_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('site', 'room', 'processing_bench', 'run_station', 'shelf')",
            name=op.f("ck_place_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["equipment_id"], ["equipment.id"], name=op.f("fk_place_equipment_id")
        ),
        sa.ForeignKeyConstraint(["within_id"], ["place.id"], name=op.f("fk_place_within_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        sa.UniqueConstraint("code", name=op.f("uq_place_code")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_place_equipment_id"), "place", ["equipment_id"], unique=False)
    op.create_index(op.f("ix_place_within_id"), "place", ["within_id"], unique=False)

    op.create_table(
        "refusal",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("terminal", sa.Text(), nullable=True),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("subject_code", sa.Text(), nullable=True),
        sa.Column(
            "refused_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_refusal_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refusal")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_refusal_refused_at"), "refusal", ["refused_at"], unique=False)
    op.create_index(op.f("ix_refusal_subject_code"), "refusal", ["subject_code"], unique=False)
    op.create_index(op.f("ix_refusal_user_id"), "refusal", ["user_id"], unique=False)

    op.create_table(
        "signature",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("printed_name", sa.Text(), nullable=False),
        sa.Column("meaning", sa.String(), nullable=False),
        sa.Column(
            "signed_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column("subject_table", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_code", sa.Text(), nullable=False),
        sa.Column("shown_sha256", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "meaning IN ('performed', 'verified', 'approved', 'reviewed', 'released', 'released_conditionally', 'rejected', 'recalled', 'discarded', 'destroyed', 'submitted', 'checked', 'retrieved', 'transferred', 'kept', 'handed_over', 'administered', 'linked', 'overridden', 'invalidated', 'superseded', 'abandoned', 'lifted', 'moved_to_specification')",
            name=op.f("ck_signature_meaning_known"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_signature_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_signature_subject", "signature", ["subject_table", "subject_id"], unique=False
    )
    op.create_index(op.f("ix_signature_user_id"), "signature", ["user_id"], unique=False)

    op.create_table(
        "storage_agreement",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("paid_until", sa.Date(), nullable=True),
        sa.Column("permitted_uses", sa.Text(), nullable=False),
        sa.Column("after_death", sa.String(), nullable=False),
        sa.Column("document_sha256", sa.String(length=64), nullable=True),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "after_death IN ('destroy', 'keep_for_heirs', 'research', 'not_said')",
            name=op.f("ck_storage_agreement_after_death_known"),
        ),
        sa.CheckConstraint(
            "(ended_on IS NULL) = (end_reason IS NULL)",
            name=op.f("ck_storage_agreement_ended_with_reason"),
        ),
        sa.CheckConstraint(
            "paid_until >= starts_on", name=op.f("ck_storage_agreement_paid_from_its_start")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_storage_agreement_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"],
            ["user_account.id"],
            name=op.f("fk_storage_agreement_recorded_by_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_storage_agreement")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_storage_agreement_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_storage_agreement_patient_id"), "storage_agreement", ["patient_id"], unique=False
    )
    op.create_index(
        "ux_storage_agreement_in_force",
        "storage_agreement",
        ["patient_id"],
        unique=True,
        sqlite_where=sa.text("ended_on IS NULL"),
        postgresql_where=sa.text("ended_on IS NULL"),
    )

    op.create_table(
        "storage_cell",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "opened_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column("opened_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "closed_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True
        ),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'closed')", name=op.f("ck_storage_cell_status_known")
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["user_account.id"], name=op.f("fk_storage_cell_opened_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_storage_cell_patient_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_storage_cell")),
        sa.UniqueConstraint("code", name=op.f("uq_storage_cell_code")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_storage_cell_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_storage_cell_patient_id"), "storage_cell", ["patient_id"], unique=False
    )
    op.create_index(
        "ux_storage_cell_open",
        "storage_cell",
        ["patient_id"],
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )

    op.create_table(
        "training",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("step_kind", sa.Text(), nullable=False),
        sa.Column("procedure_id", sa.BigInteger(), nullable=True),
        sa.Column("trained_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("expires_on >= trained_on", name=op.f("ck_training_dates_in_order")),
        sa.ForeignKeyConstraint(
            ["procedure_id"], ["procedure.id"], name=op.f("fk_training_procedure_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["user_account.id"], name=op.f("fk_training_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_training_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_training_user_id"), "training", ["user_id"], unique=False)

    op.create_table(
        "user_role",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("granted_by_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "granted_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "ended_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True
        ),
        sa.CheckConstraint(
            "role IN ('technician', 'production_lead', 'qc_analyst', 'qa_officer', 'cryobank_keeper', 'physician', 'administrator', 'auditor')",
            name=op.f("ck_user_role_role_known"),
        ),
        sa.ForeignKeyConstraint(
            ["granted_by_id"], ["user_account.id"], name=op.f("fk_user_role_granted_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_user_role_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_role")),
        sqlite_strict=True,
    )
    op.create_index(
        "ux_user_role_open",
        "user_role",
        ["user_id", "role"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )

    op.create_table(
        "deviation_decision",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("deviation_id", sa.BigInteger(), nullable=False),
        sa.Column("became", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "decided_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column("signature_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "became IN ('reported', 'classified', 'investigating', 'proposed', 'approved', 'checking_effect', 'closed', 'duplicate')",
            name=op.f("ck_deviation_decision_became_known"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user_account.id"], name=op.f("fk_deviation_decision_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["deviation_id"], ["deviation.id"], name=op.f("fk_deviation_decision_deviation_id")
        ),
        sa.ForeignKeyConstraint(
            ["signature_id"], ["signature.id"], name=op.f("fk_deviation_decision_signature_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deviation_decision")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_deviation_decision_deviation_id"),
        "deviation_decision",
        ["deviation_id"],
        unique=False,
    )

    op.create_table(
        "deviation_supply",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("deviation_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("equipment_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "CASE WHEN lot_id IS NULL THEN 0 ELSE 1 END\n + CASE WHEN equipment_id IS NULL THEN 0 ELSE 1 END = 1",
            name=op.f("ck_deviation_supply_exactly_one_source"),
        ),
        sa.ForeignKeyConstraint(
            ["deviation_id"], ["deviation.id"], name=op.f("fk_deviation_supply_deviation_id")
        ),
        sa.ForeignKeyConstraint(
            ["equipment_id"], ["equipment.id"], name=op.f("fk_deviation_supply_equipment_id")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_deviation_supply_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deviation_supply")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_deviation_supply_deviation_id"), "deviation_supply", ["deviation_id"], unique=False
    )
    op.create_index(
        op.f("ix_deviation_supply_equipment_id"), "deviation_supply", ["equipment_id"], unique=False
    )
    op.create_index(
        op.f("ix_deviation_supply_lot_id"), "deviation_supply", ["lot_id"], unique=False
    )

    op.create_table(
        "lot_ingredient",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("ingredient_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "lot_id <> ingredient_id", name=op.f("ck_lot_ingredient_of_another_lot")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_lot_ingredient_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["ingredient_id"], ["lot.id"], name=op.f("fk_lot_ingredient_ingredient_id")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_lot_ingredient_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_ingredient")),
        sa.UniqueConstraint(
            "lot_id", "ingredient_id", name=op.f("uq_lot_ingredient_lot_id_ingredient_id")
        ),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_lot_ingredient_ingredient_id"), "lot_ingredient", ["ingredient_id"], unique=False
    )

    op.create_table(
        "patient_link",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("closed_id", sa.BigInteger(), nullable=False),
        sa.Column("kept_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("first_signature_id", sa.BigInteger(), nullable=False),
        sa.Column("second_signature_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "linked_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.CheckConstraint("closed_id <> kept_id", name=op.f("ck_patient_link_two_registrations")),
        sa.ForeignKeyConstraint(
            ["closed_id"], ["patient.id"], name=op.f("fk_patient_link_closed_id")
        ),
        sa.ForeignKeyConstraint(
            ["first_signature_id"],
            ["signature.id"],
            name=op.f("fk_patient_link_first_signature_id"),
        ),
        sa.ForeignKeyConstraint(["kept_id"], ["patient.id"], name=op.f("fk_patient_link_kept_id")),
        sa.ForeignKeyConstraint(
            ["second_signature_id"],
            ["signature.id"],
            name=op.f("fk_patient_link_second_signature_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_link")),
        sa.UniqueConstraint("closed_id", name=op.f("uq_patient_link_closed_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_patient_link_kept_id"), "patient_link", ["kept_id"], unique=False)

    op.create_table(
        "pending_signature",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("subject_table", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("first_signature_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column("second_signature_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["first_signature_id"],
            ["signature.id"],
            name=op.f("fk_pending_signature_first_signature_id"),
        ),
        sa.ForeignKeyConstraint(
            ["second_signature_id"],
            ["signature.id"],
            name=op.f("fk_pending_signature_second_signature_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_signature")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_pending_signature_subject",
        "pending_signature",
        ["subject_table", "subject_id"],
        unique=False,
    )

    op.create_table(
        "sample",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("course_id", sa.BigInteger(), nullable=False),
        sa.Column("mass_g", sa.BigInteger(), nullable=True),
        sa.Column(
            "collected_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=True,
        ),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=True,
        ),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "status IN ('ordered', 'collected', 'in_transit', 'received', 'accepted', 'accepted_at_risk', 'quarantined', 'rejected', 'consumed', 'discarded')",
            name=op.f("ck_sample_status_known"),
        ),
        sa.CheckConstraint("mass_g > 0", name=op.f("ck_sample_mass_positive")),
        sa.ForeignKeyConstraint(
            ["course_id", "patient_id"],
            ["course.id", "course.patient_id"],
            name=op.f("fk_sample_course_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_sample_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample")),
        sa.UniqueConstraint("code", name=op.f("uq_sample_code")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_sample_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_sample_course_id"), "sample", ["course_id"], unique=False)
    op.create_index(op.f("ix_sample_patient_id"), "sample", ["patient_id"], unique=False)

    op.create_table(
        "specification_version",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("specification", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("forecast_batches_min", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_sha256", sa.String(length=64), nullable=False),
        sa.Column("approval_signature_id", sa.BigInteger(), nullable=True),
        sa.Column("imported_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "imported_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "status <> 'approved' OR approval_signature_id IS NOT NULL",
            name=op.f("ck_specification_version_approved_is_signed"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'approved', 'retired')",
            name=op.f("ck_specification_version_status_known"),
        ),
        sa.ForeignKeyConstraint(
            ["approval_signature_id"],
            ["signature.id"],
            name=op.f("fk_specification_version_approval_signature_id"),
        ),
        sa.ForeignKeyConstraint(
            ["imported_by_id"],
            ["user_account.id"],
            name=op.f("fk_specification_version_imported_by_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_specification_version")),
        sa.UniqueConstraint(
            "specification", "number", name=op.f("uq_specification_version_specification_number")
        ),
        sqlite_strict=True,
    )
    op.create_index(
        "ux_specification_version_approved",
        "specification_version",
        ["status"],
        unique=True,
        sqlite_where=sa.text("status = 'approved'"),
        postgresql_where=sa.text("status = 'approved'"),
    )

    op.create_table(
        "stock_correction",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("difference", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_stock_correction_lot_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["user_account.id"], name=op.f("fk_stock_correction_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_correction")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_stock_correction_lot_id"), "stock_correction", ["lot_id"], unique=False
    )

    op.create_table(
        "tank",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("equipment_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "retired_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=True,
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("phase IN ('vapour', 'liquid')", name=op.f("ck_tank_phase_known")),
        sa.ForeignKeyConstraint(
            ["equipment_id"], ["equipment.id"], name=op.f("fk_tank_equipment_id")
        ),
        sa.ForeignKeyConstraint(["room_id"], ["place.id"], name=op.f("fk_tank_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tank")),
        sa.UniqueConstraint("code", name=op.f("uq_tank_code")),
        sa.UniqueConstraint("equipment_id", name=op.f("uq_tank_equipment_id")),
        sa.UniqueConstraint("name", name=op.f("uq_tank_name")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_tank_room_id"), "tank", ["room_id"], unique=False)

    op.create_table(
        "transplantation_session",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("course_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("cancelled_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id", "patient_id"],
            ["course.id", "course.patient_id"],
            name=op.f("fk_transplantation_session_course_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_transplantation_session_patient_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transplantation_session")),
        sa.UniqueConstraint("code", name=op.f("uq_transplantation_session_code")),
        sa.UniqueConstraint(
            "course_id", "number", name=op.f("uq_transplantation_session_course_id_number")
        ),
        sa.UniqueConstraint(
            "id", "patient_id", name=op.f("uq_transplantation_session_id_patient_id")
        ),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_transplantation_session_course_id"),
        "transplantation_session",
        ["course_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_transplantation_session_patient_id"),
        "transplantation_session",
        ["patient_id"],
        unique=False,
    )

    op.create_table(
        "batch",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("course_id", sa.BigInteger(), nullable=False),
        sa.Column("specification_version_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "opened_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "closed_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True
        ),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'closed', 'abandoned')", name=op.f("ck_batch_status_known")
        ),
        sa.ForeignKeyConstraint(
            ["course_id", "patient_id"],
            ["course.id", "course.patient_id"],
            name=op.f("fk_batch_course_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_batch_patient_id")),
        sa.ForeignKeyConstraint(
            ["specification_version_id"],
            ["specification_version.id"],
            name=op.f("fk_batch_specification_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        sa.UniqueConstraint("code", name=op.f("uq_batch_code")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_batch_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_batch_course_id"), "batch", ["course_id"], unique=False)
    op.create_index(op.f("ix_batch_patient_id"), "batch", ["patient_id"], unique=False)

    op.create_table(
        "box",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("tank_id", sa.BigInteger(), nullable=False),
        sa.Column("tower", sa.Text(), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("columns", sa.BigInteger(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column(
            "retired_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=True,
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "zone IN ('standard', 'untested', 'reactive')", name=op.f("ck_box_zone_known")
        ),
        sa.CheckConstraint(
            "rows BETWEEN 1 AND 26 AND columns BETWEEN 1 AND 99", name=op.f("ck_box_size")
        ),
        sa.ForeignKeyConstraint(["tank_id"], ["tank.id"], name=op.f("fk_box_tank_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_box")),
        sa.UniqueConstraint("code", name=op.f("uq_box_code")),
        sqlite_strict=True,
    )
    op.create_index(
        "ux_box_standing",
        "box",
        ["tank_id", "tower", "level"],
        unique=True,
        sqlite_where=sa.text("retired_at IS NULL"),
        postgresql_where=sa.text("retired_at IS NULL"),
    )

    op.create_table(
        "contraindication_check",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("course_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=True),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("checked_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "checked_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "occasion IN ('enrolment', 'collection', 'injection')",
            name=op.f("ck_contraindication_check_occasion_known"),
        ),
        sa.ForeignKeyConstraint(
            ["checked_by_id"],
            ["user_account.id"],
            name=op.f("fk_contraindication_check_checked_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["course_id", "patient_id"],
            ["course.id", "course.patient_id"],
            name=op.f("fk_contraindication_check_course_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_contraindication_check_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["session_id", "patient_id"],
            ["transplantation_session.id", "transplantation_session.patient_id"],
            name=op.f("fk_contraindication_check_session_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contraindication_check")),
        sa.UniqueConstraint(
            "id", "patient_id", name=op.f("uq_contraindication_check_id_patient_id")
        ),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_contraindication_check_course_id"),
        "contraindication_check",
        ["course_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_contraindication_check_patient_id"),
        "contraindication_check",
        ["patient_id"],
        unique=False,
    )

    op.create_table(
        "outcome",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("course_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("scale", sa.Text(), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=True),
        sa.Column("finding", sa.Text(), nullable=True),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind <> 'pain' OR score BETWEEN 0 AND 10000", name=op.f("ck_outcome_pain_0_to_10")
        ),
        sa.CheckConstraint(
            "kind = 'mri' OR score IS NOT NULL", name=op.f("ck_outcome_score_where_measured")
        ),
        sa.CheckConstraint(
            "kind IN ('pain', 'function', 'mri')", name=op.f("ck_outcome_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["course_id", "patient_id"],
            ["course.id", "course.patient_id"],
            name=op.f("fk_outcome_course_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_outcome_patient_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["user_account.id"], name=op.f("fk_outcome_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["session_id", "patient_id"],
            ["transplantation_session.id", "transplantation_session.patient_id"],
            name=op.f("fk_outcome_session_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_outcome_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_outcome_course_id"), "outcome", ["course_id"], unique=False)
    op.create_index(op.f("ix_outcome_patient_id"), "outcome", ["patient_id"], unique=False)

    op.create_table(
        "planned_administration",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("joint", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("volume_ml", sa.BigInteger(), nullable=False),
        sa.Column("cells", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "joint IN ('knee', 'hip', 'shoulder', 'ankle', 'elbow', 'wrist', 'other')",
            name=op.f("ck_planned_administration_joint_known"),
        ),
        sa.CheckConstraint(
            "side IN ('left', 'right')", name=op.f("ck_planned_administration_side_known")
        ),
        sa.CheckConstraint("cells > 0", name=op.f("ck_planned_administration_cells_positive")),
        sa.CheckConstraint("volume_ml > 0", name=op.f("ck_planned_administration_volume_positive")),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_planned_administration_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["session_id", "patient_id"],
            ["transplantation_session.id", "transplantation_session.patient_id"],
            name=op.f("fk_planned_administration_session_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_administration")),
        sa.UniqueConstraint(
            "id", "patient_id", name=op.f("uq_planned_administration_id_patient_id")
        ),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_planned_administration_patient_id"),
        "planned_administration",
        ["patient_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_planned_administration_session_id"),
        "planned_administration",
        ["session_id"],
        unique=False,
    )

    op.create_table(
        "specification_limit",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("specification_version_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("to_confirm", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["specification_version_id"],
            ["specification_version.id"],
            name=op.f("fk_specification_limit_specification_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_specification_limit")),
        sa.UniqueConstraint(
            "specification_version_id",
            "name",
            name=op.f("uq_specification_limit_specification_version_id_name"),
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "specification_policy",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("specification_version_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["specification_version_id"],
            ["specification_version.id"],
            name=op.f("fk_specification_policy_specification_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_specification_policy")),
        sa.UniqueConstraint(
            "specification_version_id",
            "position",
            name=op.f("uq_specification_policy_specification_version_id_position"),
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "specification_range",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("specification_version_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=False),
        sa.Column("high", sa.BigInteger(), nullable=False),
        sa.Column("to_confirm", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint("low <= high", name=op.f("ck_specification_range_low_before_high")),
        sa.ForeignKeyConstraint(
            ["specification_version_id"],
            ["specification_version.id"],
            name=op.f("fk_specification_range_specification_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_specification_range")),
        sa.UniqueConstraint(
            "specification_version_id",
            "name",
            name=op.f("uq_specification_range_specification_version_id_name"),
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "specification_test",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("specification_version_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("limit", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("taken_from", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("places", sa.BigInteger(), nullable=False),
        sa.Column("possible", sa.Text(), nullable=False),
        sa.Column("days_to_read", sa.BigInteger(), nullable=True),
        sa.Column("not_by", sa.Text(), nullable=False),
        sa.Column("members", sa.Text(), nullable=False),
        sa.Column("member_names", sa.Text(), nullable=False),
        sa.Column("from_passage", sa.BigInteger(), nullable=True),
        sa.Column("to_passage", sa.BigInteger(), nullable=True),
        sa.Column("spike_recovery_min_pct", sa.BigInteger(), nullable=True),
        sa.Column("spike_recovery_max_pct", sa.BigInteger(), nullable=True),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("conditional_allowed", sa.Boolean(), nullable=False),
        sa.Column("fills", sa.Text(), nullable=False),
        sa.Column("to_confirm", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["specification_version_id"],
            ["specification_version.id"],
            name=op.f("fk_specification_test_specification_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_specification_test")),
        sa.UniqueConstraint(
            "specification_version_id",
            "code",
            name=op.f("uq_specification_test_specification_version_id_code"),
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "storage_reading",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("tank_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "observed_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.Column("temperature_c", sa.BigInteger(), nullable=True),
        sa.Column("level_pct", sa.BigInteger(), nullable=True),
        sa.Column("refilled", sa.Boolean(), nullable=False),
        sa.Column("late_reason", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "level_pct BETWEEN 0 AND 100000", name=op.f("ck_storage_reading_level_possible")
        ),
        sa.CheckConstraint(
            "recorded_at >= observed_at", name=op.f("ck_storage_reading_observed_before_recorded")
        ),
        sa.CheckConstraint(
            "temperature_c IS NOT NULL OR level_pct IS NOT NULL",
            name=op.f("ck_storage_reading_something_read"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["user_account.id"], name=op.f("fk_storage_reading_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(["tank_id"], ["tank.id"], name=op.f("fk_storage_reading_tank_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_storage_reading")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_storage_reading_tank_id"), "storage_reading", ["tank_id"], unique=False
    )

    op.create_table(
        "vial_order",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("course_id", sa.BigInteger(), nullable=True),
        sa.Column("session_id", sa.BigInteger(), nullable=True),
        sa.Column("viable_cells_wanted", sa.BigInteger(), nullable=True),
        sa.Column("vials_wanted", sa.BigInteger(), nullable=False),
        sa.Column("expand", sa.Boolean(), nullable=False),
        sa.Column("needed_on", sa.Date(), nullable=False),
        sa.Column(
            "scheduled_for",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=True,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=True),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("document_sha256", sa.String(length=64), nullable=True),
        sa.Column("drafted_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "drafted_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column("ended_reason", sa.Text(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(scheduled_for IS NOT NULL) OR status <> 'scheduled'",
            name=op.f("ck_vial_order_scheduled"),
        ),
        sa.CheckConstraint(
            "kind <> 'thaw' OR session_id IS NOT NULL",
            name=op.f("ck_vial_order_thaw_for_a_session"),
        ),
        sa.CheckConstraint(
            "kind <> 'transfer' OR destination IS NOT NULL",
            name=op.f("ck_vial_order_transfer_goes_somewhere"),
        ),
        sa.CheckConstraint(
            "kind IN ('thaw', 'transfer', 'test', 'destroy')", name=op.f("ck_vial_order_kind_known")
        ),
        sa.CheckConstraint(
            "kind NOT IN ('transfer', 'destroy') OR document_sha256 IS NOT NULL",
            name=op.f("ck_vial_order_rests_on_a_paper"),
        ),
        sa.CheckConstraint(
            "status IN ('drafted', 'submitted', 'checked', 'approved', 'scheduled', 'fulfilled', 'closed', 'refused', 'cancelled', 'lapsed')",
            name=op.f("ck_vial_order_status_known"),
        ),
        sa.CheckConstraint("viable_cells_wanted > 0", name=op.f("ck_vial_order_cells_positive")),
        sa.CheckConstraint("vials_wanted > 0", name=op.f("ck_vial_order_vials_positive")),
        sa.ForeignKeyConstraint(
            ["course_id", "patient_id"],
            ["course.id", "course.patient_id"],
            name=op.f("fk_vial_order_course_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["drafted_by_id"], ["user_account.id"], name=op.f("fk_vial_order_drafted_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_vial_order_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["session_id", "patient_id"],
            ["transplantation_session.id", "transplantation_session.patient_id"],
            name=op.f("fk_vial_order_session_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vial_order")),
        sa.UniqueConstraint("code", name=op.f("uq_vial_order_code")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_vial_order_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_vial_order_course_id"), "vial_order", ["course_id"], unique=False)
    op.create_index(op.f("ix_vial_order_patient_id"), "vial_order", ["patient_id"], unique=False)
    op.create_index(op.f("ix_vial_order_session_id"), "vial_order", ["session_id"], unique=False)

    op.create_table(
        "ward_observation",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "began_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False
        ),
        sa.Column(
            "ended_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False
        ),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("replaces_id", sa.BigInteger(), nullable=True),
        sa.Column("why_replaced", sa.Text(), nullable=True),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(replaces_id IS NULL) = (why_replaced IS NULL)",
            name=op.f("ck_ward_observation_replaced_with_why"),
        ),
        sa.CheckConstraint(
            "ended_at > began_at", name=op.f("ck_ward_observation_ended_after_it_began")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_ward_observation_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["user_account.id"], name=op.f("fk_ward_observation_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id", "patient_id"],
            ["ward_observation.id", "ward_observation.patient_id"],
            name=op.f("fk_ward_observation_replaces_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["session_id", "patient_id"],
            ["transplantation_session.id", "transplantation_session.patient_id"],
            name=op.f("fk_ward_observation_session_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ward_observation")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_ward_observation_id_patient_id")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_ward_observation_replaces_id")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_ward_observation_patient_id"), "ward_observation", ["patient_id"], unique=False
    )
    op.create_index(
        op.f("ix_ward_observation_session_id"), "ward_observation", ["session_id"], unique=False
    )

    op.create_table(
        "batch_sample",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("sample_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "added_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["batch_id", "patient_id"],
            ["batch.id", "batch.patient_id"],
            name=op.f("fk_batch_sample_batch_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_batch_sample_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["sample_id", "patient_id"],
            ["sample.id", "sample.patient_id"],
            name=op.f("fk_batch_sample_sample_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_sample")),
        sa.UniqueConstraint(
            "batch_id", "sample_id", name=op.f("uq_batch_sample_batch_id_sample_id")
        ),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_batch_sample_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_batch_sample_patient_id"), "batch_sample", ["patient_id"], unique=False
    )
    op.create_index(op.f("ix_batch_sample_sample_id"), "batch_sample", ["sample_id"], unique=False)

    op.create_table(
        "contraindication_finding",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("check_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("override_reason", sa.Text(), nullable=True),
        sa.Column("override_signature_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(override_reason IS NULL) = (override_signature_id IS NULL)",
            name=op.f("ck_contraindication_finding_override_signed"),
        ),
        sa.CheckConstraint(
            "number BETWEEN 1 AND 16", name=op.f("ck_contraindication_finding_number_known")
        ),
        sa.ForeignKeyConstraint(
            ["check_id", "patient_id"],
            ["contraindication_check.id", "contraindication_check.patient_id"],
            name=op.f("fk_contraindication_finding_check_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["override_signature_id"],
            ["signature.id"],
            name=op.f("fk_contraindication_finding_override_signature_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_contraindication_finding_patient_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contraindication_finding")),
        sa.UniqueConstraint(
            "check_id", "number", name=op.f("uq_contraindication_finding_check_id_number")
        ),
        sa.UniqueConstraint(
            "id", "patient_id", name=op.f("uq_contraindication_finding_id_patient_id")
        ),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_contraindication_finding_patient_id"),
        "contraindication_finding",
        ["patient_id"],
        unique=False,
    )

    op.create_table(
        "position",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("box_id", sa.BigInteger(), nullable=False),
        sa.Column("row_number", sa.BigInteger(), nullable=False),
        sa.Column("column_number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "row_number >= 1 AND column_number >= 1", name=op.f("ck_position_counted_from_one")
        ),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_position_box_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_position")),
        sa.UniqueConstraint(
            "box_id",
            "row_number",
            "column_number",
            name=op.f("uq_position_box_id_row_number_column_number"),
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "specification_move",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("from_version_id", sa.BigInteger(), nullable=False),
        sa.Column("to_version_id", sa.BigInteger(), nullable=False),
        sa.Column("differences", sa.Text(), nullable=False),
        sa.Column("signature_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "moved_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["batch_id", "patient_id"],
            ["batch.id", "batch.patient_id"],
            name=op.f("fk_specification_move_batch_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["from_version_id"],
            ["specification_version.id"],
            name=op.f("fk_specification_move_from_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_specification_move_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["signature_id"], ["signature.id"], name=op.f("fk_specification_move_signature_id")
        ),
        sa.ForeignKeyConstraint(
            ["to_version_id"],
            ["specification_version.id"],
            name=op.f("fk_specification_move_to_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_specification_move")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_specification_move_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_specification_move_batch_id"), "specification_move", ["batch_id"], unique=False
    )
    op.create_index(
        op.f("ix_specification_move_patient_id"), "specification_move", ["patient_id"], unique=False
    )

    op.create_table(
        "step",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("sample_id", sa.BigInteger(), nullable=True),
        sa.Column("session_id", sa.BigInteger(), nullable=True),
        sa.Column("station_id", sa.BigInteger(), nullable=True),
        sa.Column("procedure_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column("started_by_id", sa.BigInteger(), nullable=False),
        sa.Column("performed_by_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "performed_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=True,
        ),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=True,
        ),
        sa.Column(
            "confirmed_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=True,
        ),
        sa.Column("verified_by_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "verified_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=True,
        ),
        sa.Column("late_reason", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("terminal", sa.Text(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "batch_id IS NOT NULL OR sample_id IS NOT NULL OR session_id IS NOT NULL OR kind IN ('retrieval', 'transfer', 'destruction')",
            name=op.f("ck_step_of_something"),
        ),
        sa.CheckConstraint(
            "kind IN ('collection', 'dispatch', 'reception', 'isolation', 'seeding', 'feeding', 'moving', 'observation', 'harvest', 'processing', 'counting', 'sampling', 'discard', 'filling', 'freezing', 'retrieval', 'thaw', 'transfer', 'destruction', 'handover', 'receipt', 'return', 'administration')",
            name=op.f("ck_step_kind_known"),
        ),
        sa.CheckConstraint(
            "status IN ('open', 'recorded', 'closed', 'void')", name=op.f("ck_step_status_known")
        ),
        sa.CheckConstraint(
            "status NOT IN ('recorded', 'closed') OR (performed_at IS NOT NULL AND performed_by_id IS NOT NULL AND recorded_at IS NOT NULL)",
            name=op.f("ck_step_performed_when_recorded"),
        ),
        sa.CheckConstraint("performed_by_id <> verified_by_id", name=op.f("ck_step_two_people")),
        sa.ForeignKeyConstraint(
            ["batch_id", "patient_id"],
            ["batch.id", "batch.patient_id"],
            name=op.f("fk_step_batch_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_step_patient_id")),
        sa.ForeignKeyConstraint(
            ["performed_by_id"], ["user_account.id"], name=op.f("fk_step_performed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["procedure_id"], ["procedure.id"], name=op.f("fk_step_procedure_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["user_account.id"], name=op.f("fk_step_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["sample_id", "patient_id"],
            ["sample.id", "sample.patient_id"],
            name=op.f("fk_step_sample_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["session_id", "patient_id"],
            ["transplantation_session.id", "transplantation_session.patient_id"],
            name=op.f("fk_step_session_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["started_by_id"], ["user_account.id"], name=op.f("fk_step_started_by_id")
        ),
        sa.ForeignKeyConstraint(["station_id"], ["place.id"], name=op.f("fk_step_station_id")),
        sa.ForeignKeyConstraint(
            ["verified_by_id"], ["user_account.id"], name=op.f("fk_step_verified_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step")),
        sa.UniqueConstraint("code", name=op.f("uq_step_code")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_step_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_step_batch_id_id", "step", ["batch_id", "id"], unique=False)
    op.create_index(op.f("ix_step_patient_id"), "step", ["patient_id"], unique=False)
    op.create_index(op.f("ix_step_sample_id"), "step", ["sample_id"], unique=False)
    op.create_index(op.f("ix_step_session_id"), "step", ["session_id"], unique=False)

    op.create_table(
        "allocation",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("position_id", sa.BigInteger(), nullable=False),
        sa.Column("cell_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "from_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False
        ),
        sa.Column(
            "to_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("to_at >= from_at", name=op.f("ck_allocation_times_in_order")),
        sa.ForeignKeyConstraint(
            ["cell_id", "patient_id"],
            ["storage_cell.id", "storage_cell.patient_id"],
            name=op.f("fk_allocation_cell_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_allocation_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["position_id"], ["position.id"], name=op.f("fk_allocation_position_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_allocation_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_allocation_cell_id"), "allocation", ["cell_id"], unique=False)
    op.create_index(op.f("ix_allocation_patient_id"), "allocation", ["patient_id"], unique=False)
    op.create_index(op.f("ix_allocation_position_id"), "allocation", ["position_id"], unique=False)
    op.create_index(
        "ux_allocation_open",
        "allocation",
        ["position_id"],
        unique=True,
        sqlite_where=sa.text("to_at IS NULL"),
        postgresql_where=sa.text("to_at IS NULL"),
    )

    op.create_table(
        "collection",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("body_site", sa.Text(), nullable=False),
        sa.Column("surgeon", sa.Text(), nullable=False),
        sa.Column("anaesthesia", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_collection_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_collection_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "destruction",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_destruction_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id", "patient_id"],
            ["vial_order.id", "vial_order.patient_id"],
            name=op.f("fk_destruction_order_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_destruction")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_destruction_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_destruction_order_id"), "destruction", ["order_id"], unique=False)

    op.create_table(
        "discard",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.String(), nullable=True),
        sa.CheckConstraint(
            "why IN ('contamination', 'no_growth', 'excess', 'damage', 'expired', 'ordered')",
            name=op.f("ck_discard_why_known"),
        ),
        sa.ForeignKeyConstraint(
            ["id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_discard_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discard")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_discard_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "dispatch",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("courier", sa.Text(), nullable=False),
        sa.Column("container", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_dispatch_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_dispatch_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "feeding",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("full_change", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_feeding_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeding")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_feeding_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "freezing_point",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("temperature_c", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_freezing_point_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["step_id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_freezing_point_step_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freezing_point")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_freezing_point_id_patient_id")),
        sa.UniqueConstraint("step_id", "minute", name=op.f("uq_freezing_point_step_id_minute")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_freezing_point_patient_id"), "freezing_point", ["patient_id"], unique=False
    )

    op.create_table(
        "identity_check",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("expected", sa.Text(), nullable=False),
        sa.Column("scanned", sa.Text(), nullable=False),
        sa.Column("matched", sa.Boolean(), nullable=False),
        sa.Column("typed", sa.Boolean(), nullable=False),
        sa.Column("cleared_by_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "checked_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["cleared_by_id"], ["user_account.id"], name=op.f("fk_identity_check_cleared_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_identity_check_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["step_id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_identity_check_step_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_check")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_identity_check_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_identity_check_patient_id"), "identity_check", ["patient_id"], unique=False
    )
    op.create_index(op.f("ix_identity_check_step_id"), "identity_check", ["step_id"], unique=False)

    op.create_table(
        "label",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_code", sa.String(length=11), nullable=False),
        sa.Column("copy", sa.BigInteger(), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=True),
        sa.Column("replaces_id", sa.BigInteger(), nullable=True),
        sa.Column("layout", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("volume_ml", sa.BigInteger(), nullable=True),
        sa.Column("viable_cells", sa.BigInteger(), nullable=True),
        sa.Column("reprint_reason", sa.Text(), nullable=True),
        sa.Column("requested_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "requested_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "status IN ('requested', 'sent', 'applied', 'void', 'destroyed')",
            name=op.f("ck_label_status_known"),
        ),
        sa.CheckConstraint(
            "copy = 1 OR reprint_reason IS NOT NULL", name=op.f("ck_label_reprint_has_reason")
        ),
        sa.CheckConstraint("copy >= 1", name=op.f("ck_label_copy_counts_from_one")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_label_patient_id")),
        sa.ForeignKeyConstraint(
            ["replaces_id", "patient_id"],
            ["label.id", "label.patient_id"],
            name=op.f("fk_label_replaces_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["user_account.id"], name=op.f("fk_label_requested_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["step_id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_label_step_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_label_id_patient_id")),
        sa.UniqueConstraint("subject_code", "copy", name=op.f("uq_label_subject_code_copy")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_label_patient_id"), "label", ["patient_id"], unique=False)
    op.create_index(op.f("ix_label_step_id"), "label", ["step_id"], unique=False)

    op.create_table(
        "line_clearance",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("station_id", sa.BigInteger(), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("opened_by_id", sa.BigInteger(), nullable=False),
        sa.Column("open_checked_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "opened_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column("closed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("close_checked_by_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "closed_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "closed_by_id <> close_checked_by_id", name=op.f("ck_line_clearance_closing_two_people")
        ),
        sa.CheckConstraint(
            "opened_by_id <> open_checked_by_id", name=op.f("ck_line_clearance_opening_two_people")
        ),
        sa.ForeignKeyConstraint(
            ["close_checked_by_id"],
            ["user_account.id"],
            name=op.f("fk_line_clearance_close_checked_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["user_account.id"], name=op.f("fk_line_clearance_closed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["open_checked_by_id"],
            ["user_account.id"],
            name=op.f("fk_line_clearance_open_checked_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["user_account.id"], name=op.f("fk_line_clearance_opened_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_line_clearance_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["station_id"], ["place.id"], name=op.f("fk_line_clearance_station_id")
        ),
        sa.ForeignKeyConstraint(
            ["step_id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_line_clearance_step_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_clearance")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_line_clearance_id_patient_id")),
        sa.UniqueConstraint("step_id", name=op.f("uq_line_clearance_step_id")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_line_clearance_patient_id"), "line_clearance", ["patient_id"], unique=False
    )
    op.create_index(
        "ux_line_clearance_open",
        "line_clearance",
        ["station_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )

    op.create_table(
        "moving",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("to_place_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_moving_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(["to_place_id"], ["place.id"], name=op.f("fk_moving_to_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moving")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_moving_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "observation",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_observation_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observation")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_observation_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "planned_container",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("container_code", sa.String(length=11), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("passage", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_planned_container_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["step_id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_planned_container_step_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_container")),
        sa.UniqueConstraint("container_code", name=op.f("uq_planned_container_container_code")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_planned_container_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_planned_container_patient_id"), "planned_container", ["patient_id"], unique=False
    )
    op.create_index(
        op.f("ix_planned_container_step_id"), "planned_container", ["step_id"], unique=False
    )

    op.create_table(
        "reception",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("mass_g", sa.BigInteger(), nullable=False),
        sa.Column("temperature_min_c", sa.BigInteger(), nullable=True),
        sa.Column("temperature_max_c", sa.BigInteger(), nullable=True),
        sa.Column("container_intact", sa.Boolean(), nullable=False),
        sa.Column("appearance", sa.Text(), nullable=True),
        sa.CheckConstraint("mass_g > 0", name=op.f("ck_reception_mass_positive")),
        sa.ForeignKeyConstraint(
            ["id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_reception_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reception")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_reception_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "retrieval",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_retrieval_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id", "patient_id"],
            ["vial_order.id", "vial_order.patient_id"],
            name=op.f("fk_retrieval_order_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retrieval")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_retrieval_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_retrieval_order_id"), "retrieval", ["order_id"], unique=False)

    op.create_table(
        "sampling",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_sampling_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sampling")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_sampling_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "step_equipment",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("equipment_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "scanned_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column("override_reason", sa.Text(), nullable=True),
        sa.Column("override_by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["equipment_id"], ["equipment.id"], name=op.f("fk_step_equipment_equipment_id")
        ),
        sa.ForeignKeyConstraint(
            ["override_by_id"], ["user_account.id"], name=op.f("fk_step_equipment_override_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_step_equipment_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["step_id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_step_equipment_step_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_equipment")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_step_equipment_id_patient_id")),
        sa.UniqueConstraint(
            "step_id", "equipment_id", name=op.f("uq_step_equipment_step_id_equipment_id")
        ),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_step_equipment_equipment_id"), "step_equipment", ["equipment_id"], unique=False
    )
    op.create_index(
        op.f("ix_step_equipment_patient_id"), "step_equipment", ["patient_id"], unique=False
    )

    op.create_table(
        "step_lot",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column(
            "scanned_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column("override_reason", sa.Text(), nullable=True),
        sa.Column("override_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_step_lot_quantity_not_negative")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_step_lot_lot_id")),
        sa.ForeignKeyConstraint(
            ["override_by_id"], ["user_account.id"], name=op.f("fk_step_lot_override_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_step_lot_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["step_id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_step_lot_step_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_lot")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_step_lot_id_patient_id")),
        sa.UniqueConstraint("step_id", "lot_id", name=op.f("uq_step_lot_step_id_lot_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_step_lot_lot_id"), "step_lot", ["lot_id"], unique=False)
    op.create_index(op.f("ix_step_lot_patient_id"), "step_lot", ["patient_id"], unique=False)

    op.create_table(
        "suspension",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("passage", sa.BigInteger(), nullable=True),
        sa.Column("cumulative_doublings", sa.BigInteger(), nullable=True),
        sa.Column("freeze_thaws", sa.BigInteger(), nullable=False),
        sa.Column("volume_ml", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "origin IN ('isolation', 'harvest', 'thaw', 'pool', 'wash', 'concentration')",
            name=op.f("ck_suspension_origin_known"),
        ),
        sa.CheckConstraint(
            "status IN ('made', 'emptied', 'discarded')", name=op.f("ck_suspension_status_known")
        ),
        sa.CheckConstraint(
            "freeze_thaws >= 0", name=op.f("ck_suspension_freeze_thaws_not_negative")
        ),
        sa.CheckConstraint("passage >= -1", name=op.f("ck_suspension_passage_known")),
        sa.CheckConstraint("volume_ml > 0", name=op.f("ck_suspension_volume_positive")),
        sa.ForeignKeyConstraint(
            ["batch_id", "patient_id"],
            ["batch.id", "batch.patient_id"],
            name=op.f("fk_suspension_batch_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_suspension_made_by_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_suspension_patient_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspension")),
        sa.UniqueConstraint("code", name=op.f("uq_suspension_code")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_suspension_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_suspension_batch_id"), "suspension", ["batch_id"], unique=False)
    op.create_index(op.f("ix_suspension_patient_id"), "suspension", ["patient_id"], unique=False)

    op.create_table(
        "transfer",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("courier", sa.Text(), nullable=True),
        sa.Column("temperature_c", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_transfer_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id", "patient_id"],
            ["vial_order.id", "vial_order.patient_id"],
            name=op.f("fk_transfer_order_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_transfer_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_transfer_order_id"), "transfer", ["order_id"], unique=False)

    op.create_table(
        "cell_count",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("suspension_id", sa.BigInteger(), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("live", sa.BigInteger(), nullable=False),
        sa.Column("dead", sa.BigInteger(), nullable=False),
        sa.Column("volume_ml", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("counted_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "counted_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "superseded_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=True,
        ),
        sa.Column("correction_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "method IN ('hemocytometer', 'automated', 'flow')",
            name=op.f("ck_cell_count_method_known"),
        ),
        sa.CheckConstraint(
            "live >= 0 AND dead >= 0", name=op.f("ck_cell_count_cells_not_negative")
        ),
        sa.CheckConstraint("volume_ml > 0", name=op.f("ck_cell_count_volume_positive")),
        sa.ForeignKeyConstraint(
            ["counted_by_id"], ["user_account.id"], name=op.f("fk_cell_count_counted_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_cell_count_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["step_id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_cell_count_step_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["suspension_id", "patient_id"],
            ["suspension.id", "suspension.patient_id"],
            name=op.f("fk_cell_count_suspension_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cell_count")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_cell_count_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_cell_count_patient_id"), "cell_count", ["patient_id"], unique=False)
    op.create_index(
        op.f("ix_cell_count_suspension_id"), "cell_count", ["suspension_id"], unique=False
    )
    op.create_index(
        "ux_cell_count_of_record",
        "cell_count",
        ["suspension_id"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )

    op.create_table(
        "counting",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("suspension_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_counting_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["suspension_id", "patient_id"],
            ["suspension.id", "suspension.patient_id"],
            name=op.f("fk_counting_suspension_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counting")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_counting_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "filling",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("suspension_id", sa.BigInteger(), nullable=True),
        sa.Column("portion_ml", sa.BigInteger(), nullable=True),
        sa.Column("appearance_good", sa.Boolean(), nullable=True),
        sa.Column("containers_intact", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_filling_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["suspension_id", "patient_id"],
            ["suspension.id", "suspension.patient_id"],
            name=op.f("fk_filling_suspension_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filling")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_filling_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "harvest",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("suspension_id", sa.BigInteger(), nullable=True),
        sa.Column("confluence_pct", sa.BigInteger(), nullable=True),
        sa.Column("detachment_min", sa.BigInteger(), nullable=True),
        sa.Column("detachment_c", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "confluence_pct BETWEEN 0 AND 100000", name=op.f("ck_harvest_confluence_a_percentage")
        ),
        sa.ForeignKeyConstraint(
            ["id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_harvest_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["suspension_id", "patient_id"],
            ["suspension.id", "suspension.patient_id"],
            name=op.f("fk_harvest_suspension_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_harvest")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_harvest_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "isolation",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("suspension_id", sa.BigInteger(), nullable=True),
        sa.Column("tissue_used_g", sa.BigInteger(), nullable=True),
        sa.Column("enzyme_pct", sa.BigInteger(), nullable=True),
        sa.Column("digestion_min", sa.BigInteger(), nullable=True),
        sa.Column("digestion_c", sa.BigInteger(), nullable=True),
        sa.Column("spin_g", sa.BigInteger(), nullable=True),
        sa.Column("spin_min", sa.BigInteger(), nullable=True),
        sa.Column("washes", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("digestion_min > 0", name=op.f("ck_isolation_digestion_positive")),
        sa.CheckConstraint("enzyme_pct > 0", name=op.f("ck_isolation_enzyme_positive")),
        sa.ForeignKeyConstraint(
            ["id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_isolation_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["suspension_id", "patient_id"],
            ["suspension.id", "suspension.patient_id"],
            name=op.f("fk_isolation_suspension_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_isolation")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_isolation_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "processing",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("suspension_id", sa.BigInteger(), nullable=True),
        sa.Column("spin_g", sa.BigInteger(), nullable=True),
        sa.Column("spin_min", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_processing_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["suspension_id", "patient_id"],
            ["suspension.id", "suspension.patient_id"],
            name=op.f("fk_processing_suspension_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processing")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_processing_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "seeding",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("suspension_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_seeding_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["suspension_id", "patient_id"],
            ["suspension.id", "suspension.patient_id"],
            name=op.f("fk_seeding_suspension_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seeding")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_seeding_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "thaw",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("suspension_id", sa.BigInteger(), nullable=True),
        sa.Column("bath_temperature_c", sa.BigInteger(), nullable=True),
        sa.Column("aborted_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["id", "patient_id"], ["step.id", "step.patient_id"], name=op.f("fk_thaw_id_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["order_id", "patient_id"],
            ["vial_order.id", "vial_order.patient_id"],
            name=op.f("fk_thaw_order_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["suspension_id", "patient_id"],
            ["suspension.id", "suspension.patient_id"],
            name=op.f("fk_thaw_suspension_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thaw")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_thaw_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_thaw_order_id"), "thaw", ["order_id"], unique=False)

    op.create_table(
        "withdrawal",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("suspension_id", sa.BigInteger(), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("volume_ml", sa.BigInteger(), nullable=False),
        sa.Column("viable_cells", sa.BigInteger(), nullable=True),
        sa.Column("into_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "purpose IN ('seeding', 'processing', 'filling', 'sampling', 'retention', 'waste')",
            name=op.f("ck_withdrawal_purpose_known"),
        ),
        sa.CheckConstraint("into_id <> suspension_id", name=op.f("ck_withdrawal_into_another")),
        sa.CheckConstraint("volume_ml > 0", name=op.f("ck_withdrawal_volume_positive")),
        sa.ForeignKeyConstraint(
            ["into_id", "patient_id"],
            ["suspension.id", "suspension.patient_id"],
            name=op.f("fk_withdrawal_into_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_withdrawal_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["step_id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_withdrawal_step_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["suspension_id", "patient_id"],
            ["suspension.id", "suspension.patient_id"],
            name=op.f("fk_withdrawal_suspension_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawal")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_withdrawal_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_withdrawal_into_id"), "withdrawal", ["into_id"], unique=False)
    op.create_index(op.f("ix_withdrawal_patient_id"), "withdrawal", ["patient_id"], unique=False)
    op.create_index(op.f("ix_withdrawal_step_id"), "withdrawal", ["step_id"], unique=False)
    op.create_index(
        op.f("ix_withdrawal_suspension_id"), "withdrawal", ["suspension_id"], unique=False
    )

    op.create_table(
        "fill",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("withdrawal_id", sa.BigInteger(), nullable=False),
        sa.Column("passage", sa.BigInteger(), nullable=True),
        sa.Column("vehicle", sa.Text(), nullable=False),
        sa.Column("vehicle_lot_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "filled_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=True,
        ),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('doses', 'vials')", name=op.f("ck_fill_kind_known")),
        sa.CheckConstraint(
            "status IN ('filled', 'quarantined', 'production_reviewed', 'conditional', 'released', 'rejected', 'recalled', 'destroyed')",
            name=op.f("ck_fill_status_known"),
        ),
        sa.CheckConstraint("expires_at > filled_at", name=op.f("ck_fill_expires_after_filling")),
        sa.CheckConstraint("passage >= 0", name=op.f("ck_fill_passage_not_negative")),
        sa.ForeignKeyConstraint(
            ["batch_id", "patient_id"],
            ["batch.id", "batch.patient_id"],
            name=op.f("fk_fill_batch_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_fill_made_by_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_fill_patient_id")),
        sa.ForeignKeyConstraint(
            ["vehicle_lot_id"], ["lot.id"], name=op.f("fk_fill_vehicle_lot_id")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawal_id", "patient_id"],
            ["withdrawal.id", "withdrawal.patient_id"],
            name=op.f("fk_fill_withdrawal_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fill")),
        sa.UniqueConstraint("code", name=op.f("uq_fill_code")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_fill_id_patient_id")),
        sa.UniqueConstraint("withdrawal_id", name=op.f("uq_fill_withdrawal_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_fill_batch_id"), "fill", ["batch_id"], unique=False)
    op.create_index(op.f("ix_fill_patient_id"), "fill", ["patient_id"], unique=False)
    op.create_index(op.f("ix_fill_vehicle_lot_id"), "fill", ["vehicle_lot_id"], unique=False)

    op.create_table(
        "vessel",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("withdrawal_id", sa.BigInteger(), nullable=False),
        sa.Column("vessel_type", sa.Text(), nullable=False),
        sa.Column("growth_area_cm2", sa.BigInteger(), nullable=False),
        sa.Column("passage", sa.BigInteger(), nullable=True),
        sa.Column("seeded_cells", sa.BigInteger(), nullable=True),
        sa.Column(
            "seeded_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column("harvested_into_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(status = 'harvested') = (harvested_into_id IS NOT NULL)",
            name=op.f("ck_vessel_harvested_into"),
        ),
        sa.CheckConstraint(
            "status IN ('seeded', 'culturing', 'harvested', 'contaminated', 'discarded', 'terminated')",
            name=op.f("ck_vessel_status_known"),
        ),
        sa.CheckConstraint("growth_area_cm2 > 0", name=op.f("ck_vessel_growth_area_positive")),
        sa.CheckConstraint("passage >= 0", name=op.f("ck_vessel_passage_not_negative")),
        sa.ForeignKeyConstraint(
            ["batch_id", "patient_id"],
            ["batch.id", "batch.patient_id"],
            name=op.f("fk_vessel_batch_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["harvested_into_id", "patient_id"],
            ["suspension.id", "suspension.patient_id"],
            name=op.f("fk_vessel_harvested_into_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_vessel_patient_id")),
        sa.ForeignKeyConstraint(
            ["withdrawal_id", "patient_id"],
            ["withdrawal.id", "withdrawal.patient_id"],
            name=op.f("fk_vessel_withdrawal_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vessel")),
        sa.UniqueConstraint("code", name=op.f("uq_vessel_code")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_vessel_id_patient_id")),
        sa.UniqueConstraint("withdrawal_id", name=op.f("uq_vessel_withdrawal_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_vessel_batch_id"), "vessel", ["batch_id"], unique=False)
    op.create_index(
        op.f("ix_vessel_harvested_into_id"), "vessel", ["harvested_into_id"], unique=False
    )
    op.create_index(op.f("ix_vessel_patient_id"), "vessel", ["patient_id"], unique=False)

    op.create_table(
        "disposition",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("fill_id", sa.BigInteger(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("told", sa.Text(), nullable=True),
        sa.Column("exceptions", sa.Text(), nullable=False),
        sa.Column("signature_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "decided_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "decision IN ('reviewed', 'change_asked', 'conditional', 'released', 'rejected', 'recalled')",
            name=op.f("ck_disposition_decision_known"),
        ),
        sa.ForeignKeyConstraint(
            ["fill_id", "patient_id"],
            ["fill.id", "fill.patient_id"],
            name=op.f("fk_disposition_fill_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_disposition_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["signature_id"], ["signature.id"], name=op.f("fk_disposition_signature_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposition")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_disposition_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_disposition_fill_id"), "disposition", ["fill_id"], unique=False)
    op.create_index(op.f("ix_disposition_patient_id"), "disposition", ["patient_id"], unique=False)

    op.create_table(
        "dose",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("fill_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("planned_administration_id", sa.BigInteger(), nullable=True),
        sa.Column("volume_ml", sa.BigInteger(), nullable=False),
        sa.Column("viable_cells", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "status IN ('labelled', 'quarantined', 'available', 'issued', 'received', 'administered', 'expired', 'returned', 'discarded')",
            name=op.f("ck_dose_status_known"),
        ),
        sa.CheckConstraint("viable_cells >= 0", name=op.f("ck_dose_cells_not_negative")),
        sa.CheckConstraint("volume_ml > 0", name=op.f("ck_dose_volume_positive")),
        sa.ForeignKeyConstraint(
            ["fill_id", "patient_id"],
            ["fill.id", "fill.patient_id"],
            name=op.f("fk_dose_fill_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_dose_patient_id")),
        sa.ForeignKeyConstraint(
            ["planned_administration_id", "patient_id"],
            ["planned_administration.id", "planned_administration.patient_id"],
            name=op.f("fk_dose_planned_administration_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["session_id", "patient_id"],
            ["transplantation_session.id", "transplantation_session.patient_id"],
            name=op.f("fk_dose_session_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dose")),
        sa.UniqueConstraint("code", name=op.f("uq_dose_code")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_dose_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_dose_fill_id"), "dose", ["fill_id"], unique=False)
    op.create_index(op.f("ix_dose_patient_id"), "dose", ["patient_id"], unique=False)
    op.create_index(op.f("ix_dose_session_id"), "dose", ["session_id"], unique=False)

    op.create_table(
        "freezing",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("fill_id", sa.BigInteger(), nullable=False),
        sa.Column("cryoprotectant", sa.Text(), nullable=True),
        sa.Column("cryoprotectant_pct", sa.BigInteger(), nullable=True),
        sa.Column(
            "cryoprotectant_added_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=True,
        ),
        sa.Column("program", sa.Text(), nullable=True),
        sa.Column(
            "program_started_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=True,
        ),
        sa.Column(
            "program_ended_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=True,
        ),
        sa.Column("end_temperature_c", sa.BigInteger(), nullable=True),
        sa.Column("as_programmed", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "cryoprotectant_pct > 0", name=op.f("ck_freezing_cryoprotectant_positive")
        ),
        sa.CheckConstraint(
            "program_ended_at >= program_started_at", name=op.f("ck_freezing_times_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["fill_id", "patient_id"],
            ["fill.id", "fill.patient_id"],
            name=op.f("fk_freezing_fill_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_freezing_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freezing")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_freezing_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_freezing_fill_id"), "freezing", ["fill_id"], unique=False)

    op.create_table(
        "record",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("fill_id", sa.BigInteger(), nullable=True),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("edition", sa.BigInteger(), nullable=False),
        sa.Column("values_sha256", sa.String(length=64), nullable=False),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=False),
        sa.Column("audit_seq", sa.BigInteger(), nullable=False),
        sa.Column("audit_hash", sa.String(length=64), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "made_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint(
            "kind IN ('step_record', 'batch_record', 'certificate_of_analysis', 'release_certificate', 'pick_list')",
            name=op.f("ck_record_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id", "patient_id"],
            ["batch.id", "batch.patient_id"],
            name=op.f("fk_record_batch_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["fill_id", "patient_id"],
            ["fill.id", "fill.patient_id"],
            name=op.f("fk_record_fill_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_record_made_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["order_id", "patient_id"],
            ["vial_order.id", "vial_order.patient_id"],
            name=op.f("fk_record_order_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_record_patient_id")),
        sa.ForeignKeyConstraint(
            ["step_id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_record_step_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record")),
        sa.UniqueConstraint(
            "batch_id",
            "kind",
            "language",
            "edition",
            name=op.f("uq_record_batch_id_kind_language_edition"),
        ),
        sa.UniqueConstraint("code", name=op.f("uq_record_code")),
        sa.UniqueConstraint(
            "fill_id",
            "kind",
            "language",
            "edition",
            name=op.f("uq_record_fill_id_kind_language_edition"),
        ),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_record_id_patient_id")),
        sa.UniqueConstraint(
            "order_id",
            "kind",
            "language",
            "edition",
            name=op.f("uq_record_order_id_kind_language_edition"),
        ),
        sa.UniqueConstraint(
            "step_id",
            "kind",
            "language",
            "edition",
            name=op.f("uq_record_step_id_kind_language_edition"),
        ),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_record_batch_id"), "record", ["batch_id"], unique=False)
    op.create_index(op.f("ix_record_fill_id"), "record", ["fill_id"], unique=False)
    op.create_index(op.f("ix_record_order_id"), "record", ["order_id"], unique=False)
    op.create_index(op.f("ix_record_patient_id"), "record", ["patient_id"], unique=False)
    op.create_index(op.f("ix_record_step_id"), "record", ["step_id"], unique=False)
    op.create_index("ix_record_values", "record", ["values_sha256"], unique=False)

    op.create_table(
        "step_photo",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("vessel_id", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column(
            "added_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_step_photo_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["step_id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_step_photo_step_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vessel_id", "patient_id"],
            ["vessel.id", "vessel.patient_id"],
            name=op.f("fk_step_photo_vessel_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_photo")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_step_photo_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_step_photo_patient_id"), "step_photo", ["patient_id"], unique=False)
    op.create_index(op.f("ix_step_photo_step_id"), "step_photo", ["step_id"], unique=False)

    op.create_table(
        "step_vessel",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("vessel_id", sa.BigInteger(), nullable=False),
        sa.Column("medium_ml", sa.BigInteger(), nullable=True),
        sa.Column("confluence_pct", sa.BigInteger(), nullable=True),
        sa.Column("appearance", sa.Text(), nullable=True),
        sa.Column("contamination_seen", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "confluence_pct BETWEEN 0 AND 100000",
            name=op.f("ck_step_vessel_confluence_a_percentage"),
        ),
        sa.CheckConstraint("medium_ml > 0", name=op.f("ck_step_vessel_medium_positive")),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_step_vessel_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["step_id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_step_vessel_step_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vessel_id", "patient_id"],
            ["vessel.id", "vessel.patient_id"],
            name=op.f("fk_step_vessel_vessel_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_vessel")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_step_vessel_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_step_vessel_patient_id"), "step_vessel", ["patient_id"], unique=False)
    op.create_index(op.f("ix_step_vessel_vessel_id"), "step_vessel", ["vessel_id"], unique=False)
    op.create_index("ux_step_vessel", "step_vessel", ["step_id", "vessel_id"], unique=True)

    op.create_table(
        "vessel_standing",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("vessel_id", sa.BigInteger(), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "stood_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False
        ),
        sa.Column(
            "left_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_vessel_standing_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["place.id"], name=op.f("fk_vessel_standing_place_id")
        ),
        sa.ForeignKeyConstraint(
            ["step_id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_vessel_standing_step_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vessel_id", "patient_id"],
            ["vessel.id", "vessel.patient_id"],
            name=op.f("fk_vessel_standing_vessel_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vessel_standing")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_vessel_standing_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_vessel_standing_patient_id"), "vessel_standing", ["patient_id"], unique=False
    )
    op.create_index(
        op.f("ix_vessel_standing_place_id"), "vessel_standing", ["place_id"], unique=False
    )
    op.create_index(
        op.f("ix_vessel_standing_vessel_id"), "vessel_standing", ["vessel_id"], unique=False
    )
    op.create_index(
        "ux_vessel_standing_open",
        "vessel_standing",
        ["vessel_id"],
        unique=True,
        sqlite_where=sa.text("left_at IS NULL"),
        postgresql_where=sa.text("left_at IS NULL"),
    )

    op.create_table(
        "vial",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("fill_id", sa.BigInteger(), nullable=False),
        sa.Column("volume_ml", sa.BigInteger(), nullable=False),
        sa.Column("viable_cells", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "status IN ('labelled', 'freezing', 'stored', 'reserved', 'retrieved', 'thawed', 'used', 'compromised', 'transferred', 'discarded', 'void')",
            name=op.f("ck_vial_status_known"),
        ),
        sa.CheckConstraint("viable_cells >= 0", name=op.f("ck_vial_cells_not_negative")),
        sa.CheckConstraint("volume_ml > 0", name=op.f("ck_vial_volume_positive")),
        sa.ForeignKeyConstraint(
            ["fill_id", "patient_id"],
            ["fill.id", "fill.patient_id"],
            name=op.f("fk_vial_fill_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_vial_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vial")),
        sa.UniqueConstraint("code", name=op.f("uq_vial_code")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_vial_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_vial_fill_id"), "vial", ["fill_id"], unique=False)
    op.create_index(op.f("ix_vial_patient_id"), "vial", ["patient_id"], unique=False)

    op.create_table(
        "administration",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("dose_id", sa.BigInteger(), nullable=False),
        sa.Column("joint", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("volume_ml", sa.BigInteger(), nullable=False),
        sa.Column("injected_by", sa.Text(), nullable=False),
        sa.Column("guidance", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "joint IN ('knee', 'hip', 'shoulder', 'ankle', 'elbow', 'wrist', 'other')",
            name=op.f("ck_administration_joint_known"),
        ),
        sa.CheckConstraint("side IN ('left', 'right')", name=op.f("ck_administration_side_known")),
        sa.CheckConstraint("volume_ml > 0", name=op.f("ck_administration_volume_positive")),
        sa.ForeignKeyConstraint(
            ["dose_id", "patient_id"],
            ["dose.id", "dose.patient_id"],
            name=op.f("fk_administration_dose_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_administration_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_administration")),
        sa.UniqueConstraint("dose_id", name=op.f("uq_administration_dose_id")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_administration_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "adverse_event",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("course_id", sa.BigInteger(), nullable=False),
        sa.Column("dose_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "began_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False
        ),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("related", sa.Boolean(), nullable=True),
        sa.Column("reported_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "reported_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "severity IN ('mild', 'moderate', 'severe', 'life_threatening', 'fatal')",
            name=op.f("ck_adverse_event_severity_known"),
        ),
        sa.ForeignKeyConstraint(
            ["course_id", "patient_id"],
            ["course.id", "course.patient_id"],
            name=op.f("fk_adverse_event_course_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["dose_id", "patient_id"],
            ["dose.id", "dose.patient_id"],
            name=op.f("fk_adverse_event_dose_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_adverse_event_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["reported_by_id"], ["user_account.id"], name=op.f("fk_adverse_event_reported_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adverse_event")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_adverse_event_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_adverse_event_course_id"), "adverse_event", ["course_id"], unique=False
    )
    op.create_index(
        op.f("ix_adverse_event_patient_id"), "adverse_event", ["patient_id"], unique=False
    )

    op.create_table(
        "aliquot",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("sample_id", sa.BigInteger(), nullable=True),
        sa.Column("vessel_id", sa.BigInteger(), nullable=True),
        sa.Column("withdrawal_id", sa.BigInteger(), nullable=True),
        sa.Column("dose_id", sa.BigInteger(), nullable=True),
        sa.Column("vial_id", sa.BigInteger(), nullable=True),
        sa.Column("use", sa.String(), nullable=False),
        sa.Column("volume_ml", sa.BigInteger(), nullable=True),
        sa.Column(
            "taken_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("use IN ('testing', 'retention')", name=op.f("ck_aliquot_use_known")),
        sa.CheckConstraint(
            "CASE WHEN sample_id IS NULL THEN 0 ELSE 1 END\n + CASE WHEN vessel_id IS NULL THEN 0 ELSE 1 END\n + CASE WHEN withdrawal_id IS NULL THEN 0 ELSE 1 END\n + CASE WHEN dose_id IS NULL THEN 0 ELSE 1 END\n + CASE WHEN vial_id IS NULL THEN 0 ELSE 1 END = 1",
            name=op.f("ck_aliquot_exactly_one_source"),
        ),
        sa.CheckConstraint("volume_ml > 0", name=op.f("ck_aliquot_volume_positive")),
        sa.CheckConstraint(
            "volume_ml IS NOT NULL OR dose_id IS NULL AND vial_id IS NULL",
            name=op.f("ck_aliquot_volume_out_of_what_was_filled"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id", "patient_id"],
            ["batch.id", "batch.patient_id"],
            name=op.f("fk_aliquot_batch_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["dose_id", "patient_id"],
            ["dose.id", "dose.patient_id"],
            name=op.f("fk_aliquot_dose_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_aliquot_patient_id")),
        sa.ForeignKeyConstraint(
            ["sample_id", "patient_id"],
            ["sample.id", "sample.patient_id"],
            name=op.f("fk_aliquot_sample_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["step_id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_aliquot_step_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vessel_id", "patient_id"],
            ["vessel.id", "vessel.patient_id"],
            name=op.f("fk_aliquot_vessel_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vial_id", "patient_id"],
            ["vial.id", "vial.patient_id"],
            name=op.f("fk_aliquot_vial_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["withdrawal_id", "patient_id"],
            ["withdrawal.id", "withdrawal.patient_id"],
            name=op.f("fk_aliquot_withdrawal_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aliquot")),
        sa.UniqueConstraint("code", name=op.f("uq_aliquot_code")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_aliquot_id_patient_id")),
        sa.UniqueConstraint("withdrawal_id", name=op.f("uq_aliquot_withdrawal_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_aliquot_batch_id"), "aliquot", ["batch_id"], unique=False)
    op.create_index(op.f("ix_aliquot_patient_id"), "aliquot", ["patient_id"], unique=False)

    op.create_table(
        "batch_vial",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("vial_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "added_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["batch_id", "patient_id"],
            ["batch.id", "batch.patient_id"],
            name=op.f("fk_batch_vial_batch_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_batch_vial_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["vial_id", "patient_id"],
            ["vial.id", "vial.patient_id"],
            name=op.f("fk_batch_vial_vial_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_vial")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_batch_vial_id_patient_id")),
        sa.UniqueConstraint("vial_id", name=op.f("uq_batch_vial_vial_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_batch_vial_batch_id"), "batch_vial", ["batch_id"], unique=False)
    op.create_index(op.f("ix_batch_vial_patient_id"), "batch_vial", ["patient_id"], unique=False)

    op.create_table(
        "frozen_vial",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("vial_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "scanned_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_frozen_vial_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["step_id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_frozen_vial_step_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vial_id", "patient_id"],
            ["vial.id", "vial.patient_id"],
            name=op.f("fk_frozen_vial_vial_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frozen_vial")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_frozen_vial_id_patient_id")),
        sa.UniqueConstraint("vial_id", name=op.f("uq_frozen_vial_vial_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_frozen_vial_patient_id"), "frozen_vial", ["patient_id"], unique=False)
    op.create_index(op.f("ix_frozen_vial_step_id"), "frozen_vial", ["step_id"], unique=False)

    op.create_table(
        "handover",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("dose_id", sa.BigInteger(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("transport_box", sa.Text(), nullable=True),
        sa.Column("temperature_c", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["dose_id", "patient_id"],
            ["dose.id", "dose.patient_id"],
            name=op.f("fk_handover_dose_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_handover_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_handover_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_handover_dose_id"), "handover", ["dose_id"], unique=False)

    op.create_table(
        "hold",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("vessel_id", sa.BigInteger(), nullable=True),
        sa.Column("suspension_id", sa.BigInteger(), nullable=True),
        sa.Column("vial_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("deviation_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "began_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False
        ),
        sa.Column("began_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "ended_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True
        ),
        sa.Column("lifting_signature_id", sa.BigInteger(), nullable=True),
        sa.Column("lifting_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('hold', 'quarantine')", name=op.f("ck_hold_kind_known")),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (lifting_signature_id IS NULL)",
            name=op.f("ck_hold_lifted_by_signature"),
        ),
        sa.CheckConstraint(
            "CASE WHEN batch_id IS NULL THEN 0 ELSE 1 END\n + CASE WHEN vessel_id IS NULL THEN 0 ELSE 1 END\n + CASE WHEN suspension_id IS NULL THEN 0 ELSE 1 END\n + CASE WHEN vial_id IS NULL THEN 0 ELSE 1 END = 1",
            name=op.f("ck_hold_exactly_one_source"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id", "patient_id"],
            ["batch.id", "batch.patient_id"],
            name=op.f("fk_hold_batch_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["began_by_id"], ["user_account.id"], name=op.f("fk_hold_began_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["deviation_id"], ["deviation.id"], name=op.f("fk_hold_deviation_id")
        ),
        sa.ForeignKeyConstraint(
            ["lifting_signature_id"], ["signature.id"], name=op.f("fk_hold_lifting_signature_id")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_hold_patient_id")),
        sa.ForeignKeyConstraint(
            ["suspension_id", "patient_id"],
            ["suspension.id", "suspension.patient_id"],
            name=op.f("fk_hold_suspension_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vessel_id", "patient_id"],
            ["vessel.id", "vessel.patient_id"],
            name=op.f("fk_hold_vessel_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vial_id", "patient_id"],
            ["vial.id", "vial.patient_id"],
            name=op.f("fk_hold_vial_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_hold_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_hold_batch_id"), "hold", ["batch_id"], unique=False)
    op.create_index(op.f("ix_hold_deviation_id"), "hold", ["deviation_id"], unique=False)
    op.create_index(op.f("ix_hold_patient_id"), "hold", ["patient_id"], unique=False)
    op.create_index(op.f("ix_hold_suspension_id"), "hold", ["suspension_id"], unique=False)
    op.create_index(op.f("ix_hold_vessel_id"), "hold", ["vessel_id"], unique=False)
    op.create_index(op.f("ix_hold_vial_id"), "hold", ["vial_id"], unique=False)

    op.create_table(
        "placement",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("vial_id", sa.BigInteger(), nullable=False),
        sa.Column("allocation_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "placed_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column("placed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("seconds_out", sa.BigInteger(), nullable=True),
        sa.Column("late_reason", sa.Text(), nullable=True),
        sa.Column(
            "removed_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=True,
        ),
        sa.Column("removed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("removal", sa.String(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "removal IN ('moved', 'retrieved', 'discarded', 'transferred', 'missing')",
            name=op.f("ck_placement_removal_known"),
        ),
        sa.CheckConstraint(
            "(removed_at IS NULL) = (removal IS NULL)", name=op.f("ck_placement_removed_with_cause")
        ),
        sa.CheckConstraint("removed_at >= placed_at", name=op.f("ck_placement_times_in_order")),
        sa.CheckConstraint("seconds_out >= 0", name=op.f("ck_placement_seconds_not_negative")),
        sa.ForeignKeyConstraint(
            ["allocation_id", "patient_id"],
            ["allocation.id", "allocation.patient_id"],
            name=op.f("fk_placement_allocation_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_placement_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["placed_by_id"], ["user_account.id"], name=op.f("fk_placement_placed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["removed_by_id"], ["user_account.id"], name=op.f("fk_placement_removed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["vial_id", "patient_id"],
            ["vial.id", "vial.patient_id"],
            name=op.f("fk_placement_vial_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_placement_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_placement_allocation_id"), "placement", ["allocation_id"], unique=False
    )
    op.create_index(op.f("ix_placement_patient_id"), "placement", ["patient_id"], unique=False)
    op.create_index(op.f("ix_placement_vial_id"), "placement", ["vial_id"], unique=False)
    op.create_index(
        "ux_placement_open_allocation_id",
        "placement",
        ["allocation_id"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_index(
        "ux_placement_open_vial_id",
        "placement",
        ["vial_id"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )

    op.create_table(
        "receipt",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("dose_id", sa.BigInteger(), nullable=False),
        sa.Column("temperature_c", sa.BigInteger(), nullable=True),
        sa.Column("intact", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dose_id", "patient_id"],
            ["dose.id", "dose.patient_id"],
            name=op.f("fk_receipt_dose_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_receipt_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_receipt_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_receipt_dose_id"), "receipt", ["dose_id"], unique=False)

    op.create_table(
        "record_copy",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("copy", sa.BigInteger(), nullable=False),
        sa.Column("served_to_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "served_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_record_copy_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["record_id", "patient_id"],
            ["record.id", "record.patient_id"],
            name=op.f("fk_record_copy_record_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["served_to_id"], ["user_account.id"], name=op.f("fk_record_copy_served_to_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_copy")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_record_copy_id_patient_id")),
        sa.UniqueConstraint("record_id", "copy", name=op.f("uq_record_copy_record_id_copy")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_record_copy_patient_id"), "record_copy", ["patient_id"], unique=False)

    op.create_table(
        "reservation",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("vial_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "reserved_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column("reserved_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "ended_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id", "patient_id"],
            ["vial_order.id", "vial_order.patient_id"],
            name=op.f("fk_reservation_order_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_reservation_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["reserved_by_id"], ["user_account.id"], name=op.f("fk_reservation_reserved_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["vial_id", "patient_id"],
            ["vial.id", "vial.patient_id"],
            name=op.f("fk_reservation_vial_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservation")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_reservation_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_reservation_order_id"), "reservation", ["order_id"], unique=False)
    op.create_index(op.f("ix_reservation_patient_id"), "reservation", ["patient_id"], unique=False)
    op.create_index(op.f("ix_reservation_vial_id"), "reservation", ["vial_id"], unique=False)
    op.create_index(
        "ux_reservation_open",
        "reservation",
        ["vial_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )

    op.create_table(
        "retrieved_vial",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("vial_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "out_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False
        ),
        sa.Column("taken_by_id", sa.BigInteger(), nullable=False),
        sa.Column("witnessed_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "back_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("back_at >= out_at", name=op.f("ck_retrieved_vial_times_in_order")),
        sa.CheckConstraint(
            "taken_by_id <> witnessed_by_id", name=op.f("ck_retrieved_vial_two_people")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_retrieved_vial_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["step_id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_retrieved_vial_step_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["taken_by_id"], ["user_account.id"], name=op.f("fk_retrieved_vial_taken_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["vial_id", "patient_id"],
            ["vial.id", "vial.patient_id"],
            name=op.f("fk_retrieved_vial_vial_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["witnessed_by_id"], ["user_account.id"], name=op.f("fk_retrieved_vial_witnessed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retrieved_vial")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_retrieved_vial_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_retrieved_vial_patient_id"), "retrieved_vial", ["patient_id"], unique=False
    )
    op.create_index(op.f("ix_retrieved_vial_step_id"), "retrieved_vial", ["step_id"], unique=False)
    op.create_index(op.f("ix_retrieved_vial_vial_id"), "retrieved_vial", ["vial_id"], unique=False)
    op.create_index(
        "ux_retrieved_vial_out",
        "retrieved_vial",
        ["vial_id"],
        unique=True,
        sqlite_where=sa.text("back_at IS NULL"),
        postgresql_where=sa.text("back_at IS NULL"),
    )

    op.create_table(
        "return",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("dose_id", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dose_id", "patient_id"],
            ["dose.id", "dose.patient_id"],
            name=op.f("fk_return_dose_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_return_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_return_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_return_dose_id"), "return", ["dose_id"], unique=False)

    op.create_table(
        "thawed_vial",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("vial_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "thawed_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column("seconds_warming", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("seconds_warming > 0", name=op.f("ck_thawed_vial_seconds_positive")),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_thawed_vial_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["step_id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_thawed_vial_step_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vial_id", "patient_id"],
            ["vial.id", "vial.patient_id"],
            name=op.f("fk_thawed_vial_vial_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thawed_vial")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_thawed_vial_id_patient_id")),
        sa.UniqueConstraint("vial_id", name=op.f("uq_thawed_vial_vial_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_thawed_vial_patient_id"), "thawed_vial", ["patient_id"], unique=False)
    op.create_index(op.f("ix_thawed_vial_step_id"), "thawed_vial", ["step_id"], unique=False)

    op.create_table(
        "adverse_event_decision",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("adverse_event_id", sa.BigInteger(), nullable=False),
        sa.Column("related", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "decided_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["adverse_event_id", "patient_id"],
            ["adverse_event.id", "adverse_event.patient_id"],
            name=op.f("fk_adverse_event_decision_adverse_event_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["user_account.id"],
            name=op.f("fk_adverse_event_decision_decided_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_adverse_event_decision_patient_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adverse_event_decision")),
        sa.UniqueConstraint(
            "id", "patient_id", name=op.f("uq_adverse_event_decision_id_patient_id")
        ),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_adverse_event_decision_adverse_event_id"),
        "adverse_event_decision",
        ["adverse_event_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_adverse_event_decision_patient_id"),
        "adverse_event_decision",
        ["patient_id"],
        unique=False,
    )

    op.create_table(
        "qc_test",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("fill_id", sa.BigInteger(), nullable=True),
        sa.Column("aliquot_id", sa.BigInteger(), nullable=True),
        sa.Column("specification_test_id", sa.BigInteger(), nullable=False),
        sa.Column("repeats_id", sa.BigInteger(), nullable=True),
        sa.Column("laboratory", sa.Text(), nullable=True),
        sa.Column("requested_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "requested_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=True,
        ),
        sa.Column("verification_id", sa.BigInteger(), nullable=True),
        sa.Column("approval_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "status = 'requested' OR aliquot_id IS NOT NULL OR fill_id IS NOT NULL",
            name=op.f("ck_qc_test_of_an_aliquot_or_a_fill"),
        ),
        sa.CheckConstraint(
            "status IN ('requested', 'sampled', 'running', 'sent', 'entered', 'verified', 'approved', 'invalid', 'superseded')",
            name=op.f("ck_qc_test_status_known"),
        ),
        sa.CheckConstraint("repeats_id <> id", name=op.f("ck_qc_test_repeats_another")),
        sa.ForeignKeyConstraint(
            ["aliquot_id", "patient_id"],
            ["aliquot.id", "aliquot.patient_id"],
            name=op.f("fk_qc_test_aliquot_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["signature.id"], name=op.f("fk_qc_test_approval_id")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id", "patient_id"],
            ["batch.id", "batch.patient_id"],
            name=op.f("fk_qc_test_batch_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["fill_id", "patient_id"],
            ["fill.id", "fill.patient_id"],
            name=op.f("fk_qc_test_fill_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_qc_test_patient_id")),
        sa.ForeignKeyConstraint(
            ["repeats_id", "patient_id"],
            ["qc_test.id", "qc_test.patient_id"],
            name=op.f("fk_qc_test_repeats_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["user_account.id"], name=op.f("fk_qc_test_requested_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["specification_test_id"],
            ["specification_test.id"],
            name=op.f("fk_qc_test_specification_test_id"),
        ),
        sa.ForeignKeyConstraint(
            ["verification_id"], ["signature.id"], name=op.f("fk_qc_test_verification_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qc_test")),
        sa.UniqueConstraint("code", name=op.f("uq_qc_test_code")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_qc_test_id_patient_id")),
        sa.UniqueConstraint("repeats_id", name=op.f("uq_qc_test_repeats_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_qc_test_aliquot_id"), "qc_test", ["aliquot_id"], unique=False)
    op.create_index(op.f("ix_qc_test_batch_id"), "qc_test", ["batch_id"], unique=False)
    op.create_index(op.f("ix_qc_test_fill_id"), "qc_test", ["fill_id"], unique=False)
    op.create_index(op.f("ix_qc_test_patient_id"), "qc_test", ["patient_id"], unique=False)

    op.create_table(
        "deviation_subject",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("deviation_id", sa.BigInteger(), nullable=False),
        sa.Column("course_id", sa.BigInteger(), nullable=True),
        sa.Column("sample_id", sa.BigInteger(), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("step_id", sa.BigInteger(), nullable=True),
        sa.Column("vessel_id", sa.BigInteger(), nullable=True),
        sa.Column("suspension_id", sa.BigInteger(), nullable=True),
        sa.Column("fill_id", sa.BigInteger(), nullable=True),
        sa.Column("dose_id", sa.BigInteger(), nullable=True),
        sa.Column("vial_id", sa.BigInteger(), nullable=True),
        sa.Column("qc_test_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "CASE WHEN course_id IS NULL THEN 0 ELSE 1 END\n + CASE WHEN sample_id IS NULL THEN 0 ELSE 1 END\n + CASE WHEN batch_id IS NULL THEN 0 ELSE 1 END\n + CASE WHEN step_id IS NULL THEN 0 ELSE 1 END\n + CASE WHEN vessel_id IS NULL THEN 0 ELSE 1 END\n + CASE WHEN suspension_id IS NULL THEN 0 ELSE 1 END\n + CASE WHEN fill_id IS NULL THEN 0 ELSE 1 END\n + CASE WHEN dose_id IS NULL THEN 0 ELSE 1 END\n + CASE WHEN vial_id IS NULL THEN 0 ELSE 1 END\n + CASE WHEN qc_test_id IS NULL THEN 0 ELSE 1 END = 1",
            name=op.f("ck_deviation_subject_exactly_one_source"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id", "patient_id"],
            ["batch.id", "batch.patient_id"],
            name=op.f("fk_deviation_subject_batch_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["course_id", "patient_id"],
            ["course.id", "course.patient_id"],
            name=op.f("fk_deviation_subject_course_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["deviation_id"], ["deviation.id"], name=op.f("fk_deviation_subject_deviation_id")
        ),
        sa.ForeignKeyConstraint(
            ["dose_id", "patient_id"],
            ["dose.id", "dose.patient_id"],
            name=op.f("fk_deviation_subject_dose_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["fill_id", "patient_id"],
            ["fill.id", "fill.patient_id"],
            name=op.f("fk_deviation_subject_fill_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_deviation_subject_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["qc_test_id", "patient_id"],
            ["qc_test.id", "qc_test.patient_id"],
            name=op.f("fk_deviation_subject_qc_test_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["sample_id", "patient_id"],
            ["sample.id", "sample.patient_id"],
            name=op.f("fk_deviation_subject_sample_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["step_id", "patient_id"],
            ["step.id", "step.patient_id"],
            name=op.f("fk_deviation_subject_step_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["suspension_id", "patient_id"],
            ["suspension.id", "suspension.patient_id"],
            name=op.f("fk_deviation_subject_suspension_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vessel_id", "patient_id"],
            ["vessel.id", "vessel.patient_id"],
            name=op.f("fk_deviation_subject_vessel_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vial_id", "patient_id"],
            ["vial.id", "vial.patient_id"],
            name=op.f("fk_deviation_subject_vial_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deviation_subject")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_deviation_subject_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_deviation_subject_batch_id"), "deviation_subject", ["batch_id"], unique=False
    )
    op.create_index(
        op.f("ix_deviation_subject_course_id"), "deviation_subject", ["course_id"], unique=False
    )
    op.create_index(
        op.f("ix_deviation_subject_deviation_id"),
        "deviation_subject",
        ["deviation_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_deviation_subject_dose_id"), "deviation_subject", ["dose_id"], unique=False
    )
    op.create_index(
        op.f("ix_deviation_subject_fill_id"), "deviation_subject", ["fill_id"], unique=False
    )
    op.create_index(
        op.f("ix_deviation_subject_patient_id"), "deviation_subject", ["patient_id"], unique=False
    )
    op.create_index(
        op.f("ix_deviation_subject_qc_test_id"), "deviation_subject", ["qc_test_id"], unique=False
    )
    op.create_index(
        op.f("ix_deviation_subject_sample_id"), "deviation_subject", ["sample_id"], unique=False
    )
    op.create_index(
        op.f("ix_deviation_subject_step_id"), "deviation_subject", ["step_id"], unique=False
    )
    op.create_index(
        op.f("ix_deviation_subject_suspension_id"),
        "deviation_subject",
        ["suspension_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_deviation_subject_vessel_id"), "deviation_subject", ["vessel_id"], unique=False
    )
    op.create_index(
        op.f("ix_deviation_subject_vial_id"), "deviation_subject", ["vial_id"], unique=False
    )

    op.create_table(
        "qc_result",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("qc_test_id", sa.BigInteger(), nullable=False),
        sa.Column("member", sa.Text(), nullable=False),
        sa.Column("entered", sa.Text(), nullable=False),
        sa.Column("comparator", sa.String(), nullable=True),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("computed", sa.BigInteger(), nullable=True),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("days_read", sa.BigInteger(), nullable=True),
        sa.Column("spike_recovery_pct", sa.BigInteger(), nullable=True),
        sa.Column(
            "read_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False
        ),
        sa.Column("analyst_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "entered_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "superseded_at",
            sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"),
            nullable=True,
        ),
        sa.Column("correction_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "comparator IN ('=', '<', '>', '<=', '>=')", name=op.f("ck_qc_result_comparator_known")
        ),
        sa.CheckConstraint("days_read >= 0", name=op.f("ck_qc_result_days_not_negative")),
        sa.ForeignKeyConstraint(
            ["analyst_id"], ["user_account.id"], name=op.f("fk_qc_result_analyst_id")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_qc_result_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["qc_test_id", "patient_id"],
            ["qc_test.id", "qc_test.patient_id"],
            name=op.f("fk_qc_result_qc_test_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qc_result")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_qc_result_id_patient_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_qc_result_patient_id"), "qc_result", ["patient_id"], unique=False)
    op.create_index(op.f("ix_qc_result_qc_test_id"), "qc_result", ["qc_test_id"], unique=False)
    op.create_index(
        "ux_qc_result_of_record",
        "qc_result",
        ["qc_test_id", "member"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
