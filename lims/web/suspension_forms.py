"""What people enter about suspensions: seeded on, put aside, processed, counted, discarded."""

from decimal import Decimal
from typing import Any, Self

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lims.models.culture import Seeding
from lims.models.equipment import Place, PlaceKind
from lims.models.processing import Counting, Processing
from lims.models.step import Step
from lims.models.suspension import Purpose, Suspension, SuspensionOrigin, Withdrawal
from lims.models.vessel import Vessel
from lims.web.bench_forms import AtBench, Recorded
from lims.web.choices import ChoiceField, PickField
from lims.web.count_fields import CountFields, HalfCounted
from lims.web.culture_forms import AGAIN
from lims.web.fields import DecimalField, LongTextField, WholeField
from lims.web.filters import number
from lims.web.forms import Form, Signing
from lims.web.people import OwnPassword, PersonProof
from lims.web.scans import FILLED, CodeField, ScansField
from lims.web.times import NowField
from lims.web.vessel_forms import SignedByTwo
from lims.workflows import codes
from lims.workflows.densities import VESSEL_TYPES
from lims.workflows.processing import OPERATIONS, Spin
from lims.workflows.seeding import Sown
from lims.workflows.splitting import ASIDE


class StartForm(AtBench):
    """One tube taken to a bench; the address names it."""

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "suspension": codes.load(session, code, Suspension),
            **self.cleared(session),
        }


class StartSeedingForm(StartForm):
    vessels = WholeField(_l("Vessels to seed"), least=1, most=200)

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {**super().of(session, code), "vessels": self.vessels.data}


class SownFields(Form):
    """Alike vessels seeded from one tube: two scans, one volume."""

    gated = True

    source = CodeField(_l("From the tube"), "SU", takes=FILLED, hint=_l("Scan the tube itself."))
    vessels = ScansField(_l("Into the vessels"), "VE", hint=_l("Scan the labels of this step."))
    volume_ml = DecimalField.of(Withdrawal.volume_ml, _l("Volume in each vessel"))
    vessel_type = PickField(
        _l("Kind of vessel"),
        [
            (name, _l("%(name)s · %(area)s cm²", name=name, area=f"{area:f}"))
            for name, area in VESSEL_TYPES.items()
        ],
        default="T-175",
    )
    growth_area_cm2 = DecimalField.of(
        Vessel.growth_area_cm2,
        _l("Growth area"),
        required=False,
        hint=_l("Empty: as its maker states."),
    )
    shelf = CodeField(_l("Shelf they stand on"), "PL", required=False, takes=PlaceKind.SHELF)

    def sown(self, session: Session) -> dict[str, Any]:
        kind, area = self.vessel_type.data, self.growth_area_cm2.data
        shelf = self.shelf.data
        return {
            "suspension": codes.load(session, self.source.data, Suspension),
            "sown": [
                Sown(code, self.volume_ml.data, kind, area or VESSEL_TYPES[kind])
                for code in self.vessels.data
            ],
            "shelf": codes.load(session, shelf, Place) if shelf else None,
        }


class SeedingForm(SownFields, Recorded):
    def of(self, session: Session, code: str) -> dict[str, Any]:
        step = self.as_shown(codes.load(session, code, Seeding))
        return {"step": step, **self.sown(session), **self.noted()}


class SplitForm(SownFields):
    at = NowField(_l("Seeded at"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {"step": codes.load(session, code, Step), "at": self.at.data, **self.sown(session)}


class AsideForm(Form):
    gated = True

    tube = CodeField(_l("From the tube"), "SU", takes=FILLED, hint=_l("Scan the tube itself."))
    purpose = ChoiceField(_l("What for"), Purpose, only=ASIDE)
    volume_ml = DecimalField.of(
        Withdrawal.volume_ml, _l("Volume"), required=False, hint=_l("Empty: all that is left.")
    )
    comment = LongTextField(
        _l("Comment"), required=False, hint=_l("Asked for where much of a tube goes to waste.")
    )
    second = PersonProof(_l("Second person"), required=False)

    def saying(self, most: Decimal) -> Self:
        """Say from how much on the second person is asked for."""
        told = _("Only where more than %(most)s %% of the tube goes to waste.", most=number(most))
        self.second.description = told
        return self

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "step": self.as_shown(codes.load(session, code, Step)),
            "suspension": codes.load(session, self.tube.data, Suspension),
            "purpose": self.purpose.data,
            "volume_ml": self.volume_ml.data,
            "comment": self.comment.data,
            "second": self.second.proof,
        }


class StartProcessingForm(AtBench):
    tubes = ScansField(_l("Tubes"), "SU", takes=FILLED)

    def arguments(self, session: Session) -> dict[str, Any]:
        return {
            "sources": codes.load_all(session, self.tubes.data, Suspension),
            **self.cleared(session),
        }


class ProcessingForm(CountFields, Recorded):
    tubes = ScansField(_l("From the tubes"), "SU", takes=FILLED, hint=AGAIN)
    tube = CodeField(_l("Into the tube"), "SU", hint=_l("Scan the tube labelled for this step."))
    operation = ChoiceField(_l("What was done"), SuspensionOrigin, only=OPERATIONS)
    part_ml = DecimalField.of(
        Withdrawal.volume_ml,
        _l("Taken out"),
        required=False,
        hint=_l("Only where a part of one tube was taken. Empty: all of it."),
    )
    volume_ml = DecimalField.of(Suspension.volume_ml, _l("Volume now"))
    spin_g = WholeField(_l("Spin"), unit="× g", most=20_000, required=False)
    spin_min = WholeField(_l("Centrifugation time"), unit="min", most=600, required=False)

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "step": self.as_shown(codes.load(session, code, Processing)),
            "sources": codes.load_all(session, self.tubes.data, Suspension),
            "operation": self.operation.data,
            "suspension_code": self.tube.data,
            "part_ml": self.part_ml.data,
            "volume_ml": self.volume_ml.data,
            "count": self.count_of(self.volume_ml.data),
            "spin": Spin(self.spin_g.data, self.spin_min.data),
            **self.noted(),
        }


class CountingForm(CountFields, Recorded):
    tube = CodeField(_l("Tube"), "SU", takes=FILLED, hint=_l("Scan the tube itself."))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        suspension = codes.load(session, self.tube.data, Suspension)
        count = self.count_of(counted_volume(suspension))
        if count is None:
            raise HalfCounted("live")
        return {
            "step": self.as_shown(codes.load(session, code, Counting)),
            "suspension": suspension,
            "count": count,
            **self.noted(),
        }


def counted_volume(suspension: Suspension) -> Decimal:
    """The volume a count is of: what is left, or all of it where nothing was counted before."""
    return suspension.volume_ml if suspension.count is None else suspension.remaining_ml


class AllowForm(Signing):
    reason = LongTextField(_l("Why they may be seeded"))
    own = OwnPassword(_l("Your password"), hint=_l("You sign that these cells may be seeded."))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "suspension": codes.load(session, code, Suspension),
            "reason": self.reason.data,
            "proof": self.own.proof,
        }


class DiscardForm(Signing, SignedByTwo):
    gated = True

    tube = CodeField(_l("Tube"), "SU", takes=FILLED, hint=_l("Scan the tube itself."))

    def arguments(self, session: Session) -> dict[str, Any]:
        return {"suspension": codes.load(session, self.tube.data, Suspension), **self.by_two()}
