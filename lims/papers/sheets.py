"""Sheets of labels: made from what is known now and kept by content; then they are noted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from lims.config import Settings
from lims.labels import render
from lims.papers.label_maker import Facility
from lims.papers.labels import contents_of, labels_for, patient_id_of, subjects_of
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

    def noted(self) -> dict[str, Any]:
        """What the command is given that notes it as printed."""
        return {
            "patient_id": self.patient_id,
            "codes": self.codes,
            "copies": self.copies,
            "contents": self.contents,
            "layout": self.layout,
            "content_sha256": self.sha256,
        }


def sheet(
    session: Session,
    settings: Settings,
    wanted: Sequence[str],
    translate: Callable[[str], str] = str,
    *,
    demonstration: bool,
) -> Sheet:
    """The labels of `wanted`, which share one kind of paper, their words through `translate`."""
    facility = Facility(settings.site_name, settings.time_zone)
    labels = labels_for(session, wanted, facility, translate)
    stock = labels[0].stock.at(settings.printer_dpi)
    pdf = render(labels, stock, translate, demonstration=demonstration)
    subject = subjects_of(session, wanted[:1])[wanted[0]]
    return Sheet(
        codes=wanted,
        copies=[label.copy for label in labels],
        patient_id=patient_id_of(subject),
        layout=f"{stock.name}, {stock.dpi} dpi",
        sha256=settings.store.put(pdf),
        contents=[contents_of(label) for label in labels],
    )
