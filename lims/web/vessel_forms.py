"""What people enter about vessels: moved, looked at, without growth, discarded."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session, joinedload

from lims.errors import N_, FieldError, NotFound
from lims.files import FileStore
from lims.models.batch import Batch
from lims.models.culture import DiscardReason, StepVessel
from lims.models.equipment import Place, PlaceKind
from lims.models.suspension import Withdrawal
from lims.models.vessel import Vessel
from lims.web.bench_forms import LATER, FromPaper, Recorded
from lims.web.choices import ChoiceField, TickField
from lims.web.fields import DecimalField, LongTextField, TextField
from lims.web.forms import Signing
from lims.web.people import OwnPassword, PersonProof
from lims.web.photos import PhotosField
from lims.web.scans import FILLED, CodeField, ScansField
from lims.web.times import MomentField
from lims.workflows import codes, containers
from lims.workflows.observing import Picture


class StillEmpty(FieldError):
    sentence = N_(
        "%(code)s is a label of a vessel into which nothing was seeded yet. Take it out of the"
        " list, and scan the vessels that hold the cells."
    )


def scanned(session: Session, field: ScansField) -> list[Vessel]:
    """The vessels scanned into `field`, in their order, each with what was seeded into it and with
    the batch and the specification that a command on them asks for again and again."""
    batch = joinedload(Vessel.batch).joinedload(Batch.specification_version)
    seeded = joinedload(Vessel.withdrawal).joinedload(Withdrawal.suspension)
    try:
        return codes.load_all(session, field.data, Vessel, seeded, batch)
    except NotFound as missing:
        code = missing.parameters["code"]
        if containers.planned_as(session, [code]):
            raise StillEmpty(field.name, code=code) from missing
        raise


class MoveForm(Recorded):
    vessels = ScansField(_l("Vessels"), "VE", takes=FILLED)
    shelf = CodeField(
        _l("Shelf"), "PL", takes=PlaceKind.SHELF, hint=_l("Scan the shelf they stand on now.")
    )

    def arguments(self, session: Session) -> dict[str, Any]:
        return {
            "vessels": scanned(session, self.vessels),
            "shelf": codes.load(session, self.shelf.data, Place),
            **self.noted(),
        }


class ObserveForm(Recorded):
    vessels = ScansField(_l("Vessels"), "VE", takes=FILLED)
    confluence_pct = DecimalField.of(
        StepVessel.confluence_pct, _l("Confluence"), most=100, required=False
    )
    appearance = TextField(_l("What it looks like"), longest=300, required=False)
    pictures = PhotosField(
        _l("Photographs"), required=False, hint=_l("Of the first vessel scanned.")
    )
    contamination_seen = TickField(
        _l("Contamination is seen"),
        hint=_l("Marks these vessels, quarantines what was seeded with them, tells quality."),
    )

    def of(self, session: Session, store: FileStore) -> dict[str, Any]:
        return {
            "vessels": scanned(session, self.vessels),
            "confluence_pct": self.confluence_pct.data,
            "appearance": self.appearance.data,
            "contamination_seen": bool(self.contamination_seen.data),
            "pictures": [
                Picture(store.put(photo.content), photo.media_type)
                for photo in self.pictures.data or []
            ],
            **self.noted(),
        }


class NoGrowthForm(Recorded):
    vessel = CodeField(_l("Vessel"), "VE", takes=FILLED, hint=_l("Scan the vessel itself."))
    told = LongTextField(_l("What was seen"))

    def arguments(self, session: Session) -> dict[str, Any]:
        return {
            "vessel": codes.load(session, self.vessel.data, Vessel),
            "told": self.told.data,
            "performed": self.performed,
        }


class SignedByTwo(FromPaper):
    """What both kinds of discard share."""

    why = ChoiceField(_l("Why"), DiscardReason)
    reason = LongTextField(_l("In words"))
    own = OwnPassword(_l("Your password"), hint=_l("You sign that this is discarded."))
    second = PersonProof(
        _l("Second person"),
        required=False,
        hint=_l("Empty: a second person gives the same form within 24 hours."),
    )

    at = MomentField(_l("Discarded at"), required=False, hint=LATER)
    performer = PersonProof(
        _l("Performed by"),
        required=False,
        may_confirm_later=True,
        hint=_l("Empty: by you, who type this. Without the password, they confirm later."),
    )

    def by_two(self) -> dict[str, Any]:
        return {
            "why": self.why.data,
            "reason": self.reason.data,
            "proof": self.own.proof,
            "second": self.second.proof,
            "performed": self.done_before(self.at.data),
        }


class OtherVessels(FieldError):
    sentence = N_("This page is about %(expected)s, which was not scanned. Scan it too.")


class DiscardVesselsForm(Signing, SignedByTwo):
    gated = True

    vessels = ScansField(_l("Vessels"), "VE", takes=FILLED)

    def of(self, session: Session, about: str | None) -> dict[str, Any]:
        """`about` is the vessel the page showed: what is signed is compared with that."""
        vessels = scanned(session, self.vessels)
        if about and about not in self.vessels.data:
            raise OtherVessels("vessels", expected=about)
        if about is None and self.own.proof is not None:
            self.own.proof.seen = None  # a page about no vessel showed nothing of any
        vessels.sort(key=lambda vessel: vessel.code != about)
        return {"vessels": vessels, **self.by_two()}
