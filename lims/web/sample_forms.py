"""What is entered about tissue: the kit, the collection, the courier, the reception."""

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lims.models.course import Course
from lims.models.equipment import Equipment, Place, PlaceKind
from lims.models.reception import Reception
from lims.models.sample import Sample
from lims.web.bench_forms import Recorded
from lims.web.choices import YesNoField
from lims.web.fields import DecimalField, LongTextField, TextField
from lims.web.forms import Form, Signing
from lims.web.people import OwnPassword, PersonProof
from lims.web.scans import CodeField, ScansField
from lims.workflows import codes

COLDEST, HOTTEST = -50, 60
"""Beyond these no thermometer of a transport box reads."""
LIGHTEST_G = Decimal("0.001")
"""What the column can keep."""


class OrderForm(Form):
    """Ordering a kit is one press."""

    def of(self, session: Session, course: str) -> dict[str, Any]:
        return {"course": codes.load(session, course, Course)}


class OfSample(Recorded):
    """What is done with tissue: the patient and the container both scanned."""

    patient = CodeField(
        _l("Patient"), "PT", "CR", "SN", hint=_l("Scan the patient's card or another paper.")
    )
    kit = CodeField(_l("Container"), "SA", hint=_l("Scan the label of the kit."))

    def scanned(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "sample": codes.load(session, code, Sample),
            "scanned_patient": self.patient.data,
            "scanned_sample": self.kit.data,
            **self.noted(),
        }


class CollectionForm(OfSample):
    body_site = TextField(_l("Site on the body"), longest=100)
    surgeon = TextField(_l("Surgeon"), longest=100)
    anaesthesia = TextField(_l("Anaesthesia"), longest=100, required=False)

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            **self.scanned(session, code),
            "body_site": self.body_site.data,
            "surgeon": self.surgeon.data,
            "anaesthesia": self.anaesthesia.data,
        }


class DispatchForm(Recorded):
    courier = TextField(_l("Courier"), longest=100)
    container = TextField(_l("Transport box"), longest=100, required=False, scan=True)

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "sample": codes.load(session, code, Sample),
            "courier": self.courier.data,
            "container": self.container.data,
            "performed": self.performed,
        }


class ReceptionForm(OfSample):
    mass_g = DecimalField.of(Reception.mass_g, _l("Mass of the tissue"), least=LIGHTEST_G)
    temperature_min_c = DecimalField.of(
        Reception.temperature_min_c,
        _l("Lowest on the way"),
        required=False,
        hint=_l("Where neither was read, a deviation is opened."),
        least=COLDEST,
        most=HOTTEST,
    )
    temperature_max_c = DecimalField.of(
        Reception.temperature_max_c,
        _l("Highest on the way"),
        required=False,
        least=COLDEST,
        most=HOTTEST,
    )
    container_intact = YesNoField(_l("The container is intact and closed"))
    appearance = TextField(_l("Appearance"), longest=400, required=False)
    station = CodeField(_l("Station"), "PL", required=False, takes=PlaceKind.RUN_STATION)
    equipment = ScansField(
        _l("Balance and thermometer"), "EQ", required=False, hint=_l("Scan what was used.")
    )

    def of(self, session: Session, code: str) -> dict[str, Any]:
        at = self.station.data
        used = self.equipment.data or []
        return {
            **self.scanned(session, code),
            "mass_g": self.mass_g.data,
            "temperature_min_c": self.temperature_min_c.data,
            "temperature_max_c": self.temperature_max_c.data,
            "container_intact": self.container_intact.is_yes,
            "appearance": self.appearance.data,
            "station": codes.load(session, at, Place) if at else None,
            "equipment": codes.load_all(session, used, Equipment),
        }


class AcceptForm(Form):
    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {"sample": codes.load(session, code, Sample)}


class RejectForm(Signing):
    reason = LongTextField(_l("Why the tissue is not used"))
    password = OwnPassword(_l("Your signature"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "sample": codes.load(session, code, Sample),
            "reason": self.reason.data,
            "proof": self.password.proof,
        }


class DiscardForm(RejectForm):
    reason = LongTextField(_l("Why it is discarded"))
    second = PersonProof(
        _l("Second person"),
        required=False,
        hint=_l("Empty: another person signs within 24 hours from their own session."),
    )

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {**super().of(session, code), "second": self.second.proof}
