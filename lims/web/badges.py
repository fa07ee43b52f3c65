"""A person's badge: it says who somebody is and signs nothing."""

from flask import Response

from lims.labels import BadgeLabel
from lims.models.user import User
from lims.web.current import site
from lims.web.filters import word
from lims.web.house_labels import label_pdf
from lims.web.language import of_the_site


def badge(person: User) -> Response:
    """One card as a PDF page, for the printer of the site, in the site's own language."""
    settings = site().settings
    with of_the_site(settings):
        held = tuple(word(each.role) for each in person.roles)
    return label_pdf(
        BadgeLabel(code=person.code, name=person.full_name, roles=held, facility=settings.site_name)
    )
