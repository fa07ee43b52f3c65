"""The list of the sixteen contraindications, as the physician reads it.

Lasting ones refuse, passing ones postpone. Age and infection markers are not asked: they follow
from the birth date, the planned day and the results.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from lims.errors import N_, LimsError
from lims.models.patient import Sex


@dataclass(frozen=True)
class Contraindication:
    """One of the sixteen; limits in its name are the specification's."""

    number: int
    key: str
    """How the policy `physician_override` names it."""
    name: str
    lasting: bool
    asked: bool = True
    of_women: bool = False


_C = Contraindication
ALL: tuple[Contraindication, ...] = (
    _C(1, "infection", N_("acute infectious disease, ARVI included"), lasting=False),
    _C(2, "joint_infection", N_("infectious inflammatory lesion of the joint"), lasting=False),
    _C(
        3,
        "axial_deformation",
        N_("axial deformation of the joint over %(axial_deformation_max_degrees)s°"),
        lasting=True,
    ),
    _C(
        4,
        "decompensation",
        N_(
            "chronic disease in exacerbation or decompensation"
            " (type 2 diabetes, heart failure included)"
        ),
        lasting=False,
    ),
    _C(5, "skin_disorder", N_("acute skin disorder"), lasting=False),
    _C(6, "coagulopathy", N_("coagulopathy"), lasting=True),
    _C(
        7,
        "connective_tissue",
        N_("concomitant systemic disorder of connective tissue"),
        lasting=True,
    ),
    _C(8, "cancer", N_("oncological disease"), lasting=True),
    _C(9, "pregnancy", N_("pregnancy"), lasting=False, of_women=True),
    _C(10, "underweight", N_("cachexia, pronounced weight deficit"), lasting=True),
    _C(11, "little_fat", N_("too little subcutaneous fat at the site"), lasting=True),
    _C(
        12,
        "infection_markers",
        N_("positive test for HIV, viral hepatitis, syphilis"),
        lasting=True,
        asked=False,
    ),
    _C(
        13,
        "mental_disorder",
        N_("mental disorder, dementia and pronounced cognitive or behavioural disorder included"),
        lasting=True,
    ),
    _C(
        14,
        "allergy",
        N_("history of allergy to anaesthetics, analgesics, antibiotics"),
        lasting=True,
    ),
    _C(
        15,
        "age",
        N_("age under %(age_min_years)s or over %(age_max_years)s at the planned date"),
        lasting=True,
        asked=False,
    ),
    _C(16, "intoxication", N_("alcohol or drug intoxication"), lasting=False),
)


def listed_for(sex: Sex) -> list[Contraindication]:
    """Those that can be a patient's at all."""
    return [each for each in ALL if sex is Sex.FEMALE or not each.of_women]


BY_NUMBER = {each.number: each for each in ALL}
MARKERS, ALLERGY, AGE = 12, 14, 15
LIMITS_NAMED = ("axial_deformation_max_degrees", "age_min_years", "age_max_years")


class Named(LimsError):
    """A contraindication as a part of another sentence, the specification's limits in it."""

    def __init__(self, contraindication: Contraindication, limits: Mapping[str, Decimal]) -> None:
        self.sentence = contraindication.name  # one class, sixteen names
        super().__init__(**{name: _whole(limits[name]) for name in LIMITS_NAMED})


def _whole(limit: Decimal) -> Decimal | int:
    return int(limit) if limit == int(limit) else limit
