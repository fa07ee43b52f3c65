"""What the specification expects of an entry, said beside its field."""

from collections.abc import Mapping

from flask_babel import gettext as _

from lims.models.specification import SpecificationVersion
from lims.web.filters import number
from lims.web.forms import Form
from lims.workflows import specifications


def name_limits(form: Form, version: SpecificationVersion, limits: Mapping[str, str]) -> None:
    """`limits` names those of each field; `{}` stands for min and for max."""
    for field, name in limits.items():
        low = number(specifications.limit(version, name.format("min")))
        high = number(specifications.limit(version, name.format("max")))
        told = _("Specification: %(low)s to %(high)s.", low=low, high=high)
        if not form[field].flags.required:
            told = f"{told} {_('Left empty, it is a deviation.')}"
        form[field].description = told
