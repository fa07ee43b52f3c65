"""The decisions that may be taken on a fill: what each asks for and what its signature says."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lims.errors import N_
from lims.models.fill import Fill, FillStatus
from lims.permissions import Permission
from lims.web.fields import LongTextField, TextField
from lims.web.forms import Signing
from lims.web.people import OwnPassword, PersonProof
from lims.workflows import codes, earlier_release, rejecting, releasing


class DecisionForm(Signing):
    reason = LongTextField(
        _l("Reason"), required=False, hint=_l("Needed where something is not as usual.")
    )
    password = OwnPassword(_l("Your signature"))

    def answering(self) -> None:
        """Ask for the reason: the page lists what is not as usual."""
        self.reason.flags.required = True

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "fill": codes.load(session, code, Fill),
            "reason": self.reason.data,
            "proof": self.password.proof,
        }


class ReasonedForm(DecisionForm):
    reason = LongTextField(_l("Reason"))


class TakeOverForm(DecisionForm):
    reason = LongTextField(
        _l("Reason"), hint=_l("On which paper it was released, by whom and when.")
    )


class RecallForm(ReasonedForm):
    told = TextField(
        _l("Who at the clinic was told"),
        required=False,
        hint=_l("Needed where a dose left the laboratory: name and time."),
    )

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {**super().of(session, code), "told": self.told.data or ""}


class ByTwoForm(ReasonedForm):
    second = PersonProof(
        _l("Second person"),
        required=False,
        hint=_l("Empty: another person signs within 24 hours from their own session."),
    )

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {**super().of(session, code), "second": self.second.proof}


@dataclass(frozen=True)
class Act:
    """One decision on a fill: its command, its form, and how its button reads."""

    command: Callable[..., Any]
    permission: Permission
    form: type[DecisionForm]
    label: str
    note: str
    means: str
    """What the signature says."""
    danger: bool = False
    means_both: str = ""
    """The same where nobody reviewed the production record yet: one signature, two decisions."""

    def does_both(self, fill: Fill) -> bool:
        """Whether it reviews the production record too, as nobody has yet."""
        return bool(self.means_both) and fill.status is FillStatus.QUARANTINED

    def meaning_of(self, fill: Fill) -> str:
        return self.means_both if self.does_both(fill) else self.means


ACTS: dict[str, Act] = {
    "review": Act(
        releasing.review_production,
        Permission.REVIEW_PRODUCTION,
        DecisionForm,
        N_("Review the production record"),
        N_("steps closed, labels balanced"),
        N_("The production record is complete and reviewed."),
    ),
    "release-conditionally": Act(
        releasing.release_conditionally,
        Permission.RELEASE_FILL,
        DecisionForm,
        N_("Release conditionally"),
        N_("while a test that may follow is still running"),
        N_("Released to the named patient while the tests named above are still running."),
        means_both=N_(
            "The production record is complete and reviewed, and it is released to the named"
            " patient while the tests named above are still running: two decisions, both yours."
        ),
    ),
    "release": Act(
        releasing.release_fill,
        Permission.RELEASE_FILL,
        DecisionForm,
        N_("Release"),
        N_("asks your password"),
        N_("Released to the named patient."),
        means_both=N_(
            "The production record is complete and reviewed, and it is released to the named"
            " patient: two decisions, both yours."
        ),
    ),
    "take-over": Act(
        earlier_release.take_over_release,
        Permission.RELEASE_FILL,
        TakeOverForm,
        N_("Take over the earlier release"),
        N_("by the paper on which it was released"),
        N_("It was released before this program kept the record, as the paper named here says."),
    ),
    "ask-change": Act(
        releasing.ask_change,
        Permission.RELEASE_FILL,
        ReasonedForm,
        N_("Ask for a change"),
        N_("voids the production review"),
        N_("The production review is void; the fill goes back to quarantine."),
    ),
    "reject": Act(
        rejecting.reject_fill,
        Permission.REJECT_FILL,
        ReasonedForm,
        N_("Reject"),
        N_("reason, second signature to destroy"),
        N_("Rejected: it will not be given to the patient."),
        danger=True,
    ),
    "recall": Act(
        rejecting.recall_fill,
        Permission.REJECT_FILL,
        RecallForm,
        N_("Recall"),
        N_("what is not injected comes back"),
        N_("Recalled: nothing of it is injected any more."),
        danger=True,
    ),
    "destroy": Act(
        rejecting.destroy_fill,
        Permission.DISCARD_MATERIAL,
        ByTwoForm,
        N_("Destroy"),
        N_("two people sign"),
        N_("What is left of it is destroyed."),
        danger=True,
    ),
}
