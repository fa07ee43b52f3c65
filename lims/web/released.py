"""What follows a decision on a fill: the chain is anchored outside the database."""

import logging

from flask import flash
from flask_babel import gettext as _

from lims.anchors import anchor_now
from lims.web.current import site
from lims.workflows.anchors import AnchorReason

log = logging.getLogger(__name__)


def after_decision(code: str) -> None:
    """Anchor the trail; a folder that cannot be written is said loudly and stops nobody."""
    here = site()
    try:
        anchor_now(here.database, here.settings.anchor_dir, AnchorReason.RELEASE)
    except OSError as error:
        log.error("no anchor after the decision on %s: %s", code, error)
        flash(_("The decision stands, but no anchor could be written. Tell the administrator."))
