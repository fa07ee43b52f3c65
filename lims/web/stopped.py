"""A mix-up where a deviation follows from it: reported to quality before the stop is shown,
whether it was met at the scan or when the form was sent."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from lims.models.fill import Dose
from lims.web import current
from lims.web.forms import Form, submit
from lims.workflows import codes, issuing
from lims.workflows.identity import Mismatch, Stop

Answer = TypeVar("Answer")
HAND_OVER, INJECTION = "hand-over", "injection"
Of = Callable[[Session], Mapping[str, Any]]


def submit_or_report(
    form: Form, command: Callable[..., Answer], of: Of, *, report: Callable[..., Any], about: Of
) -> Answer:
    """`submit`; a scan of another patient is told to `report`, with what it is `about`."""
    try:
        return submit(form, command, of)
    except Mismatch as mismatch:
        _tell(report, mismatch, about)
        raise


def report_at_scan(stop: Stop, act: str) -> None:
    """A stop met at a scan for `act`, the word of the page's form and the dose it is about."""
    word, _, code = act.partition(" ")
    if word in (HAND_OVER, INJECTION):
        _tell(issuing.report_stop, stop, lambda session: of_dose(session, code, word == INJECTION))


def of_dose(session: Session, code: str, at_injection: bool) -> Mapping[str, Any]:
    """What a stop at a hand-over or an injection is about."""
    return {"dose": codes.load(session, code.upper(), Dose), "at_injection": at_injection}


def _tell(report: Callable[..., Any], stop: Stop, about: Of) -> None:
    current.run(
        report,
        key=current.new_key(),
        arguments=lambda session: {**about(session), "scanned": stop.scanned},
    )
