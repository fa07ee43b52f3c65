"""The newest closed batches, a patient's vials and a batch's tests are found without looking at
others, however many there are."""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.drop_index("ix_batch_status", "batch")
    op.create_index("ix_batch_status_closed_at", "batch", ["status", "closed_at", "id"])
    op.create_index("ix_vial_patient_id_status", "vial", ["patient_id", "status"])
    op.drop_index("ix_qc_test_batch_id", "qc_test")
    op.create_index("ix_qc_test_batch_id_status", "qc_test", ["batch_id", "status"])
