"""The field that is always there: a scan opens what it names, a name finds its patients."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from lims.errors import LimsError, NotFound
from lims.labels import Command, command_card
from lims.models.base import Coded
from lims.models.sample import Sample, SampleStatus
from lims.models.user import User
from lims.web import current, demonstration, one_scan, search
from lims.web.auth import asked_by_script, signed_in
from lims.web.current import site
from lims.web.doors import may_open
from lims.web.errors import sentence_of
from lims.web.fields import SPACES
from lims.web.navigation import address_of, require_page
from lims.web.pdf import shown_pdf
from lims.workflows import codes, command_codes, containers, earlier_marks, freezers

bp = Blueprint("scan", __name__)


@bp.post("/scan")
@signed_in
def open_code() -> ResponseReturnValue:
    typed = request.form.get("code", "").strip()
    if is_name(typed):
        return search.found(typed)
    try:
        opened = named_by(typed, request.form.get("page", ""))
    except LimsError as refusal:
        if refusal.recorded:
            current.remember(refusal)
        if not asked_by_script():
            raise
        return jsonify(sentence=sentence_of(refusal)), refusal.status
    return jsonify(opened) if asked_by_script() else redirect(opened.address, 303)


@bp.get("/scan/test")
@signed_in
def test() -> ResponseReturnValue:
    """Whether the scanner in hand reads as it should; nothing of it leaves the browser."""
    return render_template("scan/test.html")


@bp.get("/scan/card.pdf")
@signed_in
def card() -> ResponseReturnValue:
    """In the language of whoever prints it, who laminates it for their bench."""
    settings = site().settings
    commands, signs = (
        [Command(each.code, each.text, each.does) for each in said]
        for said in (command_codes.COMMANDS, command_codes.SIGNS)
    )
    pdf = command_card(
        commands, signs, _, dpi=settings.printer_dpi, demonstration=demonstration.is_one()
    )
    return shown_pdf(pdf, "commands")


@bp.app_template_global()
def commands_of_the_card() -> str:
    """Their codes and the words that scripts know them by."""
    return " ".join(f"{each.code}={each.word}" for each in command_codes.ALL)


def comes(person: User) -> str:
    """Where whose badge was scanned at a terminal signs in; one's own leads to the account."""
    if person.id == current_user.id:
        return url_for("account.show")
    page = urlsplit(request.referrer or "")
    left = page.path + ("?" + page.query if page.query else "")
    return url_for("account.switch", badge=person.code, left=left)


def is_name(typed: str) -> bool:
    """Codes have digits, names have none; a single letter is neither."""
    return len(typed) > 1 and all(sign.isalpha() or sign in " -'’." for sign in typed)


def is_on_its_way(found: Coded) -> bool:
    """Whether it is tissue of a courier: who has it in hand receives it."""
    return isinstance(found, Sample) and found.status is SampleStatus.IN_TRANSIT


@dataclass(frozen=True)
class Opened:
    """What a scan names, the page that opens, and whether it is scanned into that page too."""

    code: str
    address: str
    again: bool = False


def named_by(typed: str, page: str = "") -> Opened:
    """What `typed`, read on `page`, names; spaces and lower case of a code are put right, nothing
    else."""
    session, code = current.reading_session(), typed.translate(SPACES).upper()
    if not (typed.isascii() and codes.is_well_formed(code)):
        code = earlier_marks.called(session, typed.strip()) or typed
    try:
        found = codes.find(session, code)
    except NotFound:
        if code not in containers.planned_as(session, [code]):
            raise
        return Opened(code, url_for("containers.show", code=code))  # labelled, nothing in it yet
    if isinstance(found, User) and current.terminal():
        return Opened(found.code, comes(found))
    if may_open("freezings.into") and freezers.awaited(session, found):
        return Opened(found.code, url_for("freezings.into", code=found.code))
    if may_open("tissue.receive") and is_on_its_way(found):
        return Opened(found.code, url_for("tissue.receive", code=found.code))
    if (form := one_scan.awaited(session, found, page)) is not None:
        return Opened(found.code, form.address, again=form.takes_it)
    require_page(found.code)
    if not (address := address_of(found.code)):
        raise NotFound(code=code)
    return Opened(found.code, address)
