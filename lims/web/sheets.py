"""Sheets of labels: made from what is known now, kept by content, then noted as printed.

The PDF is made before the transaction begins; the command checks that each label on it is still
the next copy.
"""

from collections.abc import Sequence

from flask_babel import gettext
from sqlalchemy import select

from lims.models.label import Label
from lims.models.step import Step
from lims.papers.sheets import Sheet, sheet
from lims.web.current import reading_session, site
from lims.web.demonstration import is_one
from lims.web.forms import Form, checked, submit
from lims.web.language import of_the_site
from lims.workflows import codes, containers, labelling


def make(wanted: Sequence[str]) -> Sheet:
    """The labels of `wanted`, in the site's own language."""
    settings, session = site().settings, reading_session()
    with of_the_site(settings):
        return sheet(session, settings, wanted, gettext, demonstration=is_one())


def printed(
    form: Form, wanted: Sequence[str], *, step: str | None = None, reason: str | None = None
) -> str:
    """Print the labels of `wanted` and note it; the SHA-256 of the sheet.

    A form sent twice gives the sheet it gave the first time.
    """
    with checked(form):
        made = make(wanted)
    submit(
        form,
        labelling.record_printed,
        lambda session: {
            **made.noted(),
            "step": codes.load(session, step, Step) if step else None,
            "reason": reason,
        },
    )
    label = containers.current_label(reading_session(), wanted[0])
    return label.content_sha256 if label else made.sha256


def first_on(sha256: str) -> str | None:
    """The first label printed on the stored PDF of this name; nothing without one is served."""
    found = select(Label.subject_code).where(Label.content_sha256 == sha256).order_by(Label.id)
    return reading_session().scalar(found.limit(1))
