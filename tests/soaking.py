"""What is tried in part by `make test`, and in full by `make soak` (LIMS_TEST_SOAK=1)."""

import os
from collections.abc import Sequence
from random import Random
from typing import TypeVar

Case = TypeVar("Case")
SOAK = "LIMS_TEST_SOAK" in os.environ


def by_lot(cases: Sequence[Case], one_in: int, seed: str) -> Sequence[Case]:
    """One in so many of `cases`, the same each time; all of them in a soak."""
    if SOAK:
        return cases
    return Random(seed).sample(cases, -(-len(cases) // one_in))
