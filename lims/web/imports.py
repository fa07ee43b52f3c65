"""Earlier records: a file looked at and taken over, and what each import brought."""

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from lims import earlier, earlier_files
from lims.errors import NotFound
from lims.models.earlier import (
    ColumnMapping,
    Import,
    ImportGivenUp,
    ImportKind,
    ImportStatus,
)
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.current import reading_session, site, store
from lims.web.fields import LongTextField
from lims.web.filters import language
from lims.web.forms import Form, checked, on_refusal, shown, submit
from lims.web.import_forms import ImportForm
from lims.web.listing import listing
from lims.web.records import find
from lims.workflows import giving_up_imports, import_asking, importing

bp = Blueprint("imports", __name__, url_prefix="/imports")

READERS = (Permission.IMPORT_RECORDS, Permission.SEE_AUDIT_TRAIL)


class GoOnForm(Form):
    """A button."""


class GivingUpForm(Form):
    reason = LongTextField(_l("Why the import is given up"))


@bp.get("/")
@requires(*READERS)
def index() -> ResponseReturnValue:
    found = listing(select(Import).options(joinedload(Import.imported_by)), Import.id)
    return render_template("imports/index.html", found=found, kinds=list(earlier_files.KINDS))


@bp.get("/new")
@requires(Permission.IMPORT_RECORDS)
def new() -> ResponseReturnValue:
    return asking(shown(ImportForm, mappings()))


def asking(form: ImportForm, looked: earlier.Looked | None = None) -> str:
    """The page that asks for a file; what was typed stays, beside what was found in it."""
    kinds = list(earlier_files.KINDS)
    return render_template("imports/new.html", importing=form, kinds=kinds, looked=looked)


def mappings() -> list[ColumnMapping]:
    return list(reading_session().scalars(select(ColumnMapping).order_by(ColumnMapping.name)))


@bp.post("/new")
@requires(Permission.IMPORT_RECORDS)
@on_refusal(new)
def record_new() -> ResponseReturnValue:
    form = ImportForm(mappings())
    with checked(form):
        looked = looked_at(form)
    if form.only_look.data:
        return asking(form, looked)
    store().put(looked.raw)
    begun = submit(
        form,
        import_asking.ask_for_import,
        lambda _: looked.begun_with() | {"save_as": form.save_as.data or None},
    )
    flash(_("%(code)s: the rows are all good, and are stored now.", code=begun.code))
    return redirect(url_for("imports.show", code=begun.code), 303)


def looked_at(form: ImportForm) -> earlier.Looked:
    """All of the file; raises Faults where anything of it cannot be taken."""
    assert form.file.data is not None
    name, raw = form.file.data
    settings = site().settings
    looked = earlier.look(
        site().database,
        raw,
        name,
        settings.time_zone,
        kind=form.kind.data,
        mapping=form.mapping.data,
        headers=form.headers(),
    )
    if looked.errors:
        raise earlier.Faults(looked)
    return looked


@bp.get("/template/<kind>.csv")
@requires(*READERS)
def template(kind: str) -> ResponseReturnValue:
    if kind not in earlier_files.KINDS:
        raise NotFound(code=kind)
    headers = {"Content-Disposition": f'attachment; filename="{ImportKind(kind).value}.csv"'}
    file = earlier_files.template(ImportKind(kind), russian=language() == "ru")
    return Response(file, mimetype="text/csv", headers=headers)


@bp.get("/<code>")
@requires(*READERS)
def show(code: str) -> ResponseReturnValue:
    given_up = joinedload(Import.given_up).joinedload(ImportGivenUp.given_up_by)
    run = find(Import, code, joinedload(Import.imported_by), given_up)
    session, mark = reading_session(), importing.MARKS[run.kind]
    under_way = run.status is ImportStatus.RUNNING
    return render_template(
        "imports/show.html",
        run=run,
        left=under_way and import_asking.is_left(session, run),
        brought=listing(import_asking.brought(run), mark.id) if run.ended_at else None,
        done=import_asking.count_of(session, run),
        under_way=under_way,
        going_on=shown(GoOnForm),
    )


@bp.post("/<code>/go-on")
@requires(Permission.IMPORT_RECORDS)
@on_refusal(show)
def go_on(code: str) -> ResponseReturnValue:
    submit(
        GoOnForm(),
        import_asking.go_on_with_import,
        lambda session: {"running": importing.with_code(session, code)},
    )
    flash(_("The worker goes on with it within a minute."))
    return redirect(url_for("imports.show", code=code), 303)


@bp.get("/<code>/give-up")
@requires(Permission.IMPORT_RECORDS)
def give_up(code: str) -> ResponseReturnValue:
    run = find(Import, code)
    if run.status is not ImportStatus.RUNNING:
        return redirect(url_for("imports.show", code=code))
    return render_template("imports/give_up.html", run=run, giving_up=shown(GivingUpForm))


@bp.post("/<code>/give-up")
@requires(Permission.IMPORT_RECORDS)
@on_refusal(give_up)
def record_giving_up(code: str) -> ResponseReturnValue:
    form = GivingUpForm()
    submit(
        form,
        giving_up_imports.give_up_import,
        lambda session: {
            "running": importing.with_code(session, code),
            "reason": form.reason.data,
        },
    )
    flash(_("%(code)s was given up. Its file may be sent again.", code=code))
    return redirect(url_for("imports.show", code=code), 303)
