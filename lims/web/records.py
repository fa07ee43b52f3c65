"""Finding the record that an address names."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue as Answer
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.interfaces import ORMOption

from lims.errors import NotFound
from lims.models.base import Coded, Material
from lims.models.patient import Patient
from lims.models.step import Step, StepStatus
from lims.web.current import reading_session
from lims.web.filters import word
from lims.workflows import drafts

Record = TypeVar("Record", bound=Coded)
Owned = TypeVar("Owned", bound=Material)
AStep = TypeVar("AStep", bound=Step)
Page = Callable[[AStep], Answer]


def find(kind: type[Record], code: str, *loaded: ORMOption) -> Record:
    """The `kind` with this code and what is `loaded` with it, or the page that says there is none;
    one indexed look-up."""
    return found(look_up(kind, *loaded), code)


def look_up(kind: type[Record], *loaded: ORMOption) -> Select[Record]:
    """The statement that `found` asks: a page that is opened all the time keeps its own."""
    return select(kind).where(kind.code == bindparam("code")).options(*loaded)


def found(statement: Select[Record], code: str) -> Record:
    """The record with this code, or the page that says there is none."""
    asked = {"code": code.upper()}
    record = reading_session().scalars(statement, asked).unique().one_or_none()
    if record is None:
        raise NotFound(code=code[:40])
    return record


def of_patient(session: Session, kind: type[Owned], code: str, number: int) -> Owned:
    """The `kind` with this number among those of the patient with this code."""
    query = select(kind).join(Patient, Patient.id == kind.patient_id)
    found = session.scalar(query.where(kind.id == number, Patient.code == code.upper()))
    if found is None:
        raise NotFound(code=code[:40])
    return found


def until_recorded(kind: type[AStep]) -> Callable[[Page[AStep]], Callable[..., Answer]]:
    """Make a page on which a `kind` of step is recorded: its code stands in the address, the page
    gets the step; afterwards what was recorded is shown instead."""

    def wrap(page: Page[AStep]) -> Callable[..., Answer]:
        @wraps(page)
        def answer(code: str) -> Answer:
            step = find(kind, code)
            if step.status is StepStatus.OPEN or request.method == "POST":
                return page(step)
            holds = {"code": step.code, "status": word(step.status)}
            flash(_("%(code)s is %(status)s: here is what it holds.", **holds))
            if current_user.has_drafts and drafts.waits(
                reading_session(), current_user.id, request.path
            ):
                flash(_("What you had typed there is kept: it stands on Today."), "warn")
            return redirect(url_for("steps.show", code=step.code), 303)

        answer.records = kind  # type: ignore[attr-defined]
        return answer

    return wrap
