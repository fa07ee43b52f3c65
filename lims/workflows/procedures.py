"""Procedures: which edition of which standard operating procedure a kind of step follows."""

from datetime import date

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from lims.errors import N_, FieldError
from lims.models.step import StepKind
from lims.models.user import Procedure, User
from lims.permissions import Permission
from lims.workflows.command import command


class EditionExists(FieldError):
    sentence = N_("Edition %(edition)s of %(number)s for %(kind)s is recorded already.")


class LaterEditionInForce(FieldError):
    sentence = N_(
        "Edition %(edition)s of %(number)s is in force from %(starts)s on. Enter a later day."
    )


def current_procedure(session: Session, kind: StepKind, on: date) -> Procedure | None:
    """The edition in force for a kind of step; None where the site wrote none yet."""
    return session.scalars(_CURRENT, {"kind": kind.value, "on": on}).one_or_none()


_CURRENT = (
    select(Procedure)
    .where(
        Procedure.step_kind == bindparam("kind"),
        Procedure.effective_from <= bindparam("on"),
        (Procedure.retired_on.is_(None)) | (Procedure.retired_on > bindparam("on")),
    )
    .order_by(Procedure.effective_from.desc(), Procedure.id.desc())
    .limit(1)
)


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
    """A new edition of the procedure for a kind of step; it retires the one before it."""
    _require_new_edition(session, kind, number, edition, effective_from)
    before = current_procedure(session, kind, effective_from)
    if before is not None:
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


def _require_new_edition(
    session: Session, kind: StepKind, number: str, edition: str, effective_from: date
) -> None:
    known = session.scalars(
        select(Procedure).where(Procedure.step_kind == kind.value).with_for_update()
    ).all()
    if any((each.number, each.edition) == (number, edition) for each in known):
        raise EditionExists("edition", number=number, edition=edition, kind=kind)
    latest = max(known, key=lambda each: each.effective_from, default=None)
    if latest is not None and latest.effective_from >= effective_from:
        raise LaterEditionInForce(
            "effective_from",
            number=latest.number,
            edition=latest.edition,
            starts=latest.effective_from,
        )
