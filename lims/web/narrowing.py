"""What narrows a list: words typed and a status chosen, both in the address."""

from enum import StrEnum
from typing import Any, TypeVar

from flask import request
from sqlalchemy import ColumnElement, or_

Member = TypeVar("Member", bound=StrEnum)

LONGEST = 100


def typed(name: str = "q") -> str:
    """The words looked for; empty where none are."""
    return request.args.get(name, "").strip()[:LONGEST]


def chosen(kind: type[Member], name: str) -> Member | None:
    """The member of `kind` that was chosen; None where none was, or nonsense."""
    word = request.args.get(name, "")
    return kind(word) if word in set(kind) else None


def says(words: str, *columns: Any) -> ColumnElement[bool]:
    """One of `columns` holds `words`; SQLite folds the case of Latin letters only, we of ours."""
    spellings = {words, words.lower(), words.capitalize(), words.upper()}
    return or_(
        *(column.icontains(each, autoescape=True) for column in columns for each in spellings)
    )
