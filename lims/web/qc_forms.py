"""The forms of QC: tests chosen, a result with the fields its line asks for, decisions signed."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms import Form as PlainForm
from wtforms import HiddenField

from lims import clock
from lims.errors import N_, FieldError, LimsError
from lims.models.aliquot import Aliquot, QcTest
from lims.models.specification import SpecificationTest
from lims.web.choices import PickField, PicksField, TickField
from lims.web.errors import sentence_of
from lims.web.fields import DecimalField, LongTextField, TextField, WholeField
from lims.web.filters import shipped
from lims.web.forms import Form
from lims.web.people import OwnPassword
from lims.web.rows import Row
from lims.web.scans import CodeField
from lims.web.times import NowField
from lims.workflows import codes
from lims.workflows.criteria import QUALITATIVE, Words, criterion
from lims.workflows.lines import Line
from lims.workflows.qc_entries import Entry

ADVERSE = {
    N_("negative"): N_("positive"),
    N_("no growth"): N_("growth"),
    N_("no organisms"): N_("organisms seen"),
    N_("conforms"): N_("does not conform"),
    N_("normal"): N_("abnormal"),
}
"""The leading word of each kind of limit, in their order, and what is seen where it is not so."""
AS_READ = _l("A number as it was read: 96.4, 96,4 or <0.05.")
MEMBER = "member_"
LONGEST_RESULT = 40
MOST_DAYS = 60


class MeasuredField(TextField):
    """A number as the instrument gave it, `<` and `>` included, kept as typed."""

    def __init__(self, label: Any, *, unit: str, **options: Any) -> None:
        super().__init__(label, longest=LONGEST_RESULT, **options)
        self.unit = unit


class LinesForm(Form):
    lines = PicksField(_l("Tests"))

    def __init__(
        self, offered: Sequence[SpecificationTest], ticked: Sequence[str] = (), **values: Any
    ) -> None:
        super().__init__(**{"lines": list(ticked), **values})
        self.lines.choices = [(each.code, _l(each.name)) for each in offered]


class StartForm(Form):
    started_at = NowField(_l("Started at"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        test = codes.load(session, code, QcTest)
        return {"test": test, "started_at": self.started_at.data}


class SendForm(StartForm):
    started_at = NowField(_l("Sent at"))
    laboratory = TextField(_l("Laboratory"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {**super().of(session, code), "laboratory": self.laboratory.data or ""}


class Reading(PlainForm):
    """What is read of one test, by the fields that its line asks for."""

    asked_method = ""

    method: Any

    def entry(self, read_at: datetime | None) -> Entry:
        return Entry(
            texts=self.texts(),
            read_at=read_at or clock.now(),
            method=self._method(),
            days_read=self.days_read.data if "days_read" in self else None,
            spike_recovery_pct=self.spike_recovery_pct.data if self.spiked else None,
        )

    def _method(self) -> str:
        """The line's own is kept as the line has it: each reader sees it in their language."""
        typed = self.method.data or ""
        return self.asked_method if typed == shipped(self.asked_method) else typed

    @property
    def spiked(self) -> bool:
        return "spike_recovery_pct" in self

    def texts(self) -> dict[str, str]:
        if "result" in self:
            return {"": self.result.data or ""}
        return {
            name.removeprefix(MEMBER): field.data or ""
            for name, field in self._fields.items()
            if name.startswith(MEMBER)
        }


class ResultForm(Reading, Form):
    """A reading of one test on a page of its own; `result_form` adds what its line asks for."""

    read_at = NowField(_l("Read at"))
    method = TextField(_l("Method"), required=False)

    def of(self, session: Session, code: str) -> dict[str, Any]:
        entry = self.entry(self.read_at.data)
        return {"test": codes.load(session, code, QcTest), "entry": entry}


