"""Who is trained for what, until when; the procedures that steps follow."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from lims import clock
from lims.models.step import StepKind
from lims.models.user import Procedure, User, UserStatus
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.choices import ChoiceField, ChoicesField
from lims.web.current import reading_session
from lims.web.fields import TextField
from lims.web.forms import Form, on_refusal, shown, submit
from lims.web.listing import listing
from lims.web.records import find
from lims.web.times import DateField
from lims.workflows import codes, procedures, training
from lims.workflows.step_kinds import TAUGHT

bp = Blueprint("training", __name__)

A_YEAR = timedelta(days=365)


class TrainingForm(Form):
    kinds = ChoicesField(_l("Trained for"), StepKind, only=TAUGHT, required=True)
    trained_on = DateField(_l("Completed on"), default=clock.today)
    expires_on = DateField(_l("Counts until"), default=lambda: clock.today() + A_YEAR)

    def of(self, session: Session, code: str) -> Mapping[str, Any]:
        return {
            "person": codes.load(session, code.upper(), User),
            "kinds": self.kinds.data,
            "trained_on": self.trained_on.data,
            "expires_on": self.expires_on.data,
        }


class ProcedureForm(Form):
    kind = ChoiceField(_l("Kind of step"), StepKind, only=TAUGHT)
    number = TextField(_l("Number"), longest=40)
    edition = TextField(_l("Edition"), longest=20)
    title = TextField(_l("Title"))
    effective_from = DateField(_l("In force from"), default=clock.today)

    def arguments(self, session: Session) -> Mapping[str, Any]:
        return {
            "kind": self.kind.data,
            "number": self.number.data,
            "edition": self.edition.data,
            "title": self.title.data,
            "effective_from": self.effective_from.data,
        }


@bp.get("/training")
@requires(Permission.SEE_PEOPLE)
def matrix() -> ResponseReturnValue:
    """Everybody who could perform something, against every kind of step."""
    people = [
        person
        for person in reading_session().scalars(
            select(User)
            .options(selectinload(User.roles))
            .where(User.status != UserStatus.DISABLED)
            .order_by(User.full_name)
        )
        if training.performs(person)
    ]
    standings = training.standings(reading_session(), people, clock.today())
    return render_template("training/matrix.html", people=people, kinds=TAUGHT, standings=standings)


@bp.get("/training/<code>")
@requires(Permission.RECORD_TRAINING)
def record_training(code: str) -> ResponseReturnValue:
    person = find(User, code)
    return render_template(
        "training/record.html",
        person=person,
        standings=training.standings(reading_session(), [person], clock.today())[person.id],
        record=shown(TrainingForm),
    )


@bp.post("/training/<code>")
@requires(Permission.RECORD_TRAINING)
@on_refusal(record_training)
def keep_training(code: str) -> ResponseReturnValue:
    form = TrainingForm()
    person = submit(form, training.record_training, lambda session: form.of(session, code))
    flash(_("The training of %(name)s is recorded.", name=person.full_name))
    return redirect(url_for("training.matrix"), 303)


@bp.get("/procedures")
@requires(Permission.SEE_PEOPLE)
def list_procedures() -> ResponseReturnValue:
    return render_template(
        "training/procedures.html",
        procedures=listing(select(Procedure), Procedure.id),
        today=clock.today(),
    )


@bp.get("/procedures/new")
@requires(Permission.RECORD_TRAINING)
def add_procedure() -> ResponseReturnValue:
    return render_template("training/add_procedure.html", procedure=shown(ProcedureForm))


@bp.post("/procedures/new")
@requires(Permission.RECORD_TRAINING)
@on_refusal(add_procedure)
def keep_procedure() -> ResponseReturnValue:
    procedure = submit(ProcedureForm(), procedures.add_procedure)
    number, edition = procedure.number, procedure.edition
    flash(_("%(number)s, edition %(edition)s, is recorded.", number=number, edition=edition))
    return redirect(url_for("training.list_procedures"), 303)
