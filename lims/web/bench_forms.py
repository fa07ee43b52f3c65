"""What the forms of a step share: who did it, when, and who checks the line."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lims import clock
from lims.models.equipment import Equipment, Place, PlaceKind
from lims.web.fields import LongTextField
from lims.web.forms import Form
from lims.web.people import Confirming, LineChecker, PersonProof
from lims.web.scans import CodeField
from lims.web.times import NowField
from lims.web.uploads import PaperField
from lims.workflows import codes
from lims.workflows.on_paper import OnPaper
from lims.workflows.steps import Performed

LATER = _l("Only for what was done before; empty: now.")


class AtBench(Form):
    """Opening a step at a processing bench: it is scanned, a second person checks it is clear."""

    gated = True

    station = CodeField(
        _l("Bench"), "PL", "EQ", takes=PlaceKind.PROCESSING_BENCH,
        hint=_l("Scan the cabinet you stand at: it is entered as used. Or the bench alone."),
    )  # fmt: skip
    checker = LineChecker(
        hint=_l("Nothing of another patient is left on the bench: a second person confirms."),
    )

    def cleared(self, session: Session) -> dict[str, Any]:
        """The bench or its cabinet, as it was scanned, and who checked the line."""
        scanned = str(self.station.data)
        of_cabinet = scanned.startswith(Equipment.kind_of_code)
        return {
            "station": codes.load(session, scanned, Equipment if of_cabinet else Place),
            "checker": self.checker.proof,
        }


class OnlyPaper(Form):
    """Why something is entered late, and the paper it was written on."""

    late_reason = LongTextField(
        _l("Why it is entered late"), required=False, hint=_l("Only for what was done long before.")
    )
    paper = PaperField(
        _l("Paper it was written on"),
        required=False,
        hint=_l(
            "A scan or a photograph of the form that was filled in while the program was down."
        ),
    )
    paper_sha256: str | None = None

    def prove(self) -> None:
        """Also keeps the paper: nothing slow is left to the transaction."""
        super().prove()
        self.paper_sha256 = self.paper.keep()

    @property
    def on_paper(self) -> OnPaper:
        return OnPaper(sha256=self.paper_sha256)

    def told_at(self, at: datetime) -> Performed:
        told = self.on_paper
        return Performed(
            at=at,
            performer=told.performer,
            performer_id=told.performer_id,
            late_reason=self.late_reason.data,
            paper_sha256=told.sha256,
        )

    def done_before(self, at: datetime | None) -> Performed | None:
        """What is told of an act that is of now where nothing says otherwise."""
        told = at is not None or self.on_paper
        return self.told_at(at or clock.now()) if told else None


class FromPaper(OnlyPaper):
    """Also by whom. No badge is asked for: it goes on switching the person, or witnessing."""

    performer = PersonProof(
        _l("Performed by"),
        required=False,
        may_confirm_later=True,
        hint=_l("Empty: by you. Without their password, the paper they wrote it on is needed."),
    )

    @property
    def on_paper(self) -> OnPaper:
        return OnPaper(self.performer.proof, self.performer.named_id, self.paper_sha256)


class Recorded(FromPaper):
    """Recording what was done: when, by whom, and why it is entered late."""

    gated = True

    performed_at = NowField(_l("Performed at"))
    performer = Confirming(
        _l("Performed by"),
        required=False,
        may_confirm_later=True,
        hint=_l(
            "Empty: by you, who type this. Who is named and does not prove it here confirms later."
        ),
    )
    comment = LongTextField(_l("Comment"), required=False)

    @property
    def performed(self) -> Performed:
        told = self.told_at(self.performed_at.data or clock.now())
        return replace(told, comment=self.comment.data)

    def noted(self) -> dict[str, Any]:
        """The values that every record command takes."""
        return {"performed": self.performed, "comment": self.comment.data}
