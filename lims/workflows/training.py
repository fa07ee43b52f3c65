"""Training: who may perform which kind of step, by which edition of its procedure, until when."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.step import StepKind
from lims.models.user import Procedure, Training, User
from lims.permissions import Permission
from lims.workflows.command import command


class NotTrained(LimsError):
    sentence = N_(
        "%(name)s is not trained for %(kind)s (procedure %(procedure)s), or the training expired."
        " Ask the production lead to record it."
    )
    recorded = True


def current_procedure(session: Session, kind: StepKind, on: date) -> Procedure | None:
    """The edition in force for a kind of step; None where the site wrote none yet."""
    return session.scalars(
        select(Procedure)
        .where(
            Procedure.step_kind == kind.value,
            Procedure.effective_from <= on,
            (Procedure.retired_on.is_(None)) | (Procedure.retired_on > on),
        )
        .order_by(Procedure.effective_from.desc(), Procedure.id.desc())
        .limit(1)
    ).one_or_none()


def procedure_for(session: Session, person: User, kind: StepKind) -> int | None:
    """The id of the procedure `person` will follow; raises NotTrained.

    A kind of step for which the site has no procedure asks for no training, and its record says
    that there was none.
    """
    today = clock.now().date()
    procedure = current_procedure(session, kind, today)
    if procedure is None:
        return None
    trained = session.scalars(
        select(Training.id)
        .where(
            Training.user_id == person.id,
            Training.step_kind == kind.value,
            Training.trained_on <= today,
            Training.expires_on >= today,
        )
        .limit(1)
    ).first()
    if trained is None:
        raise NotTrained(name=person.full_name, kind=kind, procedure=procedure.number)
    return procedure.id


@command(Permission.RECORD_TRAINING)
def record_training(
    session: Session,
    person: User,
    *,
    kind: StepKind,
    trained_on: date,
    expires_on: date,
    by: User,
) -> Training:
    """A person trained for a kind of step, until a date."""
    procedure = current_procedure(session, kind, trained_on)
    training = Training(
        user_id=person.id,
        step_kind=kind.value,
        procedure_id=procedure.id if procedure else None,
        trained_on=trained_on,
        expires_on=expires_on,
        recorded_by_id=by.id,
    )
    session.add(training)
    session.flush()
    return training


@command(Permission.RECORD_TRAINING)
def add_procedure(
    session: Session,
    *,
    kind: StepKind,
    number: str,
    edition: str,
    title: str,
    effective_from: date,
    by: User,
) -> Procedure:
    """A new edition of a procedure; the one before it is retired from that day on."""
    before = current_procedure(session, kind, effective_from)
    if before is not None and before.effective_from <= effective_from:
        before.retired_on = effective_from
    procedure = Procedure(
        step_kind=kind.value,
        number=number,
        edition=edition,
        title=title,
        effective_from=effective_from,
    )
    session.add(procedure)
    session.flush()
    return procedure
