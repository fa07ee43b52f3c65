"""Hand-over notes on the page of a batch: left, and taken over."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import NotFound
from lims.models.batch_note import BatchNote
from lims.permissions import Permission
from lims.web import batches
from lims.web.auth import requires
from lims.web.forms import Form, on_refusal, submit
from lims.workflows import batch_notes

bp = Blueprint("batch_notes", __name__, url_prefix="/batches")


class TakenForm(Form):
    """A button."""


@bp.post("/<code>/notes")
@requires(Permission.PERFORM_STEP)
@on_refusal(batches.show)
def leave_note(code: str) -> ResponseReturnValue:
    form = batches.NoteForm()
    submit(form, batch_notes.leave_note, lambda session: form.of(session, code.upper()))
    flash(_("The note is left on the batch and stands on the day's lists."))
    return redirect(url_for("batches.show", code=code.upper()), 303)


@bp.post("/<code>/notes/<int:number>")
@requires(Permission.PERFORM_STEP)
@on_refusal(lambda code, number: batches.show(code))
def take_over_note(code: str, number: int) -> ResponseReturnValue:
    submit(
        TakenForm(), batch_notes.take_over_note, lambda session: {"note": note_of(session, number)}
    )
    flash(_("You have taken the note over."))
    return redirect(url_for("batches.show", code=code.upper()), 303)


def note_of(session: Session, number: int) -> BatchNote:
    note = session.scalar(select(BatchNote).where(BatchNote.id == number).with_for_update())
    if note is None:
        raise NotFound(code=str(number))
    return note
