"""What no address and no form may hold, refused before any page reads it."""

from flask import Flask, abort, request
from werkzeug.routing import IntegerConverter, Map

NUL = "\0"
"""PostgreSQL keeps no text with it, SQLite does: nobody can type it."""
HIGHEST = 2**31 - 1
"""Above every number and key there will be, and what each column of them can be asked for."""


class NumberConverter(IntegerConverter):
    """`<int:…>`; a number beyond what is kept names no page."""

    def __init__(self, map: Map, max: int = HIGHEST) -> None:
        super().__init__(map, max=max)


def number_asked(name: str) -> int | None:
    """A number after the `?` of the address; None where none is given."""
    number = request.args.get(name, type=int)
    if number is not None and not 0 <= number <= HIGHEST:
        abort(404)
    return number


def init(app: Flask) -> None:
    app.url_map.converters["int"] = NumberConverter

    @app.before_request
    def refuse_nul() -> None:
        asked = (request.path, *request.args, *request.args.values())
        typed = (each for values in request.form.lists() for each in (values[0], *values[1]))
        if any(NUL in each for each in (*asked, *typed)):
            abort(400)
