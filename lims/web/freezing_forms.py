"""What people enter about a freezing: its freezer, each vial, how the run went."""

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from lims.errors import LimsError
from lims.imports import freezing_curve, sheet
from lims.models.equipment import Equipment, Place
from lims.models.fill import Fill, Vial
from lims.models.freezing import Freezing
from lims.web.bench_forms import Recorded
from lims.web.choices import YesNoField
from lims.web.errors import sentence_of
from lims.web.fields import DecimalField, LongTextField, TextField
from lims.web.forms import Form, ScanLoop
from lims.web.scans import CodeField
from lims.web.specification_forms import TextFileField
from lims.web.times import MomentField
from lims.workflows import codes
from lims.workflows.freezing_run import NOTED, Run

LONGEST_CURVE = 200_000


class StartForm(Form):
    station = CodeField(
        _l("Freezer"), "EQ", "PL", hint=_l("Scan the freezer itself, or the station it stands at.")
    )

    def of(self, session: Session, code: str) -> dict[str, Any]:
        scanned = self.station.data or ""
        kind = Equipment if scanned.startswith(Equipment.kind_of_code) else Place
        return {
            "fill": codes.load(session, code.upper(), Fill),
            "station": codes.load(session, scanned, kind),
        }


class FirstVialForm(Form):
    """At a freezer that was scanned: the scan of a vial says whose run it is, never a list."""

    vial = CodeField(_l("Vial"), "VL", hint=_l("Scan the first vial: it says whose run this is."))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "vial": codes.load(session, self.vial.data or "", Vial),
            "freezer": codes.load(session, code, Equipment),
        }


class ScanForm(ScanLoop):
    vial = CodeField(_l("Vial"), "VL", hint=_l("Scan each as it goes into the freezer."))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "step": codes.load(session, code, Freezing),
            "vial": codes.load(session, self.vial.data or "", Vial),
        }


def points_of(text: str) -> list[freezing_curve.Point]:
    """The points that `text` holds, or a ValueError that names the line that is wrong."""
    try:
        return freezing_curve.points(text)
    except LimsError as problem:
        raise ValueError(sentence_of(problem)) from None


class CurveField(LongTextField):
    """A curve pasted: minutes and degrees, a line each; `.data` is a list of points."""

    def lines(self, text: str) -> str:
        return super().lines(text).replace("\t", "")

    def read(self, typed: str) -> Any:
        return points_of(super().read(typed))


class CurveFile(TextFileField):
    """The file of a freezer, in whatever encoding it writes; `.data` is a list of points."""

    def read(self, file: FileStorage) -> Any:
        raw = file.read()
        if len(raw) > LONGEST_CURVE:
            raise ValueError(_l("At most %(most)s characters.", most=LONGEST_CURVE))
        try:
            return points_of(sheet.decoded(raw))
        except LimsError as problem:
            raise ValueError(sentence_of(problem)) from None


class RunForm(Recorded):
    cryoprotectant = TextField(_l("Cryoprotectant"), required=False)
    cryoprotectant_pct = DecimalField.of(
        Freezing.cryoprotectant_pct, _l("Its share in the vial"), required=False, most=100
    )
    cryoprotectant_added_at = MomentField(_l("Cryoprotectant added"), required=False)
    program = TextField(_l("Freezing program"), required=False)
    program_started_at = MomentField(_l("Program started"), required=False)
    program_ended_at = MomentField(_l("Program ended"), required=False)
    end_temperature_c = DecimalField.of(
        Freezing.end_temperature_c, _l("Temperature at the end"), required=False, least=-200,
        most=Decimal(40),
    )  # fmt: skip
    as_programmed = YesNoField(_l("The curve ran as the program says"))
    curve = CurveFile(
        _l("Curve as the freezer wrote it"),
        hint=_l("A text or CSV file: the minute and the temperature, a line each."),
    )
    pasted = CurveField(
        _l("Or its lines, pasted"), required=False, longest=LONGEST_CURVE,
        hint=_l("0; 4 then 1; 3 and so on."),
    )  # fmt: skip

    @property
    def has_files(self) -> bool:
        return True

    def refuse(self, error: LimsError) -> None:
        """The points of the file stay, as lines: a browser keeps no file."""
        points: Any = self.curve.data or []
        if points:
            lines = (f"{at.normalize():f}; {degrees.normalize():f}" for at, degrees in points)
            self.pasted.raw_data, self.curve.data = ["\n".join(lines)], None
        super().refuse(error)

    def of(self, session: Session, code: str) -> dict[str, Any]:
        values = {name: self[name].data for name in NOTED}
        values["as_programmed"] = self.as_programmed.is_yes
        points: Any = self.curve.data or self.pasted.data or []
        return {
            "step": self.as_shown(codes.load(session, code, Freezing)),
            "run": Run(**values, points=points),
            **self.noted(),
        }
