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
        code = mismatch.parameters["code"]
        scanned = str(getattr(code, "code", code))
        current.run(
            report,
            key=current.new_key(),
            arguments=lambda session: {**about(session), "scanned": scanned},
        )
        raise


def report_at_scan(stop: Stop, act: str) -> None:
    """A stop met at a scan for `act`, the word of the page's form and the dose it is about."""
    word, _, dose = act.partition(" ")
    if word not in (HAND_OVER, INJECTION):
        return
    scanned = stop.parameters["code"]
    current.run(
        issuing.report_stop,
        key=current.new_key(),
        arguments=lambda session: {
            "dose": codes.load(session, dose, Dose),
            "at_injection": word == INJECTION,
            "scanned": str(getattr(scanned, "code", scanned)),
        },
    )
