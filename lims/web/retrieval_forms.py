"""What people enter while vials are out of the cold: two signatures, two scans, when it ended."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lims.models.fill import Vial
from lims.models.order import Order
from lims.models.retrieval import Retrieval
from lims.models.storage import Box
from lims.web.bench_forms import LATER, FromPaper, Recorded
from lims.web.fields import LongTextField
from lims.web.forms import ScanLoop, Signing
from lims.web.people import OwnPassword, PersonProof
from lims.web.scans import ROOM, CodeField
from lims.web.times import MomentField
from lims.workflows import codes


class StartForm(Signing):
    own = OwnPassword(_l("Your signature"))
    witness = PersonProof(
        _l("Second person"),
        hint=_l("Stands beside you, looks at each vial too and signs the same."),
    )
    comment = LongTextField(_l("Comment"), required=False)

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "order": codes.load(session, code.upper(), Order),
            "proof": self.own.proof,
            "witness": self.witness.proof,
            "comment": self.comment.data,
        }


class TakeForm(ScanLoop):
    gated = True

    vial = CodeField(_l("Vial"), "VL")
    second_scan = CodeField(
        _l("Badge of the second person"), "US", "VL", follows="vial", required=False
    )
    witness = PersonProof(
        _l("Second person"), required=False, hint=_l("Where the badge does not read.")
    )
    at = MomentField(_l("Taken out at"), required=False, hint=LATER)
    performer = PersonProof(
        _l("Taken out by"),
        required=False,
        may_confirm_later=True,
        hint=_l("Empty: by you. The paper is asked for where the retrieval ends."),
    )

    def __init__(self, *positional: Any, **values: Any) -> None:
        super().__init__(*positional, **values)
        self.second_scan.flags.required = True  # nothing is sent without; a password will do too

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "step": codes.load(session, code.upper(), Retrieval),
            "vial": codes.load(session, self.vial.data or "", Vial),
            "second_scan": self.second_scan.data,
            "witness": self.witness.proof,
            "at": self.at.data,
            "performer": self.performer.proof,
            "performer_id": self.performer.named_id,
        }


class RecordForm(Recorded):
    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {"step": codes.load(session, code.upper(), Retrieval), **self.noted()}


class ReturnForm(FromPaper):
    gated = True

    vial = CodeField(_l("Vial"), "VL", hint=_l("Scan the vial itself."))
    box = CodeField(_l("Box"), "BX", takes=ROOM, hint=_l("Scan the box it stands in now."))
    at = MomentField(_l("Back at"), required=False, hint=LATER)

    def of(self, session: Session) -> dict[str, Any]:
        return {
            "vial": codes.load(session, self.vial.data or "", Vial),
            "box": codes.load(session, self.box.data or "", Box),
            "at": self.at.data,
            "late_reason": self.late_reason.data,
            "told": self.on_paper,
        }
