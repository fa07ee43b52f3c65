"""The form that takes a file of earlier records."""

from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage
from wtforms import Field
from wtforms.widgets import FileInput

from lims.earlier import Faults
from lims.errors import LimsError
from lims.models.earlier import ColumnMapping, ImportKind
from lims.web.choices import ChoiceField, PickField, TickField
from lims.web.fields import LongTextField, TextField, presence
from lims.web.forms import Form
from lims.workflows.import_mappings import MappingNotUnderstood, headers_written

LONGEST_NAME = 100


class SheetFileField(Field):
    """A CSV or XLSX file from the person's own machine; `.data` is its name and its bytes."""

    part = "line"
    scan = False
    widget = FileInput()

    def __init__(self, label: Any, *, hint: Any = "", **options: Any) -> None:
        super().__init__(label, presence(True), description=hint, **options)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data: tuple[str, bytes] | None = None
        sent = [file for file in valuelist if isinstance(file, FileStorage) and file.filename]
        if sent:
            name = str(sent[0].filename).replace("\\", "/").rpartition("/")[2]
            shown = "".join(sign for sign in name if sign.isprintable())
            self.data = shown[-LONGEST_NAME:] or "—", bytes(sent[0].read())

    def _value(self) -> bool:
        return False  # a browser lets no page fill in a file


class ImportForm(Form):
    """A file looked at, or looked at and taken over."""

    file = SheetFileField(_l("File"), hint=_l("CSV or XLSX, as it was saved."))
    kind = ChoiceField(
        _l("What it lists"), ImportKind, required=False, hint=_l("Empty: by its columns.")
    )
    mapping = PickField(_l("Saved mapping of columns"), [], required=False)
    columns = LongTextField(
        _l("Other columns"),
        required=False,
        longest=4000,
        hint=_l("A line each, ours = the header in your file: date = Day of collection."),
    )
    save_as = TextField(_l("Keep these columns under the name"), required=False, longest=60)
    only_look = TickField(_l("Look at every row only, store nothing"), required=False)

    faults: Faults | None = None
    """What was found in the file that was sent just now."""

    def __init__(self, offered: list[ColumnMapping], *positional: Any, **values: Any) -> None:
        super().__init__(*positional, **values)
        self.mapping.choices = [(each.name, each.name) for each in offered]

    @property
    def has_files(self) -> bool:
        return True

    def refuse(self, error: LimsError) -> None:
        """Keep what was found in the file, to be listed below the form."""
        super().refuse(error)
        if isinstance(error, Faults):
            self.faults = error
        elif isinstance(error, MappingNotUnderstood):
            self.columns.errors = [self.refusal]

    def headers(self) -> dict[str, str]:
        """The headers of the file, by our columns."""
        return headers_written(str(self.columns.data or "").splitlines())
