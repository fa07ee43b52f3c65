"""Faults as they are told: one that stands in many rows of a column once, with all its rows."""

from collections.abc import Hashable, Sequence

from lims.errors import N_, LimsError


class InMoreRows(LimsError):
    sentence = N_("%(fault)s The same, by the numbers of rows: %(rows)s.")


def together(faults: Sequence[LimsError]) -> list[LimsError]:
    """`faults` in their order, those that say the same of one column in one sentence."""
    alike: dict[Hashable, list[LimsError]] = {}
    for number, fault in enumerate(faults):
        alike.setdefault(_said(fault) or number, []).append(fault)
    return [_of(each) for each in alike.values()]


def _said(fault: LimsError) -> Hashable:
    """What is said of which column, without the row; None of what has no cell."""
    told = fault.parameters
    if not {"cell", "problem"} <= told.keys():
        return None
    return told["sheet"], told["column"], told["problem"].english()


def _of(alike: Sequence[LimsError]) -> LimsError:
    first, *others = alike
    rows = ranges([each.parameters["row"] for each in others])
    return InMoreRows(fault=first, rows=rows) if rows else first


def ranges(rows: Sequence[int]) -> str:
    """3, 4, 5 and 9 as “3–5, 9”."""
    runs: list[list[int]] = []
    for row in rows:
        if runs and row == runs[-1][-1] + 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
