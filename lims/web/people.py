"""A person proved by name and password on the same form: a performer, a witness, a signer."""

from collections.abc import Collection
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import Form as PlainForm
from wtforms import FormField

from lims.errors import LimsError
from lims.permissions import Permission
from lims.web import current
from lims.web.errors import sentence_of
from lims.web.fields import PasswordField, TextField
from lims.web.filters import word
from lims.web.pin_field import PinField
from lims.web.scans import COLLEAGUE, WITNESS, CodeField
from lims.workflows import clearance, people, roles

MOST_NAMED = 8
"""More names than that are not read at a bench."""


class NameAndPassword(PlainForm):
    login = TextField(_l("Sign-in name"), required=False, longest=64)
    password = PasswordField(_l("Password"), required=False, autocomplete="off")


class BadgeOrPassword(NameAndPassword):
    badge = CodeField(_l("Badge"), "US", required=False)
    pin = PinField(_l("PIN"), required=False)


class ColleagueByBadge(BadgeOrPassword):
    badge = CodeField(_l("Badge"), "US", required=False, takes=COLLEAGUE)


class PersonProof(FormField):
    """Another person's name and password; `.proof` goes to the command.

    Where it is not `required`, both parts left empty mean nobody: `.proof` is None. Who
    `may_confirm_later` need not be there: without the password `.named_id` says who is meant.
    """

    part = "person"
    kind: type[NameAndPassword] = NameAndPassword
    by_badge = False
    """Whether badge and PIN will do, and are asked first."""

    def __init__(
        self,
        label: Any,
        *,
        required: bool = True,
        may_confirm_later: bool = False,
        hint: Any = "",
        **options: Any,
    ) -> None:
        super().__init__(self.kind, label, description=hint, **options)
        self.required, self.may_confirm_later = required, may_confirm_later
        self.proof: Any = None
        self.named_id: int | None = None

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        fine = bool(super().validate(form, extra_validators))
        if fine and (self.required or self.is_given):
            for part in self.needed():
                if not part.data:
                    part.errors = [_l("Fill this in.")]
                    fine = False
        return fine

    @property
    def is_given(self) -> bool:
        return any(part.data for part in self.form)

    @property
    def is_named(self) -> bool:
        """Whether a name is all that is given, and enough."""
        return self.may_confirm_later and not self.form.password.data

    def needed(self) -> list[Any]:
        return [self.form.login, *([] if self.is_named else [self.form.password])]

    def tell(self, sentence: str) -> None:
        """Put a refusal beside the first part that is asked for."""
        first = self.needed()[0]
        first.errors = [*first.errors, sentence]
        self.required = True

    @property
    def login(self) -> str:
        return self.form.login.data or ""

    def prove(self) -> None:
        """Raise what `signing.prove` raises, with its sentence beside the password too."""
        if not self.is_given:
            return
        try:
            if self.is_named:
                self.named_id = people.named(current.reading_session(), self.login).id
            else:
                self.proof = current.prove(self.login, self.form.password.data)
        except LimsError as error:
            part = self.form.login if self.is_named else self.form.password
            part.errors = [sentence_of(error)]
            raise


class Confirming(PersonProof):
    """Who confirms what a colleague types, and signs nothing: at a terminal by badge and PIN."""

    kind = BadgeOrPassword

    def __init__(self, label: Any, **options: Any):
        super().__init__(label, **options)
        self.by_badge = current.terminal() is not None

    @property
    def by_password(self) -> bool:
        """Whether name and password are given: then a badge scanned before is not asked about."""
        return bool(self.form.login.data and self.form.password.data)

    def needed(self) -> list[Any]:
        by_password = super().needed()
        if self.by_password:
            return by_password
        badged = self.form.badge.data or self.form.pin.data
        if badged or (self.by_badge and not any(part.data for part in by_password)):
            return [self.form.badge, self.form.pin]
        return by_password

    def prove(self) -> None:
        """Raise what `prove_pin` raises, with its sentence beside the PIN too."""
        if self.by_password or not self.form.badge.data:
            return super().prove()
        try:
            self.proof = current.prove_pin(self.form.badge.data, self.form.pin.data)
        except LimsError as error:
            self.form.pin.errors = [sentence_of(error)]
            raise


class WitnessByBadge(BadgeOrPassword):
    badge = CodeField(_l("Badge"), "US", required=False, takes=WITNESS)


class Witness(Confirming):
    """Who stands beside and clears a stop, which is no signature."""

    kind = WitnessByBadge

    def __init__(self, **options: Any):
        hint = _l("Anyone at work here who may report a deviation, but you.")
        super().__init__(_l("Second person"), required=False, hint=hint, **options)

    def ask(self) -> None:
        """Without them nothing is sent."""
        parts = self.form
        asked = (parts.badge, parts.pin) if self.by_badge else (parts.login, parts.password)
        for part in asked:
            part.flags.required = True


class LineChecker(Confirming):
    """Who checks a line clearance: never who types it, and told so when their badge is scanned."""

    kind = ColleagueByBadge
    took_part: Collection[Any] = ()

    def __init__(self, **options: Any):
        super().__init__(_l("Line clearance checked by"), **options)

    def closes(self, work: str, took_part: Collection[Any]) -> None:
        """Who took part in a step or a run is told so when their badge is scanned, and not among
        those who may."""
        self.form.badge.takes = f"{COLLEAGUE} {work}"
        self.took_part = took_part

    def told_who(self) -> str:
        """Who may, by name; where that would be a long list, by what they are."""
        may = clearance.who_may_check(current.reading_session(), current_user, self.took_part)
        if not may:
            return str(_("Nobody else may check it: an administrator gives a colleague the role."))
        if len(may) > MOST_NAMED:
            names = [word(role) for role in roles.roles_with(Permission.CHECK_LINE_CLEARANCE)]
        else:
            names = may
        return str(_("Who may: %(names)s.", names=", ".join(names)))


class OwnPassword(PersonProof):
    """The signed-in person's own password: what turns a button into a signature."""

    part = "signature"

    def needed(self) -> list[Any]:
        return [self.form.password]

    @property
    def login(self) -> str:
        return str(current_user.login)
