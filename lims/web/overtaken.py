"""Drafts of a step that was recorded meanwhile, by a colleague or at another terminal: told to
their owner, and what was typed kept to be read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import HTTPException
from wtforms.fields.core import UnboundField

from lims.models.draft import Draft
from lims.models.step import Step, StepStatus
from lims.web import filters
from lims.web.current import reading_session
from lims.web.forms import Form
from lims.web.people import PersonProof
from lims.web.rows import RowsField

TICKED = "y"
"""What a tick alone is sent as."""


@dataclass(frozen=True)
class Overtaken:
    """A draft, and the step that is no more to be recorded with it."""

    draft: Draft
    step: Step


def sorted_out(waiting: Iterable[Draft]) -> tuple[list[Draft], list[Overtaken]]:
    """Of these drafts those that can still be sent, and those that were overtaken."""
    drafts = list(waiting)
    codes = {draft.id: code for draft in drafts if (code := step_recorded_on(draft.page))}
    ended = _ended(set(codes.values()))
    found = [Overtaken(each, ended[codes[each.id]]) for each in drafts if _of(codes, each) in ended]
    gone = {each.draft.id for each in found}
    return [each for each in drafts if each.id not in gone], found


def _of(codes: dict[int, str], draft: Draft) -> str:
    return codes.get(draft.id, "")


def step_recorded_on(page: str) -> str:
    """The code of the step that is recorded on `page`; empty where none is."""
    try:
        matched = current_app.url_map.bind("").match(page.partition("?")[0], method="GET")
    except HTTPException:
        return ""
    endpoint, values = matched
    records = getattr(current_app.view_functions[endpoint], "records", None)
    return str(values["code"]).upper() if records else ""


def _ended(codes: set[str]) -> dict[str, Step]:
    """Of the steps with these codes, those that are open no more, by their codes."""
    if not codes:
        return {}
    query = select(Step).where(Step.code.in_(codes), Step.status != StepStatus.OPEN)
    found = reading_session().scalars(query.options(joinedload(Step.recorded_by)))
    return {step.code: step for step in found}


def in_words(form: str, typed: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    """What was typed into the form of this class: what each field is called, and its value."""
    kind = next((each for each in _kinds(Form) if each.__name__ == form), None)
    said = []
    for name, value, *on in typed:
        if name == "by_scanner" or (on == ["off"] and value != TICKED) or not value.strip():
            continue
        if on:
            value = filters.word(("no", "yes")[on == ["on"]] if value == TICKED else value)
        said.append((_called(kind, name), value))
    return said


def _kinds(kind: type[Form]) -> Iterable[type[Form]]:
    for each in kind.__subclasses__():
        yield each
        yield from _kinds(each)


def _called(kind: Any, name: str) -> str:
    """By the labels of the form; by its name where it has no such field any more."""
    first, *rest = name.split("-")
    field = getattr(kind, first, None)
    if not isinstance(field, UnboundField):
        return name.replace("_", " ")
    label = str(field.args[0]) if field.args else first.replace("_", " ")
    if issubclass(field.field_class, RowsField) and len(rest) == 2:
        return f"{label} {int(rest[0]) + 1}: {_called(field.args[1], rest[1])}"
    if issubclass(field.field_class, PersonProof) and rest:
        return f"{label}: {_called(field.field_class.kind, rest[0])}"
    return label
