"""A request of a site in Minsk, for what needs a language and a zone and no database."""

from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask_babel import Babel
from werkzeug.datastructures import MultiDict
from wtforms import Form


@pytest.fixture
def speak():
    """A context of a request in the language given."""

    def speaking(language="en"):
        app = Flask(__name__)
        Babel(
            app,
            locale_selector=lambda: language,
            timezone_selector=lambda: ZoneInfo("Europe/Minsk"),
        )
        return app.test_request_context()

    return speaking


@pytest.fixture
def english(speak):
    with speak("en"):
        yield


@pytest.fixture
def russian(speak):
    with speak("ru"):
        yield


@pytest.fixture
def typed(english):
    """What a field makes of what a person typed: the field, validated."""

    def read(field, *texts):
        form = type("AForm", (Form,), {"field": field})(MultiDict([("field", t) for t in texts]))
        form.validate()
        return form.field

    return read
