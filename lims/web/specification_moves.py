"""The specification of one batch: the version it is pinned to, and its move to a newer one."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from lims.models.batch import Batch, BatchStatus
from lims.models.specification import SpecificationVersion
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.forms import on_refusal, shown, submit
from lims.web.listing import listing
from lims.web.records import find
from lims.web.specification_forms import MoveForm
from lims.workflows import signing, specification_approval, specification_moving
from lims.workflows.specification_differences import differences
from lims.workflows.specification_moving import newer_for, shown_for_move
from lims.workflows.specifications import of

bp = Blueprint("specification_moves", __name__)


@bp.get("/specifications/<int(max=99999):number>/batches")
@requires(Permission.SEE_PRODUCTION)
def batches(number: int) -> ResponseReturnValue:
    """Open batches still under versions before `number`."""
    version = specification_approval.load(reading_session(), number)
    query = (
        select(Batch)
        .join(Batch.specification_version)
        .where(Batch.status == BatchStatus.OPEN, SpecificationVersion.number < number)
        .options(joinedload(Batch.patient), joinedload(Batch.specification_version))
    )
    batches = listing(query, Batch.id)
    return render_template("specifications/batches.html", version=version, batches=batches)


def read_whole(batch: Batch, to: SpecificationVersion | None) -> None:
    """Read all that both versions say at once, not list by list of each."""
    both = [batch.specification_version_id, *([to.id] if to else [])]
    version = SpecificationVersion
    parts = (version.tests, version.limits, version.policies, version.ranges)
    reading_session().scalars(
        select(version)
        .where(version.id.in_(both))
        .options(*(selectinload(part) for part in parts), joinedload(version.approval))
        .execution_options(populate_existing=True)
    ).all()


@bp.get("/batches/<code>/specification")
@requires(Permission.SEE_PRODUCTION)
def show(code: str) -> ResponseReturnValue:
    batch = find(Batch, code)
    to = newer_for(reading_session(), batch)
    read_whole(batch, to)
    form = None
    if to and current_user.may(Permission.MOVE_SPECIFICATION):
        form = shown(MoveForm)
        form.seen.data = signing.sha256_of(shown_for_move(batch, to))
    return render_template(
        "specifications/batch.html",
        batch=batch,
        version=of(batch),
        to=to,
        told=[each.told(_) for each in differences(of(batch), to)] if to else [],
        moves=specification_moving.moves_of(reading_session(), batch),
        moving=form,
    )


@bp.post("/batches/<code>/specification")
@requires(Permission.MOVE_SPECIFICATION)
@on_refusal(show)
def record_move(code: str) -> ResponseReturnValue:
    form = MoveForm()
    batch = submit(
        form,
        specification_moving.move_batch_to_specification,
        lambda session: form.values(session, code),
    )
    flash(_("%(code)s stands under %(version)s now.", code=code, version=of(batch).code))
    return redirect(url_for("specification_moves.show", code=code), 303)
