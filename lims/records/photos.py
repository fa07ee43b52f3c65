"""Photographs on paper: small enough to keep, named by the hash of the original."""

from collections.abc import Sequence
from hashlib import sha256
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError
from reportlab.lib.utils import ImageReader
from reportlab.platypus import Flowable

from lims.records import ink
from lims.records.ink import Ink, set_lines
from lims.records.page import BODY_WIDTH
from lims.records.parts import Photo
from lims.records.wording import Wording

ACROSS = 3
GAP = 10
HEIGHT = 120
LONGEST_PIXELS = 900
"""About 400 dpi at the printed width: cells stay countable, a page stays light."""
QUALITY = 82


class PhotoRow(Flowable):
    """Up to three photographs side by side, each with what it shows beneath."""

    def __init__(self, photos: Sequence[Photo], wording: Wording) -> None:
        super().__init__()
        self.photos = photos
        self.room = (BODY_WIDTH - GAP * (ACROSS - 1)) / ACROSS
        self.captions = [caption(photo, wording, self.room) for photo in photos]

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        lines = max(sum(line.style.leading for line in lines) for lines in self.captions)
        self.height = HEIGHT + lines + GAP
        return BODY_WIDTH, self.height

    def draw(self) -> None:
        for place, (photo, lines) in enumerate(zip(self.photos, self.captions, strict=True)):
            x = place * (self.room + GAP)
            self._draw_image(photo.image, x)
            y = self.height - HEIGHT
            for line in lines:
                y -= line.style.leading
                self.canv.setFont(line.style.font, line.style.size)
                self.canv.setFillColor(line.style.colour)
                self.canv.drawString(x, y, line.text)

    def _draw_image(self, image: bytes, x: float) -> None:
        y = self.height - HEIGHT
        if small := reduced(image):
            self.canv.drawImage(
                ImageReader(BytesIO(small)), x, y, self.room, HEIGHT - 4, None, True, "sw"
            )
            return
        self.canv.setStrokeColor(ink.LINE)
        self.canv.rect(x, y, self.room, HEIGHT - 4)


def reduced(image: bytes) -> bytes | None:
    """`image` upright as a small JPEG, or None when it cannot be read: the paper still prints."""
    try:
        with Image.open(BytesIO(image)) as opened:
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return None
    upright.thumbnail((LONGEST_PIXELS, LONGEST_PIXELS))
    out = BytesIO()
    upright.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def caption(photo: Photo, wording: Wording, room: float) -> list[Ink]:
    original = sha256(photo.image).hexdigest()
    said = Ink(photo.caption, ink.TEXT)
    who = Ink(f"{photo.by}, {wording.moment(photo.at)}", ink.SMALL)
    return set_lines((said, who, Ink(f"SHA-256 {original[:16]}…", ink.HASH)), room)
