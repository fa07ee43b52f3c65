"""A PDF as the browser shows it, with the name it is saved under."""

from flask import Response


def shown_pdf(content: bytes, name: str) -> Response:
    """`name` is without its ending."""
    answer = Response(content, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return answer
