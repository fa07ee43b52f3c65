"""Pictures sent with a form: looked at before they are believed."""

import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask_babel import lazy_gettext as _l
from PIL import Image, UnidentifiedImageError
from werkzeug.datastructures import FileStorage
from wtforms import Field
from wtforms.widgets import FileInput

from lims.web.fields import presence

MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
MOST_PIXELS = 60_000_000
"""Above any microscope camera here; a small file that unpacks to more is refused unopened."""


@dataclass(frozen=True)
class Photo:
    """A picture as sent, and what its first bytes say it is."""

    content: bytes
    media_type: str
    name: str


class PhotosField(Field):
    """Up to `most` pictures; `.data` is a list of Photo."""

    part = "photos"
    widget = FileInput(multiple=True)

    def __init__(
        self, label: Any, *, most: int = 4, required: bool = False, hint: Any = "", **options: Any
    ) -> None:
        super().__init__(label, presence(required), description=hint, **options)
        self.most = most

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = []
        sent = [file for file in valuelist if isinstance(file, FileStorage) and file.filename]
        if len(sent) > self.most:
            raise ValueError(_l("At most %(most)s pictures.", most=self.most))
        self.data = [photo(file) for file in sent]

    def _value(self) -> bool:
        return False  # a browser lets no page fill in a file


def photo(file: FileStorage) -> Photo:
    content = file.read()
    try:
        with warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning):
            picture = Image.open(BytesIO(content), formats=tuple(MEDIA_TYPES))
            too_large = picture.width * picture.height > MOST_PIXELS
            picture.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError,
            Image.DecompressionBombWarning):  # fmt: skip
        raise ValueError(
            _l("%(name)s is not a JPEG, PNG or WebP picture.", name=file.filename)
        ) from None
    if too_large:
        raise ValueError(
            _l("%(name)s has too many pixels. Send a smaller one.", name=file.filename)
        )
    return Photo(content, MEDIA_TYPES[str(picture.format)], str(file.filename)[-100:])
