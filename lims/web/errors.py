"""A refusal or a failure as a page in the reader's language that says what to do next.

Nothing of the inside is shown; the incident's number finds the whole story in the log.
"""

import logging
import re
import secrets
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from lims.errors import N_, TERMS, Amount, LimsError, Word, listed
from lims.permissions import Permission
from lims.web import filters
from lims.web.current import reading_session
from lims.web.navigation import way_out_of
from lims.workflows import stops
from lims.workflows.identity import Stop

log = logging.getLogger("lims.web")

WHAT_TO_DO = {
    400: N_("The browser sent something that cannot be read. Go back and try again."),
    401: N_("You are not signed in. Sign in, then do it again."),
    403: N_("This is not among what your role may do."),
    404: N_("There is no such page. Scan the label again, or search."),
    405: N_("This address only takes a form. Go back to its page and use the button there."),
    409: N_("It was changed after this page was opened. Look at what it says now."),
    413: N_("What was sent is too large. Send a smaller file."),
    415: N_("This kind of file is not taken here."),
    422: N_("What was sent cannot be recorded."),
    423: N_("This screen is locked. Unlock it, then do it again."),
    429: N_("Too many tries. Wait a minute, then try again."),
    500: N_("Something went wrong on our side. Look whether it was recorded, then try again."),
    503: N_("The system is busy. Nothing was recorded. Try again in a moment."),
}
FILLED_IN = re.compile(r"^(csrf_token|key|version|seen|signed|by_scanner|filled_in)$|-proposed$")
"""Fields that the page itself filled in."""
SECRET = re.compile(r"password|(^|[-_])(again|pin|one_time_code)$")
"""Names of fields that are never given back: `performer-password`, not `spin_g`."""


def mismatch() -> Stop | None:
    """The mix-up that this request was stopped for, or an earlier one that its person has not
    acknowledged; base.html covers the whole screen with it."""
    if "mismatch" not in g:
        g.mismatch = stop_left()
    return g.mismatch  # type: ignore[no-any-return]


def stop_left() -> Stop | None:
    """It is shown to whoever may say that they read it."""
    left = current_user.is_authenticated and current_user.has_stop
    if not left or not current_user.may(Permission.SEE_PATIENTS):
        return None
    return stops.last_unread(reading_session(), current_user)


def sentence_of(error: LimsError) -> str:
    """The refusal in the reader's language."""
    if isinstance(error, Stop):
        g.mismatch = error
    told = {
        name: gettext(value) if name in TERMS and type(value) is str and value else spoken(value)
        for name, value in error.parameters.items()
    }
    return str(gettext(error.sentence)) % told


def spoken(value: object) -> object:
    """A parameter of a refusal as the reader would write it."""
    match value:
        case StrEnum() | Word():
            return filters.word(value)
        case Amount():
            return filters.amount(value)
        case LimsError():
            return sentence_of(value)
        case datetime():
            return filters.moment(value)
        case date():
            return filters.day(value)
        case Decimal():
            return filters.number(value)
        case list() | tuple() | set() | frozenset():
            return listed([str(spoken(item)) for item in value])
    return value


def incident(error: BaseException, status: int) -> str:
    """Write `error` to the log under a number the page shows; the number.

    A refusal of our own says in its sentence all there is; of a failure the whole trace is kept.
    """
    reference = secrets.token_hex(4)
    where = reference, status, request.endpoint, request.path
    if status < 500:
        log.info("%s %s %s %r", *where)
    elif isinstance(error, LimsError):
        log.warning("%s %s %s %r: %s", *where, error.english())
    else:
        log.error("%s %s %s %r", *where, exc_info=error)
    return reference


def page(
    error: BaseException, status: int, sentence: str, way_out: str = ""
) -> ResponseReturnValue:
    """`way_out`: the address where what refused it tells what can be done."""
    shown = render_template(
        "errors/refused.html",
        status=status,
        sentence=sentence,
        way_out=way_out,
        incident=incident(error, status),
        typed=typed(),
    )
    return shown, status


def typed() -> list[tuple[str, str]]:
    """What the person had typed, to be read off the page and typed again; never a password."""
    try:
        sent = list(request.form.items(multi=True))
    except HTTPException:  # too large or too many parts: there is nothing to give back
        return []
    return [
        (name.replace("_", " "), value)
        for name, value in sent
        if value and not FILLED_IN.search(name) and not SECRET.search(name)
    ]


def refused(error: LimsError) -> ResponseReturnValue:
    return page(error, error.status, sentence_of(error), way_out_of(error))


def not_served(error: HTTPException) -> ResponseReturnValue:
    if isinstance(error, SecurityError):  # asked for by another name: no address can be made
        return "The site does not answer to this name.", 400, {"Content-Type": "text/plain"}
    status = error.code or 500
    if error.response is not None or status < 400:
        return error.get_response()
    return page(error, status, gettext(WHAT_TO_DO.get(status, WHAT_TO_DO[400])))


def forged_or_old(error: CSRFError) -> ResponseReturnValue:
    return page(
        error,
        400,
        gettext(
            "This page was opened before you signed in, or too long ago. Nothing was recorded."
            " Open the page again and type what is listed below once more."
        ),
    )


def failed(error: Exception) -> ResponseReturnValue:
    """Uses nothing that may be what broke: no person, no database."""
    reference = incident(error, 500)
    return render_template("errors/failed.html", incident=reference), 500


def init(app: Flask) -> None:
    app.add_template_filter(sentence_of, "sentence")
    app.add_template_filter(spoken)
    app.jinja_env.globals["mismatch"] = mismatch
    app.register_error_handler(LimsError, refused)
    app.register_error_handler(CSRFError, forged_or_old)
    app.register_error_handler(HTTPException, not_served)
    app.register_error_handler(Exception, failed)
