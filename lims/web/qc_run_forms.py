"""The forms of a run at QC: begun, tubes and supplies scanned in, read, set aside, closed."""

from functools import lru_cache
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lims.errors import LimsError
from lims.models.aliquot import Aliquot
from lims.models.equipment import Equipment, Place, PlaceKind
from lims.models.lot import Lot
from lims.models.qc_run import QcRun
from lims.models.qc_run_used import QcRunLot
from lims.web.bench_forms import FromPaper
from lims.web.choices import TickField
from lims.web.fields import DecimalField, LongTextField, TextField
from lims.web.forms import Form, ScanLoop
from lims.web.people import LineChecker, PersonProof
from lims.web.qc_forms import AS_READ, ResultForm, asked_fields
from lims.web.scans import CodeField
from lims.web.step_forms import Supplied
from lims.web.times import NowField
from lims.workflows import codes, qc_run_supplies
from lims.workflows.identity import Stop
from lims.workflows.lines import Line
from lims.workflows.qc_read_outside import Outside


class OfRun(Form):
    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {"run": self.as_shown(codes.load(session, code, QcRun))}


class AtStation(Form):
    gated = True

    station = CodeField(
        _l("Station"), "PL", takes=PlaceKind.RUN_STATION,
        hint=_l("Scan the station at which the tubes are tested."),
    )  # fmt: skip


class BeginRunForm(AtStation):
    procedure = TextField(_l("Procedure"), hint=_l("Its number and edition."))

    def of(self, session: Session, line: str) -> dict[str, Any]:
        return {
            "line": line,
            "station": codes.load(session, self.station.data or "", Place),
            "procedure": self.procedure.data or "",
        }


class TakeUpForm(OfRun, AtStation):
    def of(self, session: Session, code: str) -> dict[str, Any]:
        station = codes.load(session, self.station.data or "", Place)
        return {**super().of(session, code), "station": station}


class TubeForm(OfRun, ScanLoop):
    tube = CodeField(_l("Tube"), "QC", hint=_l("Scan each tube as it comes to the station."))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        aliquot = codes.load(session, self.tube.data or "", Aliquot)
        return {**super().of(session, code), "aliquot": aliquot}


class RunSupplyForm(OfRun, Supplied):
    of_lot = qc_run_supplies.use_lot_in_run
    of_equipment = qc_run_supplies.use_equipment_in_run

    quantity = DecimalField.of(
        QcRunLot.quantity, _l("How much"), required=False,
        hint=_l("Of a lot, for all tubes together, in its own unit."),
    )  # fmt: skip

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {**super().of(session, code), **self.supplied(session)}


class SheetForm(Form):
    """One press: the sheet of the run as it is now."""


class TakeOffForm(OfRun):
    """One press beside what was scanned by mistake."""

    def of_supply(self, session: Session, code: str, supply: str) -> dict[str, Any]:
        kind: Any = Lot if supply.startswith(Lot.kind_of_code) else Equipment
        return {**super().of(session, code), "supply": codes.load(session, supply, kind)}


class TakeOutForm(OfRun):
    reason = LongTextField(_l("Why it is taken out"), longest=400)
    gone = TickField(
        _l("The tube broke or was lost"), required=False,
        hint=_l("Then it is tested no more, and quality decides about its test."),
    )  # fmt: skip

    def of_tube(self, session: Session, code: str, tube: str) -> dict[str, Any]:
        aliquot = codes.load(session, tube, Aliquot)
        told = {"reason": self.reason.data or "", "gone": bool(self.gone.data)}
        return {**super().of(session, code), "aliquot": aliquot, **told}


class BeginTestsForm(OfRun):
    started_at = NowField(_l("Started at"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {**super().of(session, code), "started_at": self.started_at.data}


class BeginReadingForm(OfRun):
    comment = LongTextField(
        _l("Why no lot and no device is used"), required=False,
        hint=_l("Only where nothing was scanned."),
    )  # fmt: skip

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {**super().of(session, code), "comment": self.comment.data}


class ReadForm(ResultForm):
    """The tube that is asked for, scanned, then what is read of it."""

    gated = True

    tube = CodeField(_l("Tube in your hand"), "QC")

    def refuse(self, error: LimsError) -> None:
        """A stop takes the wrong tube off the page: its place waits for the right one."""
        super().refuse(error)
        if isinstance(error, Stop):
            self.tube.let_go()
            self.by_scanner.data = ""

    def of_run(self, session: Session, code: str, asked: str) -> dict[str, Any]:
        return {
            "run": codes.load(session, code, QcRun),
            "asked": codes.load(session, asked, Aliquot),
            "scanned": self.tube.data or "",
            "entry": self.entry(self.read_at.data),
        }


@lru_cache(maxsize=256)
def read_form(line: Line) -> type[ReadForm]:
    """The form for a reading of `line` in a run."""
    return type("ReadForm", (ReadForm,), asked_fields(line, required=True, hint=AS_READ))


class OutsideForm(FromPaper, ResultForm):
    """A reading of a tube of a run, told as a fact: why it was read elsewhere, by whom, and its
    paper."""

    late_reason = LongTextField(_l("Why it was read outside its run"))
    performer = PersonProof(
        _l("Read by"),
        required=False,
        may_confirm_later=True,
        hint=_l("Empty: by you. Without their password, the paper they wrote it on is needed."),
    )

    def of(self, session: Session, code: str) -> dict[str, Any]:
        outside = Outside(self.late_reason.data or "", self.on_paper)
        return {**super().of(session, code), "outside": outside}


@lru_cache(maxsize=256)
def outside_form(line: Line) -> type[OutsideForm]:
    """The same of a tube that is in a run, and was read elsewhere."""
    return type("ReadOutsideForm", (OutsideForm,), asked_fields(line, required=True, hint=AS_READ))


CLEAR = _l(
    "No tube and nothing of this run is left at the station: a second person, who did not work in"
    " it, confirms."
)


class SetAsideForm(OfRun):
    checker = LineChecker(hint=CLEAR)

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {**super().of(session, code), "checker": self.checker.proof}


class CloseRunForm(SetAsideForm):
    reason = LongTextField(
        _l("Why it is closed while tests go on"), required=False, longest=400,
        hint=_l("Their last reading is in no run then. Otherwise set the run aside."),
    )  # fmt: skip
    comment = LongTextField(_l("Comment"), required=False)

    def of(self, session: Session, code: str) -> dict[str, Any]:
        also = {"comment": self.comment.data, "reason": self.reason.data}
        return {**super().of(session, code), **also}


class GiveUpForm(SetAsideForm):
    reason = LongTextField(_l("Why it is given up"), longest=400)

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {**super().of(session, code), "reason": self.reason.data or ""}
