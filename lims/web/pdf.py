"""A PDF as the browser shows it, within the page that asked for it, and the name it is saved as."""

from flask import Response

from lims.web.headers import WITHIN_OUR_PAGES


def shown_pdf(content: bytes, name: str) -> Response:
    """`name` is without its ending."""
    answer = Response(content, mimetype="application/pdf", headers=WITHIN_OUR_PAGES)
    answer.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return answer
