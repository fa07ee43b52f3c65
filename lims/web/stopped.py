"""A form that a mix-up stopped: reported to quality before the stop is shown."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from lims.web import current
from lims.web.forms import Form, submit
from lims.workflows.identity import Mismatch

Answer = TypeVar("Answer")
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
