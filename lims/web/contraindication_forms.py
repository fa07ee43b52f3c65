"""The form in which the contraindications are answered: each with what was found, or noted."""

from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lims.models.patient import Sex
from lims.web.choices import ChoiceField
from lims.web.errors import sentence_of
from lims.web.fields import TextField
from lims.web.forms import Form
from lims.web.people import OwnPassword
from lims.workflows.contraindication_checks import Found
from lims.workflows.contraindication_list import ALL, BY_NUMBER, MARKERS, listed_for
from lims.workflows.contraindications import Rules

ANSWERED = {each.number for each in ALL if each.asked} | {MARKERS}
"""Those with an answer in the form: of the markers it is asked where they are not known."""


class Answer(StrEnum):
    ABSENT = "absent"
    PRESENT = "present"


class CheckForm(Form):
    """`answer_N`, `note_N` of what was found and `remark_N` beside what is absent for each that is
    asked, `reason_N` where it could be overridden."""

    own = OwnPassword(
        _l("Your signature"), required=False, hint=_l("Only where you override something above.")
    )

    def __init__(self, rules: Rules, sex: Sex, asked: set[int], **values: Any) -> None:
        super().__init__(**values)
        listed = listed_for(sex)
        for each in ALL:
            if each not in listed:
                for part in ("answer", "note", "remark", "reason"):
                    del self[f"{part}_{each.number}"]
                continue
            if each.number not in asked and each.number in ANSWERED:
                for part in ("answer", "note", "remark"):
                    del self[f"{part}_{each.number}"]
            elif each.number in asked:
                kind = _("lasting") if each.lasting else _("passing")
                name = f"{each.number}. {sentence_of(rules.named(each.number))} · {kind}"
                self[f"answer_{each.number}"].label.text = name
                said = _("%(number)s. What was found", number=each.number)
                self[f"note_{each.number}"].label.text = said
                beside = _("%(number)s. Note beside “absent”", number=each.number)
                self[f"remark_{each.number}"].label.text = beside
            if not rules.may_override(each.number):
                del self[f"reason_{each.number}"]
            else:
                why = _("%(number)s. Why it goes on all the same", number=each.number)
                self[f"reason_{each.number}"].label.text = why

    def validate(self, extra_validators: Any = None) -> bool:
        """What was found is no note beside an absence, nor the other way round: asked back."""
        fine = bool(super().validate(extra_validators))
        for number in self.numbers():
            present = self.is_present(number)
            name, problem = (
                (f"remark_{number}", _("Answer “absent”, or write this under what was found."))
                if present
                else (f"note_{number}", _("Answer “present”, or empty this."))
            )
            if self.typed(name):
                self[name].errors = [*self[name].errors, problem]
                fine = False
        return fine

    def found(self) -> list[Found]:
        return [
            Found(number, self.typed(f"note_{number}"), self.typed(f"reason_{number}"))
            for number in self.numbers()
            if self.is_present(number)
        ]

    def absent(self) -> dict[int, str]:
        """What was noted beside those that are absent."""
        return {
            number: note
            for number in self.numbers()
            if not self.is_present(number) and (note := self.typed(f"remark_{number}"))
        }

    def numbers(self) -> list[int]:
        """Those that are asked of this patient, or follow by themselves."""
        return [n for n in BY_NUMBER if not BY_NUMBER[n].asked or f"answer_{n}" in self]

    def is_present(self, number: int) -> bool:
        """What was answered; the two that follow by themselves, where a reason was given."""
        if f"answer_{number}" in self:
            return bool(self[f"answer_{number}"].data == Answer.PRESENT)
        return self.typed(f"reason_{number}") is not None

    def typed(self, name: str) -> str | None:
        return self[name].data if name in self else None


for _each in ALL:
    if _each.number in ANSWERED:
        setattr(CheckForm, f"answer_{_each.number}", ChoiceField("", Answer))
        setattr(
            CheckForm,
            f"note_{_each.number}",
            TextField(_l("What was found"), longest=400, required=False),
        )
        setattr(
            CheckForm,
            f"remark_{_each.number}",
            TextField(_l("Note beside “absent”"), longest=400, required=False),
        )
    setattr(
        CheckForm,
        f"reason_{_each.number}",
        TextField(_l("Why it goes on all the same"), longest=400, required=False),
    )
