"""Finding patients by name, in either script; a name travels in a form, never in an address."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import and_, select

from lims.errors import NotPermitted
from lims.models.earlier import EarlierPatient
from lims.models.patient import Patient
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.fields import TextField
from lims.web.forms import Form
from lims.web.listing import Listing
from lims.workflows import names

bp = Blueprint("search", __name__, url_prefix="/search")

MOST_FOUND = 50


class SearchForm(Form):
    drafted = False

    name = TextField(_l("Name, or a part of it"), longest=100)


@bp.get("/")
@requires(Permission.SEE_PATIENTS)
def ask() -> ResponseReturnValue:
    return page(SearchForm(formdata=None), None)


@bp.post("/")
@requires(Permission.SEE_PATIENTS)
def look() -> ResponseReturnValue:
    form = SearchForm()
    if not form.validate():
        return page(form, None), 422
    return found(str(form.name.data))


def found(name: str) -> ResponseReturnValue:
    """The patients whose names contain each word of `name`, in any order, or whose number it was
    in the earlier records."""
    if not current_user.may(Permission.SEE_PATIENTS):
        raise NotPermitted(permission=Permission.SEE_PATIENTS)
    wanted = [
        Patient.search_name.contains(word, autoescape=True) for word in names.folded(name).split()
    ]
    numbered = select(EarlierPatient.patient_id).where(EarlierPatient.number == name.strip())
    patients = reading_session().scalars(
        select(Patient)
        .where(and_(*wanted) | Patient.id.in_(numbered))
        .order_by(Patient.search_name, Patient.id)
        .limit(MOST_FOUND)
    )
    return page(SearchForm(formdata=None, name=name), Listing(patients.all()))


def page(form: SearchForm, patients: Listing | None) -> str:
    return render_template("search/found.html", search=form, found=patients)
