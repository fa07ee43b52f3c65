"""What follows a decision on a fill: the chain is anchored, the papers that go with it are made."""

from flask import flash
from flask_babel import gettext as _

from lims.anchors import anchor_now
from lims.web import papers
from lims.web.current import site
from lims.workflows.anchors import AnchorReason


def after_decision(code: str) -> None:
    """Anchor the trail, make the papers; what fails is said loudly and stops nobody."""
    anchor(code)
    papers.after_release(code)


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
