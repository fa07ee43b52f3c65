"""A person's badge: it says who somebody is and signs nothing."""

from flask import Response

from lims.labels import BadgeLabel
from lims.models.user import User
from lims.web.current import site
from lims.web.filters import word
from lims.web.house_labels import label_pdf
from lims.web.language import spoken


def badge(person: User) -> Response:
    """One card as a PDF page, its roles in the language of whose badge it is."""
    with spoken(person.language):
        held = tuple(word(each.role) for each in person.roles)
    facility = site().settings.site_name
    return label_pdf(
        BadgeLabel(code=person.code, name=person.full_name, roles=held, facility=facility)
    )
