"""What people enter at a bench: vessels fed, vessels harvested."""

from enum import StrEnum
from typing import Any, Self

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lims.models.culture import Feeding, Harvest, StepVessel
from lims.models.equipment import Equipment
from lims.models.lot import ItemKind, Lot
from lims.models.suspension import Suspension
from lims.web.bench_forms import AtBench, Recorded
from lims.web.choices import ChoiceField
from lims.web.count_fields import CountFields
from lims.web.fields import DecimalField, WholeField
from lims.web.scans import FILLED, IN_STEP, CodeField, ScansField
from lims.web.vessel_forms import scanned
from lims.workflows import codes


class Change(StrEnum):
    """How much of the medium was replaced."""

    FULL = "full_change"
    PARTIAL = "partial_change"


class StartForm(AtBench):
    """Vessels taken to a bench."""

    vessels = ScansField(_l("Vessels"), "VE", takes=FILLED)

    def arguments(self, session: Session) -> dict[str, Any]:
        return {
            "vessels": scanned(session, self.vessels),
            **self.cleared(session),
        }


class StartHarvestForm(StartForm):
    next_vessels = WholeField(_l("Vessels to seed"), most=200, default=0)
    aliquots = WholeField(
        _l("QC aliquots"), most=50, required=False,
        hint=_l("Empty: one for the spent medium, if the release will ask for it."),
    )  # fmt: skip

    def arguments(self, session: Session) -> dict[str, Any]:
        return {
            **super().arguments(session),
            "next_vessels": self.next_vessels.data,
            "aliquots": self.aliquots.data,
        }


AGAIN = _l("Filled in: what was scanned when the step was opened. Take out what was not used.")


NONE_ENTERED = _l(
    "No cabinet of this bench is in the register. Scan the one you work in; where that cannot be"
    " scanned, say so in the comment."
)


class FeedingForm(Recorded):
    vessels = ScansField(_l("Vessels"), "VE", takes=FILLED, hint=AGAIN)
    cabinet = CodeField(_l("Cabinet"), "EQ", required=False)
    medium = ScansField(
        _l("Lot of medium"), "LT", takes=ItemKind.MEDIUM, least=0, only_good=True,
        hint=_l(
            "Its stock pays for all vessels. Where one bottle was not enough, scan it and then the"
            " next: of the first counts what was left of it."
        ),
    )  # fmt: skip
    medium_ml = DecimalField.of(StepVessel.medium_ml, _l("Medium in each vessel"))
    change = ChoiceField(_l("Change of medium"), Change, default=Change.FULL)

    def into(self, step: Feeding) -> Self:
        """Asks for what was not scanned into `step` yet: its cabinet, a lot of medium."""
        self.cabinet.takes = f"{IN_STEP} {step.code}"
        self.cabinet.flags.required = not step.equipment
        if step.station is not None and step.station.equipment_id is None:
            self.cabinet.flags.required, self.cabinet.description = False, NONE_ENTERED
        self.medium.flags.required = not step.lots
        return self

    def of(self, session: Session, code: str) -> dict[str, Any]:
        cabinet = self.cabinet.data
        return {
            "step": self.as_shown(codes.load(session, code, Feeding)),
            "vessels": scanned(session, self.vessels),
            "medium_ml": self.medium_ml.data,
            "full_change": self.change.data is Change.FULL,
            "cabinet": codes.load(session, cabinet, Equipment) if cabinet else None,
            "media": [codes.load(session, lot, Lot) for lot in self.medium.data],
            **self.noted(),
        }


class HarvestForm(CountFields, Recorded):
    vessels = ScansField(_l("Vessels harvested"), "VE", takes=FILLED, hint=AGAIN)
    tube = CodeField(_l("Tube"), "SU", hint=_l("Scan the tube that received the cells."))
    volume_ml = DecimalField.of(Suspension.volume_ml, _l("Volume"))
    confluence_pct = DecimalField.of(Harvest.confluence_pct, _l("Confluence"), most=100)
    detachment_min = WholeField(_l("Detachment"), unit="min", most=600, required=False)
    detachment_c = WholeField(_l("At"), unit="°C", most=60, required=False)

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "step": self.as_shown(codes.load(session, code, Harvest)),
            "vessels": scanned(session, self.vessels),
            "suspension_code": self.tube.data,
            "volume_ml": self.volume_ml.data,
            "count": self.count_of(self.volume_ml.data),
            "confluence_pct": self.confluence_pct.data,
            "detachment_min": self.detachment_min.data,
            "detachment_c": self.detachment_c.data,
            **self.noted(),
        }
