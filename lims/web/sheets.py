"""Sheets of labels: made from what is known now, kept by content, then noted as printed.

The PDF is made before the transaction begins; the command checks that each label on it is still
the next copy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import force_locale, gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.labels import render
from lims.models.label import Label
from lims.models.step import Step
from lims.papers.label_maker import Facility
from lims.papers.labels import contents_of, labels_for, patient_id_of, subjects_of
from lims.web.current import reading_session, site, store
from lims.web.forms import Form, checked, submit
from lims.workflows import codes, containers, labelling
from lims.workflows.label_contents import Contents


@dataclass(frozen=True)
class Sheet:
    """Labels of one patient for one kind of paper, as a stored PDF."""

    codes: Sequence[str]
    copies: Sequence[int]
    patient_id: int
    layout: str
    sha256: str
    contents: Sequence[Contents]

    def noted(self, session: Session, step: str | None, reason: str | None) -> dict[str, Any]:
        """What the command is given that notes it as printed."""
        return {
            "step": codes.load(session, step, Step) if step else None,
            "patient_id": self.patient_id,
            "codes": self.codes,
            "copies": self.copies,
            "contents": self.contents,
            "layout": self.layout,
            "content_sha256": self.sha256,
            "reason": reason,
        }


def make(wanted: Sequence[str]) -> Sheet:
    """The labels of `wanted`, which share one kind of paper, in the site's own language."""
    settings, session = site().settings, reading_session()
    facility = Facility(settings.site_name, settings.time_zone)
    with force_locale(settings.default_language):
        labels = labels_for(session, wanted, facility, gettext)
        stock = labels[0].stock.at(settings.printer_dpi)
        pdf = render(labels, stock, gettext)
    subject = subjects_of(session, wanted[:1])[wanted[0]]
    return Sheet(
        codes=wanted,
        copies=[label.copy for label in labels],
        patient_id=patient_id_of(subject),
        layout=f"{stock.name}, {stock.dpi} dpi",
        sha256=store().put(pdf),
        contents=[contents_of(label) for label in labels],
    )


def printed(
    form: Form, wanted: Sequence[str], *, step: str | None = None, reason: str | None = None
) -> str:
    """Print the labels of `wanted` and note it; the SHA-256 of the sheet.

    A form sent twice gives the sheet it gave the first time.
    """
    with checked(form):
        sheet = make(wanted)
    submit(form, labelling.record_printed, lambda session: sheet.noted(session, step, reason))
    label = containers.current_label(reading_session(), wanted[0])
    return label.content_sha256 if label else sheet.sha256


def first_on(sha256: str) -> str | None:
    """The first label printed on the stored PDF of this name; nothing without one is served."""
    found = select(Label.subject_code).where(Label.content_sha256 == sha256).order_by(Label.id)
    return reading_session().scalar(found.limit(1))
