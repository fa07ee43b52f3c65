"""Fills of vials that batch sheets tell of, and what of a list of the cryobank may be of them.

What left the tube is told by the sheet, so that more vials, more millilitres or more cells cannot
have come of it. A fill on which anything was decided here stays as it was signed.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from lims import clock
from lims.errors import N_, Amount, LimsError
from lims.models.batch import Batch
from lims.models.earlier import EarlierBatch
from lims.models.fill import Fill, FillKind, FillStatus, Vial
from lims.models.filling import Filling
from lims.models.suspension import Suspension, Withdrawal
from lims.portions import in_portions
from lims.workflows import earlier_steps, mass_balance, specifications
from lims.workflows.earlier_rows import EarlierVialRow, EarlierVials

FROZEN_WITHIN = timedelta(days=1)
"""Of the filling: a program may run over midnight, and a rate-controlled freezer till morning."""


class WhichFill(LimsError):
    sentence = N_(
        "fills of vials that the sheet of the batch %(batch)s tells of: %(number)s; of"
        " %(day)s: %(that_day)s."
    )


class OtherPassage(LimsError):
    sentence = N_("the sheet of the batch %(batch)s tells of P%(filled)s; here is P%(given)s.")


class OtherDay(LimsError):
    sentence = N_(
        "the sheet of the batch %(batch)s tells that its vials were filled on %(filled)s; here they"
        " were frozen on %(given)s."
    )


class DecidedAlready(LimsError):
    sentence = N_(
        "quality decided on the fill %(code)s of the batch %(batch)s already: it is %(status)s, and"
        " no vial is added to what was signed. Leave the column batch empty here, or write another"
        " number: these vials become a fill of their own, and its release is taken over by itself."
    )


class MoreThanFilled(LimsError):
    sentence = N_(
        "vials that the sheet of the batch %(batch)s tells of: %(filled)s; here: %(given)s."
    )


class MoreVolumeThanFilled(LimsError):
    sentence = N_(
        "by the sheet of the batch %(batch)s %(filled)s left the tube for vials; these vials hold"
        " %(given)s."
    )


class MoreCellsThanFilled(LimsError):
    sentence = N_(
        "by the sheet of the batch %(batch)s %(filled)s left the tube for vials; these vials hold"
        " %(given)s."
    )


@dataclass
class SheetFill:
    """A fill that a batch sheet tells of, and what lists say stands in its vials by now."""

    batch: str
    fill: Fill
    given: int = 0
    volume_ml: Decimal = Decimal(0)
    cells: int = 0

    @classmethod
    def of(cls, batch: str, fill: Fill) -> "SheetFill":
        vials: Sequence[Vial] = fill.vials
        return cls(
            batch,
            fill,
            given=len(vials),
            volume_ml=sum((vial.volume_ml for vial in vials), Decimal(0)),
            cells=sum(vial.viable_cells or 0 for vial in vials),
        )

    @property
    def portion_ml(self) -> Decimal | None:
        return self.fill.made_by.portion_ml if isinstance(self.fill.made_by, Filling) else None

    @property
    def filled(self) -> int | None:
        """How many vials the sheet tells of."""
        if self.portion_ml is None:
            return None
        return earlier_steps.number_of(self.fill.withdrawal.volume_ml, self.portion_ml)

    def cells_in(self, volume_ml: Decimal) -> int | None:
        """Viable cells by the count of the tube; None where the sheet gives none."""
        per_ml = self.fill.withdrawal.suspension.viable_per_ml
        return None if per_ml is None else round(per_ml * volume_ml)

    def require_of(self, item: EarlierVials) -> None:
        """Raise where the list and the sheet cannot both be true, or the fill is decided on."""
        fill = self.fill
        if None not in (item.passage, fill.passage) and item.passage != fill.passage:
            raise OtherPassage(batch=self.batch, filled=fill.passage, given=item.passage)
        filled = clock.day_of(fill.filled_at)
        if not filled <= item.frozen_on <= filled + FROZEN_WITHIN:
            raise OtherDay(batch=self.batch, filled=filled, given=item.frozen_on)
        if fill.status is not FillStatus.FILLED or fill.dispositions:
            raise DecidedAlready(code=fill.code, batch=self.batch, status=fill.status)

    def add(self, row: EarlierVialRow) -> Iterator[LimsError]:
        """Take one more vial to be of it, and tell of each thing that cannot be; what cannot be
        counts no further, so that one slip makes no other row look wrong."""
        self.given += 1
        if self.filled is not None and self.given > self.filled:
            told = {"filled": self.filled, "given": self.given}
            yield row.origin.bad("vial", MoreThanFilled(batch=self.batch, **told))
        left = self.fill.withdrawal
        volume = row.volume_ml or self.portion_ml or Decimal(0)
        if row.volume_ml is not None and self.volume_ml + volume > left.volume_ml:
            given = volume if volume > left.volume_ml else self.volume_ml + volume
            ml = {"filled": Amount(left.volume_ml, "mL"), "given": Amount(given, "mL")}
            yield row.origin.bad("volume_ml", MoreVolumeThanFilled(batch=self.batch, **ml))
        else:
            self.volume_ml += volume
        cells = row.viable_cells
        if cells is not None and self._are_too_many(self.cells + cells):
            too_many = cells if self._are_too_many(cells) else self.cells + cells
            counted = {"filled": left.viable_cells or 0, "given": too_many}
            told_cells = {word: Amount(number, "cells") for word, number in counted.items()}
            problem = MoreCellsThanFilled(batch=self.batch, **told_cells)
            yield row.origin.bad("viable_cells", problem)
        else:
            self.cells += (cells if cells is not None else self.cells_in(volume)) or 0

    def _are_too_many(self, cells: int) -> bool:
        """More than left the tube, by more than two counts of the same cells may differ."""
        if (left := self.fill.withdrawal.viable_cells) is None:
            return False
        return mass_balance.is_gain(specifications.of(self.fill.batch), cells, left)


@dataclass
class SheetFills:
    """The fills of vials that the sheets of some batches tell of, by the batch's number."""

    by_batch: Mapping[str, list[SheetFill]] = field(default_factory=dict)

    @classmethod
    def read(cls, session: Session, marks: Collection[EarlierBatch]) -> "SheetFills":
        """In a few queries; in a command the fills are locked until the commit."""
        found: defaultdict[str, list[SheetFill]] = defaultdict(list)
        numbers = {mark.batch_id: mark.number for mark in marks if mark.number}
        for some in in_portions(numbers):
            query = _of_sheets().where(Fill.batch_id.in_(some))
            if not session.info.get("reading"):
                query = query.with_for_update(of=Fill.__table__)
            for fill in session.scalars(query).unique():
                number = numbers[fill.batch_id]
                found[number].append(SheetFill.of(number, fill))
        return cls(found)

    def of(self, item: EarlierVials) -> SheetFill | None:
        """The fill that the vials of `item` are of; None where no sheet tells of one."""
        fills = self.by_batch.get(item.batch, [])
        if not item.batch or not fills:
            return None
        that_day = [one for one in fills if clock.day_of(one.fill.filled_at) == item.frozen_on]
        candidates = that_day if len(fills) > 1 else fills
        if len(candidates) != 1:
            told = {"number": len(fills), "day": item.frozen_on, "that_day": len(that_day)}
            raise WhichFill(batch=item.batch, **told)
        candidates[0].require_of(item)
        return candidates[0]


def _of_sheets() -> Select[Any]:
    tube = joinedload(Fill.withdrawal).joinedload(Withdrawal.suspension)
    return (
        select(Fill)
        .join(Filling, Filling.id == Fill.made_by_id)
        .where(Fill.kind == FillKind.VIALS)
        .options(
            joinedload(Fill.made_by.of_type(Filling)),
            joinedload(Fill.batch).joinedload(Batch.specification_version),
            tube.selectinload(Suspension.counts),
            selectinload(Fill.vials),
            selectinload(Fill.dispositions),
        )
        .order_by(Fill.id)
    )
