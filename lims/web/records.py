"""Finding the record that an address names."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from lims.errors import NotFound
from lims.models.base import Coded
from lims.models.step import Step, StepStatus
from lims.web.current import reading_session
from lims.web.filters import word

Record = TypeVar("Record", bound=Coded)


def find(kind: type[Record], code: str) -> Record:
    """The `kind` with this code, or the page that says there is none; one indexed look-up."""
    record = reading_session().scalar(select(kind).where(kind.code == code.upper()))
    if record is None:
        raise NotFound(code=code[:40])
    return record


def until_recorded(
    page: Callable[[str], ResponseReturnValue],
) -> Callable[..., ResponseReturnValue]:
    """The page on which a step is recorded; afterwards what was recorded is shown instead."""

    @wraps(page)
    def answer(code: str) -> ResponseReturnValue:
        step = find(Step, code)
        if step.status is StepStatus.OPEN or request.method == "POST":
            return page(code)
        flash(
            _(
                "%(code)s is %(status)s: here is what it holds.",
                code=step.code,
                status=word(step.status),
            )
        )
        return redirect(url_for("steps.show", code=step.code), 303)

    return answer
