"""Which copy of a label sticks on its container: the code is the same on every one of them."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from lims.errors import N_, FieldError, LimsError
from lims.models.label import Label, LabelStatus
from lims.workflows import states
from lims.workflows.command import copy_read


class WhichCopy(FieldError):
    sentence = N_(
        "%(code)s was printed more than once, and all copies carry the same code. Read on the"
        " label which copy it is, and enter its number."
    )


class OtherCopy(LimsError):
    sentence = N_(
        "Copy %(read)s of the label %(code)s is not the one to stick on: that is copy %(copy)s."
        " Peel the other off and destroy it, stick on the right one and scan it."
    )
    recorded = True
    status = 409


def require(label: Label, read: int | None) -> None:
    """Raise unless the copy `read` on a container is the newest; one printed once is not asked."""
    if read is None and label.copy > 1:
        raise WhichCopy("copy", code=label.code)
    if read is not None and read != label.copy:
        raise OtherCopy(code=label.code, read=read, copy=label.copy)


def stick(session: Session, scanned: Iterable[Label]) -> None:
    """Those of `scanned` that were not scanned back before stick on their containers now."""
    waiting = [label for label in scanned if label.status is not LabelStatus.APPLIED]
    read = {label.code: copy_read(session, label.code) for label in waiting}
    asked = [label.code for label in waiting if label.copy > 1 and read[label.code] is None]
    if asked:
        raise WhichCopy("copies", code=asked[0], codes=asked)
    for label in waiting:
        require(label, read[label.code])
        states.move(session, label, LabelStatus.APPLIED)
