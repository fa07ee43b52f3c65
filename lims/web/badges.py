"""A person's badge: it says who somebody is and signs nothing."""

from flask import Response
from flask_babel import force_locale

from lims.labels import BadgeLabel
from lims.models.user import User
from lims.web.current import site
from lims.web.filters import word
from lims.web.house_labels import label_pdf


def badge(person: User) -> Response:
    """One card as a PDF page, for the printer of the site, in the site's own language."""
    settings = site().settings
    with force_locale(settings.default_language):
        held = tuple(word(each.role) for each in person.roles)
    return label_pdf(
        BadgeLabel(code=person.code, name=person.full_name, roles=held, facility=settings.site_name)
    )
