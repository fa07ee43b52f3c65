"""Drafts as the page sends and asks for them (drafts.js): each person's own, and nobody else's."""

import json
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from lims.errors import NotFound
from lims.models.draft import Draft
from lims.web import current, filters, language, overtaken
from lims.web.auth import own_path, signed_in
from lims.web.errors import FILLED_IN, SECRET
from lims.workflows import drafts

bp = Blueprint("drafts", __name__, url_prefix="/drafts")

LONGEST_NAME = 200
KEPT = frozenset({"by_scanner"})
"""Which codes a scanner read is as true when they are shown again."""


@bp.get("/")
@signed_in
def of_page() -> ResponseReturnValue:
    """What waits for the forms that are sent to the addresses asked for."""
    waiting = drafts.of(current_user.id).where(Draft.address.in_(request.args.getlist("at")))
    return jsonify([_told(each) for each in current.reading_session().scalars(waiting)])


def _told(draft: Draft) -> dict[str, Any]:
    saved = {"moment": filters.moment(draft.saved_at)}
    return {
        "address": draft.address,
        "form": draft.form,
        "version": draft.version,
        "typed": json.loads(draft.typed or "[]"),
        "told": _("Draft of %(moment)s restored. It is not sent yet.", **saved),
        "changed": _(
            "Draft of %(moment)s restored. What it is about was changed since:"
            " look at each value before you send it.",
            **saved,
        ),
        "discard": _("Discard it"),
    }


@bp.post("/")
@signed_in
def save() -> ResponseReturnValue:
    typed = _typed(request.form.get("typed", ""))
    address, form = _of_form()
    if not typed:
        current.forget_draft(address, form)
        return "", 204
    version = request.form.get("version", "")
    kept = {
        "user_id": current_user.id,
        "address": address,
        "form": form,
        "page": own_path(request.form.get("page")),
        "title": _titles(),
        "key": _key(),
        "version": int(version) if version.isascii() and version.isdigit() else None,
        "typed": typed,
    }
    current.site().database.run(drafts.save_draft, None, key="", arguments=lambda _: kept)
    return "", 204


@bp.post("/discard")
@signed_in
def discard() -> ResponseReturnValue:
    current.forget_draft(*_of_form())
    return "", 204


@bp.post("/discard-listed")
@signed_in
def discard_listed() -> ResponseReturnValue:
    """From Today, without the page of the form, which may be no more."""
    current.forget_draft(*_of_form())
    flash(_("The draft is discarded."))
    return redirect(url_for("home.show"), 303)


@bp.get("/<int:number>")
@signed_in
def read(number: int) -> ResponseReturnValue:
    """What the signed-in person typed, also where its own page opens no more."""
    mine = drafts.of(current_user.id).where(Draft.id == number)
    draft = current.reading_session().scalars(mine).one_or_none()
    if draft is None:
        raise NotFound(code=str(number))
    _open, ended = overtaken.sorted_out([draft])
    return render_template(
        "drafts/read.html",
        draft=draft,
        title=title_of(draft),
        step=ended[0].step if ended else None,
        typed=overtaken.in_words(draft.form, json.loads(draft.typed or "[]")),
    )


def _titles() -> str:
    """What the page is called, by language: who reads it later may have chosen another."""
    try:
        sent = json.loads(request.form.get("titles") or "{}")
    except ValueError:
        abort(400)
    if not isinstance(sent, dict) or len(sent) > len(language.NAMES):
        abort(400)
    called = {str(tag): str(title)[:LONGEST_NAME] for tag, title in sent.items()}
    return json.dumps(called, ensure_ascii=False)


def title_of(draft: Draft) -> str:
    """What its page is called, in the reader's language; one kept before says it in its own."""
    if not draft.title.startswith("{"):
        return draft.title
    called: dict[str, str] = json.loads(draft.title)
    return called.get(language.reader().tag) or next(iter(called.values()), draft.page)


def _of_form() -> tuple[str, str]:
    address, form = own_path(request.form.get("address")), request.form.get("form", "")
    if address is None or not form.isidentifier() or len(form) > LONGEST_NAME:
        abort(400)
    return address, form


def _key() -> str:
    try:
        return str(UUID(request.form.get("key", "")))
    except ValueError:
        abort(400)


def _typed(sent: str) -> list[list[str]]:
    """The fields that were changed, without those that no draft holds."""
    if len(sent) > drafts.MOST_CHARACTERS:
        abort(413)
    try:
        fields = json.loads(sent)
        told = [[str(part) for part in each] for each in fields if 2 <= len(each) <= 3]
    except (ValueError, TypeError):
        abort(400)
    return [each for each in told if each[0] in KEPT or not _is_secret(each[0])]


def _is_secret(name: str) -> bool:
    return FILLED_IN.search(name) is not None or SECRET.search(name) is not None
