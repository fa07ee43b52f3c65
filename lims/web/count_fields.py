"""How a count is entered: for the whole tube, per mL, or as the squares of a haemocytometer."""

from decimal import Decimal
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from lims.errors import N_, FieldError
from lims.models.suspension import CountMethod
from lims.web.choices import ChoiceField
from lims.web.fields import DecimalField, WholeField
from lims.web.forms import Form
from lims.workflows import recounting
from lims.workflows.suspensions import Count


class Meant(StrEnum):
    """What the numbers typed are numbers of."""

    WHOLE_TUBE = "cells_in_the_whole_tube"
    PER_ML = "cells_per_mL"
    SQUARES = "cells_in_the_squares"


class HalfCounted(FieldError):
    sentence = N_("Give the method, live and dead cells together, or leave all of them empty.")


class SquaresNeeded(FieldError):
    sentence = N_("Say how many squares were counted, and the dilution.")


class CountFields(Form):
    """The fields of a count; all empty means that the cells were not counted."""

    method = ChoiceField(_l("Counted with"), CountMethod, required=False)
    meant = ChoiceField(_l("The numbers are"), Meant, default=Meant.WHOLE_TUBE)
    live = WholeField(_l("Live cells"), unit="cells", required=False)
    dead = WholeField(_l("Dead cells"), unit="cells", required=False)
    squares = WholeField(
        _l("Squares of 1 mm²"), required=False, least=1, most=100, hint=_l("Hemocytometer only.")
    )
    dilution = DecimalField(
        _l("Dilution"), required=False, least=1, most=10_000, hint=_l("2 for one part in two.")
    )

    def count_of(self, volume_ml: Decimal) -> Count | None:
        """The count of the whole volume; None where nothing was counted."""
        given: list[Any] = [self.method.data, self.live.data, self.dead.data]
        if given == [None, None, None]:
            return None
        if None in given:
            raise HalfCounted("live" if self.live.data is None else "method")
        live, dead, method = self.live.data, self.dead.data, self.method.data
        match self.meant.data:
            case Meant.PER_ML:
                return recounting.by_ml(live, dead, method=method, volume_ml=volume_ml)
            case Meant.SQUARES:
                return self._in_squares(live, dead, volume_ml)
        return Count(live=live, dead=dead, method=method)

    def _in_squares(self, live: int, dead: int, volume_ml: Decimal) -> Count:
        if self.squares.data is None or self.dilution.data is None:
            raise SquaresNeeded("squares")
        return recounting.by_squares(
            live, dead, squares=self.squares.data, dilution=self.dilution.data, volume_ml=volume_ml
        )
