"""Isolation: a bench cleared for one patient's tissue, then what was done to it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.models.batch import Batch, BatchStatus
from lims.models.isolation import Isolation
from lims.models.sample import Sample
from lims.models.suspension import Suspension
from lims.permissions import Permission
from lims.web import step_reading
from lims.web.auth import requires
from lims.web.bench_forms import AtBench, Recorded
from lims.web.choices import PickField
from lims.web.count_fields import CountFields
from lims.web.current import reading_session
from lims.web.fields import DecimalField, WholeField
from lims.web.forms import on_refusal, shown, submit
from lims.web.limits import name_limits
from lims.web.records import until_recorded
from lims.web.samples import sample_shown
from lims.web.scans import CodeField
from lims.workflows import codes, isolating, isolation_gate
from lims.workflows.isolating import Digestion

bp = Blueprint("isolations", __name__, url_prefix="/isolations")

MOST_VESSELS = 50
LIMITS = {
    "enzyme_pct": "enzyme_pct_{}",
    "digestion_min": "digestion_minutes_{}",
    "digestion_c": "digestion_temperature_{}_c",
}
"""The specification's limits of what is entered: `{}` stands for min and for max."""


class StartForm(AtBench):
    vessels = WholeField(_l("Vessels"), least=0, most=MOST_VESSELS)
    aliquots = WholeField(_l("QC aliquots"), least=0, most=MOST_VESSELS, required=False)
    batch = PickField(
        _l("Into"), required=False, hint=_l("A second sample may join an open batch.")
    )

    def __init__(self, offered: list[tuple[str, str]], **values: Any) -> None:
        super().__init__(**values)
        self.batch.choices = offered

    def of(self, session: Session, code: str) -> dict[str, Any]:
        chosen = self.batch.data
        return {
            "sample": codes.load(session, code, Sample),
            **self.cleared(session),
            "vessels": self.vessels.data,
            "aliquots": self.aliquots.data or 0,
            "batch": codes.load(session, chosen, Batch) if chosen else None,
        }


class IsolationForm(CountFields, Recorded):
    tissue = CodeField(_l("Tissue"), "SA", hint=_l("Scan the container the tissue came in."))
    tissue_used_g = DecimalField.of(Isolation.tissue_used_g, _l("Tissue digested"))
    enzyme_pct = DecimalField.of(Isolation.enzyme_pct, _l("Enzyme"), most=100)
    digestion_min = WholeField(_l("Digested for"), unit="min", least=1, most=1440)
    digestion_c = DecimalField.of(Isolation.digestion_c, _l("Digested at"), most=100)
    spin_g = WholeField(_l("Spun at"), unit="× g", most=100_000)
    spin_min = WholeField(_l("Spun for"), unit="min", most=1440)
    washes = WholeField(_l("Washes"), most=50)
    suspension = CodeField(_l("Tube"), "SU", hint=_l("Scan the tube that receives the cells."))
    volume_ml = DecimalField.of(Suspension.volume_ml, _l("Volume in the tube"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        names = Digestion.__dataclass_fields__
        return {
            "step": self.as_shown(codes.load(session, code, Isolation)),
            "tissue": codes.load(session, self.tissue.data or "", Sample),
            "suspension_code": self.suspension.data,
            "digestion": Digestion(**{name: self[name].data for name in names}),
            "volume_ml": self.volume_ml.data,
            "count": self.count_of(self.volume_ml.data),
            **self.noted(),
        }


def open_batches(sample: Sample) -> list[tuple[str, str]]:
    """The open batches of the same course, which this sample may join."""
    query = select(Batch).where(
        Batch.course_id == sample.course_id, Batch.status == BatchStatus.OPEN
    )
    return [(each.code, each.code) for each in reading_session().scalars(query)]


def offered(sample: Sample) -> list[tuple[str, str]]:
    joining = open_batches(sample)
    return [("", _("a new batch")), *joining] if joining else []


@bp.get("/from/<code>")
@requires(Permission.PERFORM_STEP)
def start(code: str) -> ResponseReturnValue:
    sample = sample_shown(code)
    batches = offered(sample)
    return render_template(
        "isolations/start.html",
        sample=sample,
        problems=list(isolation_gate.problems_with(reading_session(), sample)),
        offered=batches,
        starting=shown(StartForm, batches, vessels=2, aliquots=1),
    )


@bp.post("/from/<code>")
@requires(Permission.PERFORM_STEP)
@on_refusal(start)
def record_start(code: str) -> ResponseReturnValue:
    form = StartForm(offered(sample_shown(code)))
    step = submit(form, isolating.start_isolation, lambda session: form.of(session, code))
    flash(_("%(code)s is open. Print the labels, scan what is used.", code=step.code))
    return redirect(url_for("steps.show", code=step.code), 303)


@bp.get("/record/<code>")
@requires(Permission.PERFORM_STEP)
@until_recorded(Isolation)
def record(step: Isolation) -> ResponseReturnValue:
    around = step_reading.around(reading_session(), step)
    mass_g = around.sample.mass_g if around.sample else None
    form = shown(IsolationForm, version=step.version, tissue_used_g=mass_g)
    if around.version is not None:
        name_limits(form, around.version, LIMITS)
    return render_template("isolations/record.html", read=around, step=step, recorded=form)


@bp.post("/record/<code>")
@requires(Permission.PERFORM_STEP)
@on_refusal(record)
def record_isolation(code: str) -> ResponseReturnValue:
    form = IsolationForm()
    made = submit(form, isolating.record_isolation, lambda session: form.of(session, code))
    flash(_("%(code)s is made. Say where it goes, then close the step.", code=made.code))
    return redirect(url_for("steps.show", code=code), 303)
