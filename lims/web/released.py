"""What follows a decision on a fill: the chain is anchored, the papers that go with it are made."""

import logging

from flask import flash
from flask_babel import gettext as _

from lims.anchors import anchor_now
from lims.errors import LimsError
from lims.models.fill import Fill
from lims.models.label import RecordKind
from lims.papers import certificates
from lims.web import papers
from lims.web.current import site
from lims.web.records import find
from lims.workflows.anchors import AnchorReason

log = logging.getLogger(__name__)


def after_decision(code: str) -> None:
    """Anchor the trail, make the papers; what fails is said loudly and stops nobody."""
    anchor(code)
    make_papers(code)


def anchor(code: str) -> None:
    """Write the end of the trail outside, and say so where it cannot be."""
    here = site()
    if anchor_now(here.database, here.settings.anchor_dir, AnchorReason.RELEASE) is None:
        flash(
            _(
                "The decision on %(code)s stands, but no anchor could be written."
                " Tell the administrator.",
                code=code.upper(),
            ),
            "warn",
        )


def make_papers(code: str) -> None:
    """Make the papers that go with a decision on a fill; the decision stands without them too."""
    fill = find(Fill, code)
    wanted = [(RecordKind.BATCH, fill.batch.code)]
    if certificates.decision_on(fill)[1] is not None:
        wanted = [(kind, fill.code) for kind in papers.OFFERED["FL"]] + wanted
    try:
        for kind, of_what in wanted:
            papers.made(kind, of_what, papers.own_language())
    except (LimsError, OSError):
        log.exception("papers of %s", fill.code)
        flash(_("The decision stands, but its papers could not be made. Make them again."), "warn")
