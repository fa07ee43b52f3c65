"""The forms of sampling: a bench opened for it, and the two scans of each aliquot."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lims.models.aliquot import Aliquot, AliquotUse
from lims.models.batch import Batch
from lims.models.sampling import Sampling
from lims.models.step import Step
from lims.web.bench_forms import AtBench, Recorded
from lims.web.choices import TickField
from lims.web.fields import DecimalField, WholeField
from lims.web.forms import Form
from lims.web.rows import Row, RowsField
from lims.web.scans import CodeField
from lims.web.times import NowField
from lims.workflows import codes, sources
from lims.workflows.qc_readings import Source
from lims.workflows.sampling import Drawn

SOURCES = ("SA", "VE", "SU", "DS", "VL")


class StartForm(AtBench):
    number = WholeField(_l("Aliquots"), unit="aliquots", least=1, most=50)

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "batch": codes.load(session, code, Batch),
            "number": self.number.data,
            **self.cleared(session),
        }


class DrawnRow(Row):
    source = CodeField(_l("Taken from"), *SOURCES)
    container = CodeField(_l("Into"), "QC")
    volume_ml = DecimalField.of(Aliquot.volume_ml, _l("Volume"), required=False)
    kept = TickField(_l("Retention sample"))

    def is_blank(self) -> bool:
        return not (self.source.raw_data and str(self.source.raw_data[0]).strip())


class SamplingForm(Recorded):
    drawn = RowsField(
        _l("Aliquots taken"),
        DrawnRow,
        least=0,  # they may have been taken one by one before
        shown=1,
        hint=_l("Scan what it was taken from, then the label of the container it went into."),
    )

    def of(self, session: Session, code: str) -> dict[str, Any]:
        rows = self.drawn.filled
        found = sources.find_sources(session, [row.source.data or "" for row in rows])
        drawn = [drawn_of(source, row) for source, row in zip(found, rows, strict=True)]
        return {
            "step": self.as_shown(codes.load(session, code, Sampling)),
            "drawn": drawn,
            **self.noted(),
        }


class TakeForm(Form):
    """One aliquot within another step."""

    gated = True

    source = CodeField(_l("Taken from"), *SOURCES)
    container = CodeField(_l("Into"), "QC")
    volume_ml = DecimalField.of(Aliquot.volume_ml, _l("Volume"), required=False)
    kept = TickField(_l("Retention sample"))
    taken_at = NowField(_l("Taken at"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        step = codes.load(session, code, Step)
        source = sources.find_source(session, self.source.data or "")
        return {"step": step, "drawn": drawn_of(source, self), "at": self.taken_at.data}


def drawn_of(source: Source, scanned: Any) -> Drawn:
    """What the two scans of a row say."""
    return Drawn(
        source=source,
        container=scanned.container.data,
        volume_ml=scanned.volume_ml.data,
        use=AliquotUse.RETENTION if scanned.kept.data else AliquotUse.TESTING,
    )