class ResultRow(Reading, Row):
    """A reading as a row among others; without a result it is no row."""

    method = TextField(_l("Method"), required=False)
    problem = ""
    """Why it was not recorded, where that is no single field's fault."""

    def is_blank(self) -> bool:
        named = [name for name in self._fields if name == "result" or name.startswith(MEMBER)]
        typed = [self._fields[name].raw_data for name in named]
        return not any(texts and str(texts[0]).strip() for texts in typed)

    def refuse(self, error: LimsError) -> None:
        """Put `error` at the field it names, else at the row."""
        field = self._fields.get(error.field) if isinstance(error, FieldError) else None
        if field is None:
            self.problem = sentence_of(error)
        else:
            field.errors = [*field.errors, sentence_of(error)]


@lru_cache(maxsize=256)
def result_form(line: Line, correcting: bool) -> type[ResultForm]:
    """The form for a reading of `line`: number or word, each member, the day, the spike."""
    fields = asked_fields(line, required=True, hint=AS_READ)
    if correcting:
        fields |= {"reason": LongTextField(_l("Why it is corrected")), "seen": HiddenField()}
    return type("CorrectForm" if correcting else "EnterForm", (ResultForm,), fields)


@lru_cache(maxsize=256)
def result_row(line: Line) -> type[ResultRow]:
    """The same fields as a row."""
    return type("ResultRow", (ResultRow,), asked_fields(line, required=False, hint=""))


def asked_fields(line: Line, *, required: bool, hint: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"asked_method": line.method}
    if line.members:
        for member in line.members:
            fields[MEMBER + member] = _result(line, line.called(member), False, hint)
    else:
        fields["result"] = _result(line, _l("Result"), required, hint)
    if line.days_to_read:
        fields["days_read"] = WholeField(
            _l("Read on day"), unit="d", most=MOST_DAYS, required=required
        )
    if line.spike_recovery_min_pct is not None or line.spike_recovery_max_pct is not None:
        fields["spike_recovery_pct"] = DecimalField(
            _l("Recovery of the spike"),
            unit="%",
            places=3,
            most=Decimal(10_000),
            required=required,
        )
    return fields


def _result(line: Line, label: Any, required: bool, hint: Any) -> Any:
    asked = criterion(line.limit)
    if not isinstance(asked, Words):
        return MeasuredField(label, unit=line.unit, required=required, hint=hint)
    good = next(each for each, known in zip(ADVERSE, QUALITATIVE, strict=True) if known is asked)
    offers = [(each, _l(each)) for each in (good, ADVERSE[good])]
    return PickField(label, offers, required=required)


class SignedForm(Form):
    """A decision on a result; `seen` says what the page showed."""

    seen = HiddenField()

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {"test": codes.load(session, code, QcTest), "seen": self.seen.data or ""}


class SignForm(SignedForm):
    signature = OwnPassword(_l("Your signature"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {**super().of(session, code), "proof": self.signature.proof}


class ReturnForm(SignedForm):
    reason = LongTextField(_l("What is to be looked at again"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {**super().of(session, code), "reason": self.reason.data or ""}


class RepeatForm(SignForm):
    gated = True

    reason = LongTextField(_l("Reason"))
    aliquot = CodeField(
        _l("Repeat it from another aliquot"),
        "QC",
        required=False,
        hint=_l("Empty: from the same one."),
    )

    def of(self, session: Session, code: str) -> dict[str, Any]:
        scanned = self.aliquot.data
        other = codes.load(session, scanned, Aliquot) if scanned else None
        return {**super().of(session, code), "reason": self.reason.data or "", "aliquot": other}


class InvalidateForm(RepeatForm):
    reason = LongTextField(_l("Cause: what went wrong in the test itself"))
    withdraw = TickField(
        _l("Not repeated"),
        hint=_l("Only where nothing was read: the tube broke, or it was asked by mistake."),
    )

    def of(self, session: Session, code: str) -> dict[str, Any]:
        given = super().of(session, code)
        cause = given.pop("reason")
        return {**given, "cause": cause, "repeat": not self.withdraw.data}
