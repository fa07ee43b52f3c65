"""The seconds out of the cold of vials that stand already: given when the gloves are off."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy.orm import Session, joinedload

from lims.models.batch import Batch
from lims.models.fill import Fill
from lims.models.storage import Placement
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.fields import LongTextField, WholeField
from lims.web.forms import Form, on_refusal, submit
from lims.web.looks import note_look
from lims.web.records import find
from lims.workflows import codes, cold_times, specifications, vial_places

bp = Blueprint("cold_times", __name__, url_prefix="/placing/seconds")

MOST_SECONDS = 86_400


class SecondsField(WholeField):
    """Of one vial that stands already, under its code."""

    def __init__(self, label: Any, **options: Any) -> None:
        super().__init__(label, unit="s", required=False, most=MOST_SECONDS, **options)


class SecondsForm(Form):
    """`form_of` adds a field for each vial, under its code."""

    late_reason = LongTextField(
        _l("Why it is entered late"), required=False, hint=_l("Only for what was done long before.")
    )

    @property
    def seconds(self) -> dict[str, SecondsField]:
        return {each.name: each for each in self if isinstance(each, SecondsField)}

    def of(self, session: Session, code: str) -> dict[str, Any]:
        typed = {name: field.data for name, field in self.seconds.items()}
        return {
            "fill": codes.load(session, code.upper(), Fill),
            "seconds": {name: passed for name, passed in typed.items() if passed is not None},
            "late_reason": self.late_reason.data,
        }


def form_of(names: Sequence[str], *, sent: bool) -> SecondsForm:
    fields = {name: SecondsField(name) for name in names}
    kind = type("SecondsForm", (SecondsForm,), fields)
    return kind() if sent else kind(formdata=None)  # type: ignore[no-any-return]


@bp.get("/<code>")
@requires(Permission.STORE_VIAL)
def give(code: str) -> ResponseReturnValue:
    fill = find(Fill, code, joinedload(Fill.batch).joinedload(Batch.specification_version))
    note_look(fill.patient_id)
    waiting = cold_times.lacking(reading_session(), fill)
    form = g.get("refused_form") or form_of([each.vial.code for each in waiting], sent=False)
    return render_template(
        "vials/seconds.html",
        fill=fill,
        giving=form,
        most=specifications.limit(specifications.of(fill.batch), cold_times.LONGEST),
        rows=[(each, form.seconds[each.vial.code]) for each in waiting if each.vial.code in form],
        where=standing_at(waiting),
    )


def standing_at(waiting: Sequence[Placement]) -> dict[int, str]:
    return {each.id: vial_places.address_of(each.allocation.position) for each in waiting}


@bp.post("/<code>")
@requires(Permission.STORE_VIAL)
@on_refusal(give)
def give_seconds(code: str) -> ResponseReturnValue:
    """Of the vials that its page showed; one given or taken out meanwhile is refused by name."""
    named = [name for name in request.form if codes.is_well_formed(name)]
    form = form_of(named, sent=True)
    warm = submit(form, cold_times.give_seconds, lambda session: form.of(session, code))
    given = sum(field.data is not None for field in form.seconds.values())
    flash(
        ngettext(
            "The seconds of %(num)s vial are recorded.",
            "The seconds of %(num)s vials are recorded.",
            given,
        )
    )
    for vial in warm:
        told = {"code": vial.on_the_tube}
        flash(_("%(code)s was out of the cold too long: quality decides about it.", **told), "warn")
    first = next(name for name, field in form.seconds.items() if field.data is not None)
    return redirect(url_for("vials.show", code=first), 303)
