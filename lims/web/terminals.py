"""Terminals: the browsers that are known by name, and the registration of this one."""

from typing import Any, cast

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lims.labels import PlaceLabel
from lims.models.equipment import Place
from lims.models.terminal import Terminal
from lims.permissions import Permission
from lims.web import browser, current
from lims.web.auth import requires
from lims.web.fields import LongTextField, TextField, WholeField
from lims.web.forms import Form, on_refusal, shown, submit
from lims.web.house_labels import label_pdf
from lims.web.listing import listing
from lims.web.records import find
from lims.web.scans import CodeField
from lims.workflows import codes, places, signing_in, terminals

bp = Blueprint("terminals", __name__, url_prefix="/terminals")

USUAL_VOLUME = 60


class TerminalFields(Form):
    """What the registration of a terminal and its correction share."""

    name = TextField(_l("Name"), hint=_l("As people call it: Bench 2."))
    place = CodeField(
        _l("Stands at"), "PL", required=False,
        hint=_l("Scan the bench or the station it stands at."),
    )  # fmt: skip
    printer_name = TextField(
        _l("Label printer"), required=False,
        hint=_l("The printer beside it, as the system calls it."),
    )  # fmt: skip
    scanner_preamble = TextField(
        _l("Scanner preamble"), required=False, longest=8,
        hint=_l("What the scanner sends before each code. Empty: a scan is known by its speed."),
    )  # fmt: skip
    sound_volume = WholeField(
        _l("Sound volume"), unit="%", least=0, most=100, default=USUAL_VOLUME,
        hint=_l("0 is silent."),
    )  # fmt: skip

    def written(self, session: Session) -> dict[str, Any]:
        return {
            "name": self.name.data,
            "place": codes.load(session, self.place.data, Place) if self.place.data else None,
            "printer_name": self.printer_name.data or None,
            "scanner_preamble": self.scanner_preamble.data or None,
            "sound_volume": self.sound_volume.data,
        }


class ChangeForm(TerminalFields):
    reason = LongTextField(_l("Why it is changed"))


class AgainForm(Form):
    """A button: this browser."""


class RetireForm(Form):
    reason = LongTextField(_l("Why it is retired"))


@bp.get("/")
@requires(Permission.SEE_STOCK, Permission.KEEP_PLACES)
def index() -> ResponseReturnValue:
    found = listing(select(Terminal).options(joinedload(Terminal.place)), Terminal.id)
    return render_template("terminals/index.html", found=found)


@bp.get("/new")
@requires(Permission.KEEP_PLACES)
def register() -> ResponseReturnValue:
    return render_template("terminals/register.html", terminal_form=shown(TerminalFields))


@bp.post("/new")
@requires(Permission.KEEP_PLACES)
@on_refusal(register)
def register_terminal() -> ResponseReturnValue:
    form, token = TerminalFields(), signing_in.new_token()
    made = submit(
        form, terminals.register_terminal, lambda session: {**form.written(session), "token": token}
    )
    flash(_("This browser is %(name)s from now on. Print its label.", name=made.name))
    return known_by(made, token)


def known_by(terminal: Terminal, token: str) -> Response:
    """The page of `terminal`; with it the browser is given its secret."""
    page = redirect(url_for("terminals.show", code=terminal.code), 303)
    return browser.keep(cast(Response, page), token)


@bp.get("/<code>")
@requires(Permission.SEE_STOCK, Permission.KEEP_PLACES)
def show(code: str) -> ResponseReturnValue:
    found = find(Terminal, code)
    return render_template(
        "terminals/show.html",
        shown_terminal=found,
        is_here=current.address() == found.code,
        again=shown(AgainForm),
    )


@bp.post("/<code>/browser")
@requires(Permission.KEEP_PLACES)
@on_refusal(show)
def register_again(code: str) -> ResponseReturnValue:
    token = signing_in.new_token()
    found = submit(
        AgainForm(),
        terminals.register_again,
        lambda session: {"terminal": codes.load(session, code, Terminal), "token": token},
    )
    flash(_("This browser is %(name)s from now on.", name=found.name))
    return known_by(found, token)


@bp.get("/<code>/edit")
@requires(Permission.KEEP_PLACES)
def edit(code: str) -> ResponseReturnValue:
    found = find(Terminal, code)
    kept = ("version", "name", "printer_name", "scanner_preamble", "sound_volume")
    change = shown(
        ChangeForm,
        place=found.place.code if found.place else None,
        **{name: getattr(found, name) for name in kept},
    )
    return render_template("terminals/edit.html", shown_terminal=found, terminal_form=change)


@bp.post("/<code>/edit")
@requires(Permission.KEEP_PLACES)
@on_refusal(edit)
def change_terminal(code: str) -> ResponseReturnValue:
    form = ChangeForm()
    submit(
        form,
        terminals.change_terminal,
        lambda session: {
            "terminal": codes.load(session, code, Terminal),
            **form.written(session),
            "version": form.version.data,
            "reason": form.reason.data,
        },
    )
    flash(_("The terminal is changed."))
    return redirect(url_for("terminals.show", code=code), 303)


@bp.get("/<code>/retire")
@requires(Permission.KEEP_PLACES)
def retire(code: str) -> ResponseReturnValue:
    return render_template(
        "terminals/retire.html", shown_terminal=find(Terminal, code), why=shown(RetireForm)
    )


@bp.post("/<code>/retire")
@requires(Permission.KEEP_PLACES)
@on_refusal(retire)
def retire_terminal(code: str) -> ResponseReturnValue:
    form = RetireForm()
    submit(
        form,
        terminals.retire_terminal,
        lambda session: {
            "terminal": codes.load(session, code, Terminal),
            "reason": form.reason.data,
        },
    )
    flash(_("%(code)s is retired. Its browser is known no more.", code=code))
    return redirect(url_for("terminals.show", code=code), 303)


@bp.get("/<code>/label.pdf")
@requires(Permission.PRINT_SUPPLY_LABEL, Permission.KEEP_PLACES)
def label(code: str) -> Response:
    found = find(Terminal, code)
    around = [each.name for each in places.path(found.place)] if found.place else []
    return label_pdf(PlaceLabel(code=found.code, name=found.name, inside=" · ".join(around)))
