"""Who looked at a patient, and when: at most one row a minute for each person and patient."""

from datetime import timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from lims import clock
from lims.models.patient import PatientView
from lims.models.user import User

NOTED_AGAIN_AFTER = timedelta(minutes=1)
_LATELY = (
    select(PatientView.id)
    .where(
        PatientView.patient_id == bindparam("patient_id"),
        PatientView.user_id == bindparam("user_id"),
        PatientView.seen_at > bindparam("since"),
    )
    .limit(1)
)


def noted_lately(session: Session, patient_id: int, user_id: int) -> bool:
    """Whether this person's look at this patient was noted within the last minute."""
    asked = {"patient_id": patient_id, "user_id": user_id}
    return session.scalar(_LATELY, asked | {"since": clock.now() - NOTED_AGAIN_AFTER}) is not None


def note_view(session: Session, *, patient_id: int, user_id: int, by: User | None = None) -> None:
    """Keep that this person looked at this patient, unless it was noted a moment ago."""
    if not noted_lately(session, patient_id, user_id):
        session.add(PatientView(patient_id=patient_id, user_id=user_id))
