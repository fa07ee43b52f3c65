"""A signed paper sent with a form: a PDF or a picture of it, looked at before it is believed."""

from typing import Any

from flask import Response
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage
from wtforms import Field
from wtforms.widgets import FileInput

from lims.web.current import store
from lims.web.fields import presence
from lims.web.headers import WITHIN_OUR_PAGES
from lims.web.photos import MEDIA_TYPES, photo

PDF = b"%PDF-"
SIGNATURES = {
    PDF: "application/pdf",
    b"\xff\xd8\xff": MEDIA_TYPES["JPEG"],
    b"\x89PNG": MEDIA_TYPES["PNG"],
    b"RIFF": MEDIA_TYPES["WEBP"],
}
"""How the content of each kind of paper begins."""


class PaperField(Field):
    """One paper; `.data` is its content, and `keep` stores it and says under which SHA-256."""

    part = "paper"
    widget = FileInput()

    def __init__(self, label: Any, *, required: bool = True, hint: Any = "", **options: Any):
        super().__init__(label, presence(required), description=hint, **options)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        sent = [file for file in valuelist if isinstance(file, FileStorage) and file.filename]
        if sent:
            self.data = content_of(sent[0])

    def keep(self) -> str | None:
        return store().put(self.data) if self.data else None

    def _value(self) -> bool:
        return False  # a browser lets no page fill in a file


def content_of(file: FileStorage) -> bytes:
    start = file.stream.read(len(PDF))
    file.stream.seek(0)
    if start == PDF:
        return bytes(file.read())
    try:
        return photo(file).content
    except ValueError:
        raise ValueError(
            _l("%(name)s is neither a PDF nor a picture.", name=str(file.filename)[-100:])
        ) from None


def paper_kept(sha256: str) -> Response:
    """A kept paper as the browser shows it."""
    content = store().get(sha256)
    kinds = (kind for start, kind in SIGNATURES.items() if content.startswith(start))
    kind = next(kinds, "application/octet-stream")
    answer = Response(content, mimetype=kind, headers=WITHIN_OUR_PAGES)
    answer.headers["Content-Disposition"] = "inline"
    answer.cache_control.private = True
    return answer
