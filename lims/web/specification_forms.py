"""The forms of specifications: a file taken in, a version approved, a batch moved."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from wtforms import Field, HiddenField
from wtforms.widgets import FileInput

from lims import resources
from lims.errors import LimsError
from lims.models.batch import Batch
from lims.web.errors import sentence_of
from lims.web.fields import LongTextField, presence
from lims.web.forms import Form
from lims.web.people import OwnPassword
from lims.workflows import codes, specification_approval, specifications
from lims.workflows.specification_file import BadSpecification

LONGEST_FILE = 200_000
"""Characters; a specification of a hundred tests is a fifth of it."""


class TextFileField(Field):
    """A text file from the person's own machine; `.data` is its text."""

    part = "line"
    scan = False
    widget = FileInput()

    def __init__(self, label: Any, *, hint: Any = "", **options: Any) -> None:
        super().__init__(label, presence(False), description=hint, **options)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        sent = [file for file in valuelist if isinstance(file, FileStorage) and file.filename]
        if sent:
            self.data = self.read(sent[0])

    def read(self, file: FileStorage) -> str:
        try:
            text = str(file.read(), "utf-8-sig")
        except UnicodeDecodeError:
            raise ValueError(_l("%(name)s is not text in UTF-8.", name=file.filename)) from None
        if len(text) > LONGEST_FILE:
            raise ValueError(_l("At most %(most)s characters.", most=LONGEST_FILE))
        return text

    def _value(self) -> bool:
        return False  # a browser lets no page fill in a file


class TomlField(LongTextField):
    """A whole TOML file typed or pasted; tabs may indent it."""

    tall = True

    def lines(self, text: str) -> str:
        return super().lines(text).replace("\t", "")


class ImportForm(Form):
    file = TextFileField(
        _l("File"), hint=_l("A TOML file, such as one downloaded here and changed.")
    )
    text = TomlField(
        _l("Text of the file"),
        required=False,
        longest=LONGEST_FILE,
        hint=_l("Instead of a file. After a refusal its text stands here, to be mended in place."),
        render_kw={"class": "code", "spellcheck": "false"},
    )

    @property
    def has_files(self) -> bool:
        return True

    def validate(self, extra_validators: Any = None) -> bool:
        fine = bool(super().validate(extra_validators))
        if fine and not self.file.data and not self.text.data:
            self.file.errors = [_("Choose a file, or paste its text below.")]
            return False
        return fine

    def refuse(self, error: LimsError) -> None:
        """Keep the file's text on the page, each of its errors a line of its own."""
        super().refuse(error)
        if self.file.data:
            self.text.raw_data = [self.file.data]
        if isinstance(error, BadSpecification):
            problems = error.parameters["problems"]
            self.refusal = _("The specification cannot be taken. Mend what is listed at its text.")
            self.text.errors = [sentence_of(problem) for problem in problems]

    def arguments(self, session: Session) -> dict[str, Any]:
        return {"text": self.file.data or self.text.data}


class ShippedForm(Form):
    """A button: the file that comes with the program."""

    def arguments(self, session: Session) -> dict[str, Any]:
        return {"text": resources.SPECIFICATION.read_text("utf-8")}


class ApproveForm(Form):
    seen = HiddenField()
    """SHA-256 of what the page showed."""
    signature = OwnPassword(_l("Your signature: approved"))

    def values(self, session: Session, number: int) -> dict[str, Any]:
        return {
            "version": specification_approval.load(session, number),
            "seen": self.seen.data or "",
            "proof": self.signature.proof,
        }


class WithdrawForm(Form):
    reason = LongTextField(_l("Why it will not be approved"), longest=400)

    def values(self, session: Session, number: int) -> dict[str, Any]:
        version = specification_approval.load(session, number)
        return {"version": version, "reason": self.reason.data}


class MoveForm(Form):
    seen = HiddenField()
    reason = LongTextField(_l("Why this batch is moved"), longest=400)
    signature = OwnPassword(_l("Your signature: moved to this version"))

    def values(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "batch": codes.load(session, code, Batch),
            "to": specifications.current(session),
            "seen": self.seen.data or "",
            "reason": self.reason.data,
            "proof": self.signature.proof,
        }
