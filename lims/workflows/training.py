"""Training: who may perform which kind of step, by which edition of its procedure, until when."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, FieldError, LimsError
from lims.models.step import StepKind
from lims.models.user import Procedure, Training, User
from lims.permissions import Permission
from lims.workflows.command import command
from lims.workflows.procedures import current_procedure

EXPIRES_SOON = timedelta(days=30)


class NotTrained(LimsError):
    sentence = N_(
        "%(name)s is not trained for %(kind)s (procedure %(procedure)s), or the training expired."
        " Ask the production lead to record it."
    )
    recorded = True


class OwnTraining(LimsError):
    sentence = N_("Nobody records their own training. Ask a colleague who may.")
    recorded = True


class TrainingInTheFuture(FieldError):
    sentence = N_("This day has not come yet. Enter when the training was completed.")


class ExpiresTooEarly(FieldError):
    sentence = N_("This day is before the training. Enter the last day on which it counts.")


class Standing(StrEnum):
    """How a person stands to a kind of step on a day."""

    TRAINED = "trained"
    EARLIER_EDITION = "earlier_edition"
    EXPIRES_SOON = "expires_soon"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Trained:
    """The last training of a person for a kind of step, and how it stands."""

    standing: Standing
    expires_on: date


def procedure_for(
    session: Session, person: User, kind: StepKind, on: date | None = None
) -> int | None:
    """The id of the procedure `person` follows on that day (today); raises NotTrained.

    A kind of step for which the site has no procedure asks for no training, and its record says
    that there was none. A new edition alone ends nobody's training; who must learn it again is
    the site's to say, by a date.
    """
    day = on or clock.today()
    procedure = current_procedure(session, kind, day)
    if procedure is None:
        return None
    asked = {"person": person.id, "kind": kind.value, "day": day}
    if session.scalar(_TRAINED, asked) is None:
        raise NotTrained(name=person.full_name, kind=kind, procedure=procedure.number)
    return procedure.id


_TRAINED = (
    select(Training.id)
    .where(
        Training.user_id == bindparam("person"),
        Training.step_kind == bindparam("kind"),
        Training.trained_on <= bindparam("day"),
        Training.expires_on >= bindparam("day"),
    )
    .limit(1)
)
PERFORMING = frozenset(
    {
        Permission.PERFORM_STEP,
        Permission.TAKE_ALIQUOT,
        Permission.ISSUE_DOSE,
        Permission.DISCARD_MATERIAL,
        Permission.RECORD_COLLECTION,
        Permission.RECEIVE_DOSE,
    }
)
"""Whoever holds one of these performs some kind of step."""


def performs(person: User) -> bool:
    """Whether any kind of step could ask for this person's training."""
    return any(person.may(each) for each in PERFORMING)


def standings(
    session: Session, people: Collection[User], on: date
) -> Mapping[int, Mapping[StepKind, Trained]]:
    """Of each person, by kind of step, the training that counts longest; two queries."""
    editions = {
        each.step_kind: each.id
        for each in session.scalars(
            select(Procedure).where(Procedure.effective_from <= on).order_by(Procedure.id)
        )
        if each.retired_on is None or each.retired_on > on
    }
    found: dict[int, dict[StepKind, Trained]] = {person.id: {} for person in people}
    for training in session.scalars(
        select(Training)
        .where(Training.user_id.in_(found), Training.trained_on <= on)
        .order_by(Training.expires_on, Training.id)
    ):
        standing = standing_of(training, editions.get(training.step_kind), on)
        found[training.user_id][StepKind(training.step_kind)] = Trained(
            standing, training.expires_on
        )
    return found


def standing_of(training: Training, edition_in_force: int | None, on: date) -> Standing:
    """How one training stands on a day, the gravest first."""
    if training.expires_on < on:
        return Standing.EXPIRED
    if training.expires_on <= on + EXPIRES_SOON:
        return Standing.EXPIRES_SOON
    if edition_in_force is not None and training.procedure_id != edition_in_force:
        return Standing.EARLIER_EDITION
    return Standing.TRAINED


@command(Permission.RECORD_TRAINING)
def record_training(
    session: Session,
    person: User,
    *,
    kinds: Collection[StepKind],
    trained_on: date,
    expires_on: date,
    by: User,
) -> User:
    """A person trained for kinds of step by the editions in force, up to and with a day."""
    if person.id == by.id:
        raise OwnTraining()
    if trained_on > clock.today():
        raise TrainingInTheFuture("trained_on")
    if expires_on < trained_on:
        raise ExpiresTooEarly("expires_on")
    for kind in kinds:
        procedure = current_procedure(session, kind, trained_on)
        session.add(
            Training(
                user_id=person.id,
                step_kind=kind.value,
                procedure_id=procedure.id if procedure else None,
                trained_on=trained_on,
                expires_on=expires_on,
                recorded_by_id=by.id,
            )
        )
    session.flush()
    return person
