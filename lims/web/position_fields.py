"""A field of positions: a line each, the code of the box and what people call the position."""

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms.widgets import TextArea

from lims.models.storage import Box, Position
from lims.web.fields import Typed
from lims.web.scans import read_code
from lims.workflows import codes, cryobank

MOST = 500


class PositionsField(Typed):
    """`.data` is a list of (code of a box, position); a line reads `BX26000001A A3`."""

    part = "text"
    widget = TextArea()

    def process_data(self, value: Any) -> None:
        self.data = list(value) if value else []

    def process_formdata(self, valuelist: list[Any]) -> None:
        lines = [line for text in valuelist for line in str(text).splitlines() if line.strip()]
        self.data = []
        if len(lines) > MOST:
            raise ValueError(_l("At most %(most)s positions.", most=MOST))
        for line in lines:
            self.data.append(self.position(line))
        if len(set(self.data)) < len(self.data):
            raise ValueError(_l("A position is in the list twice."))

    def position(self, line: str) -> tuple[str, str]:
        typed, _, name = line.strip().partition(" ")
        if not name.strip():
            raise ValueError(_l("Write the code of the box, a space and the position: A3."))
        return read_code(typed, ("BX",)), name.strip().upper()[:10]

    def shown(self, value: Any) -> str:
        return "\n".join(f"{box} {name}" for box, name in value)

    def found(self, session: Session) -> list[Position]:
        """The positions themselves; raises NoSuchPosition."""
        boxes = {code: codes.load(session, code, Box) for code in sorted({b for b, _ in self.data})}
        return [cryobank.position_in(session, boxes[code], name) for code, name in self.data]


def named(positions: Iterable[Position]) -> list[tuple[str, str]]:
    """Positions as the field shows them."""
    return [(position.box.code, position.name) for position in positions]
