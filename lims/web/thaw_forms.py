"""What people enter about a thaw: its bench, each vial, how it went, what was got back."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lims.models.fill import Vial
from lims.models.order import Order
from lims.models.retrieval import Thaw
from lims.models.suspension import Suspension
from lims.web.bench_forms import AtBench, Recorded
from lims.web.count_fields import CountFields
from lims.web.fields import DecimalField, LongTextField, WholeField
from lims.web.forms import ScanLoop, Signing
from lims.web.people import OwnPassword, Witness
from lims.web.rows import Row, RowsField
from lims.web.scans import HALTED, CodeField
from lims.web.times import MomentField
from lims.workflows import codes
from lims.workflows.thaw_stops import StopAtTheBath

LONGEST = 3600


class StartForm(AtBench):
    aliquots = WholeField(_l("QC aliquots"), unit="aliquots", required=False, most=50)

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "order": codes.load(session, code, Order),
            **self.cleared(session),
            "aliquots": self.aliquots.data or 0,
        }


class WarmForm(ScanLoop):
    vial = CodeField(_l("Vial"), "VL", hint=_l("Scan each as it goes into the bath."))
    at = MomentField(
        _l("Put into the bath at"), required=False, hint=_l("Only where you enter it later.")
    )
    second = Witness()
    keeps = (*ScanLoop.keeps, StopAtTheBath)

    def ask_second(self, out: Sequence[Vial]) -> None:
        """A stop stands: no scan sends the form before the second person is named, and each is
        compared at once; those that are `out` for the order are waited for, no other."""
        self.gated, self.vial.expects = True, [vial.code for vial in out]
        self.vial.takes = HALTED
        self.second.ask()

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "step": codes.load(session, code, Thaw),
            "vial": codes.load(session, self.vial.data or "", Vial),
            "at": self.at.data,
            "second": self.second.proof,
        }


class WarmedRow(Row):
    vial = CodeField(_l("Vial"), "VL")
    seconds = WholeField(_l("In the bath for"), unit="s", required=False, least=1, most=LONGEST)


class Bath(Recorded):
    """What is told of every thaw, whether cells were got or not."""

    bath_temperature_c = DecimalField.of(
        Thaw.bath_temperature_c, _l("Temperature of the bath"), required=False, most=100
    )

    def told(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "step": self.as_shown(codes.load(session, code, Thaw)),
            "bath_temperature_c": self.bath_temperature_c.data,
            **self.noted(),
        }


class ThawForm(CountFields, Bath):
    warmed = RowsField(
        _l("Vials thawed"), WarmedRow, shown=1, hint=_l("Until a sliver of ice was left.")
    )
    tube = CodeField(_l("Into the tube"), "SU", hint=_l("Scan the tube labelled for this step."))
    volume_ml = DecimalField.of(Suspension.volume_ml, _l("Volume in the tube"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        seconds = {row.vial.data: row.seconds.data for row in self.warmed.filled}
        return {
            "suspension_code": self.tube.data,
            "volume_ml": self.volume_ml.data,
            "count": self.count_of(self.volume_ml.data),
            "seconds": {code: told for code, told in seconds.items() if told is not None},
            **self.told(session, code),
        }


class AbortForm(Bath):
    reason = LongTextField(_l("Why no cells were got"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {"reason": self.reason.data, **self.told(session, code)}


class AllowForm(Signing):
    reason = LongTextField(_l("Why they may be thawed"))
    own = OwnPassword(_l("Your password"), hint=_l("You sign that these vials may be thawed."))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "order": codes.load(session, code, Order),
            "reason": self.reason.data,
            "proof": self.own.proof,
        }
