"""Between what the known scores of function and pain lie: by their own definition, as an
instrument is made, and no limit of the site."""

import re
from decimal import Decimal

from lims.errors import N_, LimsError

BETWEEN: dict[str, tuple[int, int]] = {
    "KOOS": (0, 100),
    "HOOS": (0, 100),
    "IKDC": (0, 100),
    "LYSHOLM": (0, 100),
    "HARRIS": (0, 100),
    "WOMAC": (0, 96),
    "OKS": (0, 48),
    "OHS": (0, 48),
    "LEQUESNE": (0, 24),
    "TEGNER": (0, 10),
    "VAS": (0, 10),
    "NRS": (0, 10),
}
"""Roos 1998 (KOOS), Klassbo 2003 (HOOS), Irrgang 2001 (IKDC), Lysholm 1982, Harris 1969, Bellamy
1988 (WOMAC, its 24 questions of 0 to 4 added up), Dawson 1998 and 1996 (Oxford, as counted since
2007), Lequesne 1987, Tegner 1985; visual and numeric scales in steps of one."""


class OutOfScale(LimsError):
    sentence = N_("%(scale)s is a number from %(least)s to %(most)s.")


def problem(scale: str, score: Decimal | None) -> LimsError | None:
    """That a known `scale` has no such score; one that is not known here is taken as it is."""
    words = re.findall(r"[A-Z]+", scale.upper())
    known = next((word for word in words if word in BETWEEN), None)
    if known is None or score is None:
        return None
    least, most = BETWEEN[known]
    if least <= score <= most:
        return None
    return OutOfScale(scale=known, least=least, most=most)
