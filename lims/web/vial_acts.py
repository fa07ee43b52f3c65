"""What may be done with a vial next, by its status, its place and who is signed in."""

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user

from lims.models.fill import Vial, VialStatus
from lims.models.freezing import Freezing
from lims.models.order import Order, OrderKind
from lims.models.step import StepStatus
from lims.models.storage import Placement
from lims.permissions import Permission
from lims.web.doors import Act, door
from lims.workflows import compromised, discarding_vials, placing, vial_places


def acts(
    vial: Vial,
    placement: Placement | None,
    order: Order | None,
    frozen_in: Freezing | None = None,
    *,
    opened: bool,
) -> list[Act]:
    """The next legal acts of the person signed in."""
    status, nowhere, left = vial.status, placement is None, vial.left_ml() > 0
    to_use = url_for("handing_on.empty", code=order.code) if order else ""
    doubtful = status is VialStatus.COMPROMISED
    offered = [
        (
            Permission.PERFORM_STEP,
            status is VialStatus.LABELLED and left and frozen_in is None,
            (_("Freeze"), url_for("freezings.start", code=vial.fill.code), _("with its fill")),
        ),
        (
            Permission.PERFORM_STEP,
            frozen_in is not None and frozen_in.status is StepStatus.OPEN,
            (
                _("Go on with the freezing"),
                url_for("freezings.run", code=frozen_in.code) if frozen_in else "",
                _("scan the others"),
            ),
        ),
        (
            Permission.STORE_VIAL,
            status in vial_places.HOMELESS and nowhere and left and not opened,
            (
                _("Put into its place"),
                url_for("placing.place", vial=vial.code),
                _("scan it and the box"),
            ),
        ),
        (
            Permission.KEEP_COMPROMISED,
            doubtful and not nowhere,
            (_("Keep"), url_for("compromised.keep", vial=vial.code), _("your signature")),
        ),
        (
            Permission.STORE_VIAL,
            status in placing.PLACED and not nowhere,
            (_("Move"), url_for("placing.move", vial=vial.code), _("scan it and the box")),
        ),
        (
            Permission.RETRIEVE_VIAL,
            status is VialStatus.RETRIEVED and left and not opened,
            (_("Bring back"), url_for("retrievals.back", vial=vial.code), _("scan it and the box")),
        ),
        (
            Permission.STORE_VIAL,
            status in compromised.MARKABLE,
            (_("It may have been warm"), url_for("compromised.mark", vial=vial.code), ""),
        ),
        (
            Permission.TAKE_ALIQUOT,
            opened and order is not None and order.kind is OrderKind.TEST,
            (_("Use them up for the test"), to_use, ""),
        ),
        (
            Permission.DISCARD_MATERIAL,
            status in discarding_vials.DISCARDABLE,
            (_("Discard"), url_for("compromised.discard"), _("two people sign")),
        ),
    ]
    return [act for allowed, fits, act in offered if fits and current_user.may(allowed)]


def doubts() -> list[Act]:
    """What two people or quality decide on vials that may have been warm, or are broken."""
    return [
        *door(_("Keep compromised vials"), "compromised.keep", _("your signature")),
        *door(_("Discard vials"), "compromised.discard", _("two people sign")),
    ]
