"""First signatures that wait for a second person: who gave which, for what, until when."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from lims.models.signature import PendingSignature
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.listing import listing
from lims.workflows.second_signatures import waiting_for_second

bp = Blueprint("signatures", __name__, url_prefix="/signatures")

SIGNED_BY_TWO = (Permission.DISCARD_MATERIAL, Permission.LINK_PATIENTS)


@bp.get("/")
@requires(*SIGNED_BY_TWO)
def waiting() -> ResponseReturnValue:
    found = listing(waiting_for_second(current_user.permissions), PendingSignature.id)
    return render_template("signatures/waiting.html", found=found)
