"""The record of who looked at a patient, kept by every page about one."""

from flask_login import current_user

from lims.web.current import reading_session, site
from lims.workflows import patient_views


def note_look(patient_id: int) -> None:
    """Note that the person signed in looks at this patient now; at most one row a minute."""
    person = current_user.id
    if patient_views.noted_lately(reading_session(), patient_id, person):
        return
    site().database.run(
        patient_views.note_view,
        None,  # bookkeeping, not an act of theirs: no key and no command is kept
        key="",
        arguments=lambda session: {"patient_id": patient_id, "user_id": person},
    )
