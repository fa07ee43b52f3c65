"""Buttons to pages of other nouns: offered to who may open them."""

from typing import Any

from flask import current_app, url_for
from flask_login import current_user

from lims.errors import NotPermitted
from lims.web.auth import access_of

Act = tuple[str, str, str]
"""What it is called, its address, a note."""


def may_open(endpoint: str) -> bool:
    """Whether there is such a page and the person signed in may open it."""
    view = current_app.view_functions.get(endpoint)
    access = access_of(view) if view is not None else None
    if access is None:
        return False
    return not access.permissions or any(current_user.may(each) for each in access.permissions)


def require_open(endpoint: str) -> None:
    """Raise NotPermitted where `may_open` says no."""
    access = access_of(current_app.view_functions[endpoint])
    if access is not None and not may_open(endpoint):
        raise NotPermitted(permission=access.permissions[0])


def door(text: str, endpoint: str, note: str = "", **place: Any) -> list[Act]:
    """The button to a page, or none."""
    return [(text, url_for(endpoint, **place), note)] if may_open(endpoint) else []
