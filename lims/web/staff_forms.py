"""The forms of the pages about people."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lims.models.user import Language, User
from lims.permissions import Role
from lims.web.choices import ChoiceField, ChoicesField, PickField, words
from lims.web.current import site
from lims.web.fields import LongTextField, TextField
from lims.web.forms import Form
from lims.web.language import NAMES
from lims.workflows import codes, roles


class InvitationForm(Form):
    full_name = TextField(_l("Full name"), hint=_l("As it is printed beside a signature."))
    login = TextField(_l("Sign-in name"), longest=64, hint=_l("Lasts; never given to another."))
    language = PickField(_l("Language"))
    roles = ChoicesField(_l("Roles"), Role, required=True)

    def __init__(self, *positional: Any, **values: Any) -> None:
        super().__init__(*positional, **values)
        self.language.choices = [(Language(tag), NAMES[tag]) for tag in site().settings.languages]

    def arguments(self, session: Session) -> Mapping[str, Any]:
        return {
            "full_name": self.full_name.data,
            "login": self.login.data,
            "language": self.language.data,
            "roles": self.roles.data,
        }


class OfPerson(Form):
    """A form about one person, whose code stands in the address."""

    def of(self, session: Session, code: str) -> Mapping[str, Any]:
        return {"person": codes.load(session, code.upper(), User), **self.arguments(session)}


class NewCodeForm(OfPerson):
    pass


class GrantForm(OfPerson):
    role = ChoiceField(_l("Role to give"), Role)

    def __init__(self, person: User, *positional: Any, **values: Any) -> None:
        super().__init__(*positional, **values)
        self.role.choices = words(roles.may_be_given(person))

    def arguments(self, session: Session) -> Mapping[str, Any]:
        return {"role": self.role.data}


class WithReason(OfPerson):
    reason = LongTextField(_l("Reason"))

    def arguments(self, session: Session) -> Mapping[str, Any]:
        return {"reason": self.reason.data}


class EndRoleForm(WithReason):
    role = ChoiceField(_l("Role to end"), Role)

    def __init__(self, person: User, *positional: Any, **values: Any) -> None:
        super().__init__(*positional, **values)
        self.role.choices = words(held.role for held in person.roles)

    def arguments(self, session: Session) -> Mapping[str, Any]:
        return {"reason": self.reason.data, "role": self.role.data}


class DisableForm(WithReason):
    pass


class EnableForm(WithReason):
    pass
