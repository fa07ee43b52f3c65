"""Labels of lots, equipment and places: printed from their page as often as needed."""

from flask import Response
from flask_babel import gettext

from lims.labels import render
from lims.labels.parts import Label
from lims.web.current import site
from lims.web.demonstration import is_one
from lims.web.language import of_the_site
from lims.web.pdf import shown_pdf


def label_pdf(label: Label) -> Response:
    """One label for the site's printer, in the site's own language."""
    settings = site().settings
    with of_the_site(settings):
        pdf = render([label], label.stock.at(settings.printer_dpi), gettext, demonstration=is_one())
    return shown_pdf(pdf, label.code)
