"""What a physician prescribes, as a form: ordered, and changed."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lims.models.course import Course, Grading, Indication
from lims.models.patient import Patient
from lims.permissions import Permission
from lims.web.choices import ChoiceField, PickField
from lims.web.current import reading_session
from lims.web.errors import sentence_of
from lims.web.fields import DecimalField, LongTextField, TextField, WholeField
from lims.web.forms import Form
from lims.web.times import DateField
from lims.workflows import codes, courses, people, roles
from lims.workflows.as_prescribed import PlannedToo
from lims.workflows.courses import Prescription


class CourseForm(Form):
    """What a physician prescribes."""

    indication = ChoiceField(_l("Indication"), Indication)
    indication_note = TextField(_l("In words"), longest=400, required=False)
    grading = ChoiceField(_l("Graded by"), Grading)
    grade = TextField(_l("Grade"), longest=20, hint=_l("Such as II, or 3."))
    baseline_mri_on = DateField(_l("Baseline MRI on"), required=False)
    baseline_mri_note = LongTextField(_l("What it showed"), required=False)
    body_mass_kg = DecimalField.of(
        Course.body_mass_kg, _l("Body mass"), required=False, least=1, most=500
    )
    prescribed_cells = WholeField(_l("Viable cells of one injection"), unit="cells")
    prescribed_volume_ml = DecimalField.of(
        Course.prescribed_volume_ml, _l("Volume of one injection")
    )
    physician = PickField(_l("Attending physician"))

    def __init__(self, offered: list[tuple[str, str]], patient: Patient, **values: Any) -> None:
        super().__init__(**values)
        self.physician.choices, self.patient = offered, patient
        cells, volume = map(sentence_of, courses.dose_limits(reading_session()))
        typed = _("%(limits)s Type it such as 20 000 000, 2e7 or 20 M.", limits=cells)
        self.prescribed_cells.description = typed
        self.prescribed_volume_ml.description = volume

    def validate(self, extra_validators: Any = None) -> bool:
        """Whoever has something to mend is told at once what the command would refuse after."""
        fine = bool(super().validate(extra_validators))
        if not fine:
            names = [name for name in Prescription.__dataclass_fields__ if not self[name].errors]
            given = {name: self[name].data for name in names}
            for each in courses.not_prescribable(reading_session(), self.patient, given):
                self.mark(each)
        return fine

    def ordered(self, session: Session) -> dict[str, Any]:
        names = Prescription.__dataclass_fields__
        return {
            "prescription": Prescription(**{name: self[name].data for name in names}),
            "physician": people.by_login(session, str(self.physician.data)),
        }


class OrderForm(CourseForm):
    def of(self, session: Session, patient: str) -> dict[str, Any]:
        return {"patient": codes.load(session, patient, Patient), **self.ordered(session)}


class ChangeForm(CourseForm):
    planned_too = ChoiceField(_l("The planned injections"), PlannedToo, required=False)
    reason = LongTextField(_l("Why it is changed"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "course": codes.load(session, code, Course),
            "version": self.version.data,
            "reason": self.reason.data,
            "planned_too": self.planned_too.data,
            **self.ordered(session),
        }


def physicians() -> list[tuple[str, str]]:
    """Who may attend a course, by name."""
    found = roles.who_may(reading_session(), Permission.ORDER_COURSE)
    return [(person.login, person.full_name) for person in found]
