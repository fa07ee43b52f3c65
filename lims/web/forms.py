"""What every form does: one key a page, checks before the command, and after a refusal the same
page again with the sentence above the form and everything typed still there."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, Self, TypeVar

from flask import flash, g, make_response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import escape
from werkzeug.wrappers import Response
from wtforms import HiddenField
from wtforms.widgets import FileInput

from lims.errors import N_, FieldError, LimsError, Stale
from lims.models.base import Tracked
from lims.web import current
from lims.web.current import new_key
from lims.web.entered import Arguments, WithCodes
from lims.web.errors import sentence_of
from lims.web.fields import Typed
from lims.web.hidden_fields import KeyField, VersionField
from lims.web.navigation import way_out_of
from lims.web.people import OwnPassword, PersonProof
from lims.web.scans import CopiesField
from lims.workflows import deviations, signing

Answer = TypeVar("Answer")
AForm = TypeVar("AForm", bound="Form")
Tracking = TypeVar("Tracking", bound=Tracked)
View = Callable[..., ResponseReturnValue]


class Incomplete(LimsError):
    sentence = N_("Nothing was recorded yet: look at what is marked below.")


class Form(WithCodes):
    """The base of every form; fields are declared, `arguments` says what the command gets."""

    key = KeyField(default=new_key)
    version = VersionField()
    refusal = ""
    """The sentence above the form."""

    way_out = ""
    """The address where what refused it can be mended."""

    drafted = True
    """Whether what is typed waits for whoever was led away."""

    gated = False
    """Whether each of its scans is compared by the server at once, and told beside its field."""

    of_several = False
    """Whether what is scanned into it may be several patients': each is told with its own."""

    def __init__(self, *positional: Any, **values: Any) -> None:
        super().__init__(*positional, **values)
        for field in self:
            field.id = f"{type(self).__name__.lower()}-{field.name}"

    @property
    def called(self) -> str:
        """What its draft is kept under."""
        return type(self).__name__

    @property
    def has_files(self) -> bool:
        return any(getattr(field, "part", "") in ("photos", "paper") for field in self)

    def prove(self) -> None:
        """Check the password of each person the form names, before the transaction begins."""
        for field in self:
            if isinstance(field, PersonProof):
                field.prove()

    def as_shown(self, record: Tracking) -> Tracking:
        """`record`, or Stale where it has changed since its page was opened."""
        if self.version.data not in (None, record.version):
            raise Stale(code=record.code)
        return record

    def refuse(self, error: LimsError) -> None:
        """Put `error` above the form, and beside the field it names: one left empty is needed."""
        self.refusal = sentence_of(error)
        self.way_out = way_out_of(error)
        if isinstance(error, FieldError):
            for one in (error, *error.also):
                self.mark(one)
        self.ask_for_files()
        g.refused_form = self
        g.refused_for = error

    def ask_for_files(self) -> None:
        """Say beside each file that was sent that it is not on the page any more."""
        for each in self:
            if isinstance(each.widget, FileInput) and each.data:
                each.errors = [*each.errors, _("Choose it again: a browser keeps no file.")]

    def mark(self, error: FieldError) -> None:
        """Say beside its field what cannot be taken."""
        field, said = self._fields.get(error.field), sentence_of(error)
        if isinstance(field, PersonProof):
            field.tell(said)
        elif field is not None:
            field.errors = [*field.errors, said]
            field.flags.required = field.flags.required or field.data in (None, "", [])
        if isinstance(field, CopiesField):
            field.ask(error.parameters["codes"])


class ScanLoop(Form):
    """Sent by each scan: a refused code gives its place to the next one, the sentence names it.

    Where a person was refused, what was scanned is kept for whoever comes in their place."""

    keeps: tuple[type[LimsError], ...] = (signing.SamePerson, signing.SecondNotPermitted)
    proving = False

    def prove(self) -> None:
        self.proving = True
        super().prove()
        self.proving = False

    def refuse(self, error: LimsError) -> None:
        super().refuse(error)
        if self.proving or isinstance(error, self.keeps):
            return
        at_fields = isinstance(error, FieldError | Incomplete)
        for field in self:
            if isinstance(field, Typed) and field.of_scan and (field.errors or not at_fields):
                field.let_go()
                self.by_scanner.data = ""


class Signing(Form):
    """A form whose signature holds for what its page showed; changed meanwhile, it is stale."""

    signed = HiddenField()

    def showing(self, what: object) -> Self:
        """Say on the page what the signature will be bound to."""
        self.signed.data = signing.sha256_of(what)
        return self

    def prove(self) -> None:
        super().prove()
        for field in self:
            if isinstance(field, OwnPassword) and field.proof is not None:
                field.proof.seen = self.signed.data or ""


def shown(kind: type[AForm], /, *positional: Any, **values: Any) -> AForm:
    """The form of a page: as it was sent when it has just been refused, else a new one."""
    refused = g.get("refused_form")
    if type(refused) is not kind:
        return kind(*positional, formdata=None, **values)
    if isinstance(g.refused_for, Stale) and "version" in values:
        refused.version.data = values["version"]  # what the page now shows is what they saw
    return refused


def submit(
    form: Form, command: Callable[..., Answer], arguments: Arguments | None = None
) -> Answer:
    """Check `form`, prove its people, run `command`; a refusal is kept on the form and raised."""
    drafted = current_user.is_authenticated and current_user.has_drafts
    with checked(form):
        made = current.run(command, key=str(form.key.data), arguments=form.scanned_with(arguments))
    if drafted:
        current.forget_draft(request.path, form.called)
    for code, found in form.run_in.get(deviations.OPENED, ()):
        what = sentence_of(found) if isinstance(found, LimsError) else _(found)
        flash(_("%(code)s was opened: %(what)s", code=code, what=what), "warn")
    return made


@contextmanager
def checked(form: Form) -> Iterator[None]:
    """Only with a form that is filled in rightly; a refusal is kept on it and raised."""
    try:
        if not form.validate():
            raise Incomplete()
        form.prove()
        yield
    except LimsError as error:
        form.refuse(error)
        raise


def on_refusal(page: View) -> Callable[[View], View]:
    """Answer a refused form with `page`, the view that shows it, and the refusal's status.

    Where that view leads elsewhere by now, or shows the form no more, the refusal is told there.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(**place: Any) -> ResponseReturnValue:
            try:
                return view(**place)
            except LimsError as error:
                if g.get("refused_for") is not error:
                    raise
                return _told_on(page, place, error)

        return answer

    return decorate


def _told_on(page: View, place: Mapping[str, Any], error: LimsError) -> ResponseReturnValue:
    told = sentence_of(error)
    shown_there = page(**place)
    if isinstance(shown_there, Response) and shown_there.location:
        flash(told, "stop")
        return shown_there
    if isinstance(shown_there, str) and escape(told) not in shown_there:
        g.refused_above = told
        shown_there = page(**place)
    return make_response(shown_there, error.status)
