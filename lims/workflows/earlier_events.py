"""What was done with the cells of an earlier batch, entered event by event as facts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import singledispatchmethod
from typing import Any

from sqlalchemy.orm import Session

from lims.models.batch import Batch, BatchSample, BatchStatus
from lims.models.culture import Discard, Feeding, Harvest, Observation, Seeding
from lims.models.earlier import Import, Takeover
from lims.models.fill import FillKind
from lims.models.filling import Filling
from lims.models.isolation import Isolation
from lims.models.sample import Sample, SampleStatus
from lims.models.step import Step
from lims.models.suspension import (
    Suspension,
    SuspensionOrigin,
    SuspensionStatus,
)
from lims.models.user import User
from lims.models.vessel import Vessel, VesselStatus
from lims.workflows import (
    culturing,
    earlier_people,
    earlier_steps,
    filling,
    harvesting,
    importing,
    pooling,
    seeding,
    states,
    suspensions,
)
from lims.workflows import earlier_rows as rows
from lims.workflows.codes import coded, next_codes
from lims.workflows.earlier_rows import Event
from lims.workflows.growth import SVF_PASSAGE, pooled_passage
from lims.workflows.seeding import Sown

PLACES = Decimal("0.001")

KINDS: dict[type[Event], type[Step]] = {
    rows.Received: Takeover,
    rows.Isolated: Isolation,
    rows.Seeded: Seeding,
    rows.Fed: Feeding,
    rows.Observed: Observation,
    rows.Harvested: Harvest,
    rows.Filled: Filling,
    rows.Discarded: Discard,
}


@dataclass
class Retelling:
    """A batch while its events are entered: what stands behind each name of the sheet by now."""

    session: Session
    batch: Batch
    running: Import
    by: User
    events: Sequence[Event]
    tubes: dict[str, Suspension] = field(default_factory=dict)
    vessels: dict[str, Vessel] = field(default_factory=dict)
    sample: Sample | None = None

    def __post_init__(self) -> None:
        self.people = earlier_people.named(self.session, {event.by for event in self.events})
        self.codes = {
            kind: iter(next_codes(self.session, kind, number))
            for kind, number in self._needed().items()
        }
        self.steps = [self._step(event) for event in self.events]
        self.session.add_all(self.steps)
        self.session.flush()

    def _needed(self) -> dict[str, int]:
        """How many codes of each kind the events take."""
        made = (rows.Isolated, rows.Harvested)
        sown = sum(len(each.vessels) for each in self.events if isinstance(each, rows.Seeded))
        tubes = sum(isinstance(each, made) for each in self.events)
        needed = {"ST": len(self.events), "VE": sown, "SU": tubes}
        return {kind: number for kind, number in needed.items() if number}

    def _step(self, event: Event) -> Step:
        """The step of an event: its time is the sheet's, when it was recorded is now."""
        return earlier_steps.told(
            KINDS[type(event)](comment=event.comment or None),
            self.batch,
            code=next(self.codes["ST"]),
            at=event.at,
            performer=self.people[event.by],
            running=self.running,
            origin=event.origin,
            by=self.by,
        )

    @singledispatchmethod
    def tell(self, event: Event, step: Any) -> None:
        """Enter what an event says."""
        raise NotImplementedError(type(event).__name__)

    @tell.register
    def _(self, event: rows.Received, step: Takeover) -> None:
        self._tissue(event, event.mass_g)

    @tell.register
    def _(self, event: rows.Isolated, step: Isolation) -> None:
        sample = self.sample or self._tissue(event, None)
        step.sample_id = sample.id
        made = self._tube(event, step, SuspensionOrigin.ISOLATION, SVF_PASSAGE, Decimal(0))
        step.suspension_id = made.id
        states.move(self.session, sample, SampleStatus.CONSUMED)

    @tell.register
    def _(self, event: rows.Seeded, step: Seeding) -> None:
        tube = self.tubes[event.tube]
        step.suspension_id = tube.id
        left = tube.remaining_ml / len(event.vessels)
        each = event.volume_ml or left.quantize(PLACES, "ROUND_DOWN")
        for name in event.vessels:
            sown = Sown(next(self.codes["VE"]), each, event.vessel_type, event.area_cm2)
            self.vessels[name] = seeding.sow(self.session, step, tube, sown, event.at)

    @tell.register
    def _(self, event: rows.Fed, step: Feeding) -> None:
        culturing.took_part(self.session, step, self._those(event), medium_ml=event.medium_ml)

    @tell.register
    def _(self, event: rows.Observed, step: Observation) -> None:
        seen = {"confluence_pct": event.confluence_pct}
        culturing.took_part(self.session, step, self._those(event), **seen)

    @tell.register
    def _(self, event: rows.Harvested, step: Harvest) -> None:
        vessels = self._those(event)
        passage = pooled_passage([vessel.passage for vessel in vessels])
        grown = pooling.cumulative(vessels, event.count.live if event.count else None)
        made = self._tube(event, step, SuspensionOrigin.HARVEST, passage, grown)
        step.suspension_id = made.id
        harvesting.empty(self.session, step, vessels, made)

    @tell.register
    def _(self, event: rows.Filled, step: Filling) -> None:
        tube = self.tubes[event.tube]
        step.suspension_id = tube.id
        step.portion_ml = event.volume_ml
        kind = FillKind.VIALS if event.of_vials else FillKind.DOSES
        total = event.volume_ml * event.number
        # a sheet does not say until when its doses were good
        filling.draw(self.session, step, tube, kind, total, importing.NOT_KNOWN, event.at, None)

    @tell.register
    def _(self, event: rows.Discarded, step: Discard) -> None:
        growing = {name for name, each in self.vessels.items() if not states.is_over(each)}
        gone = [self.vessels[name] for name in event.names if name in growing]
        culturing.took_part(self.session, step, gone)
        self._culture(gone)
        states.move_all(self.session, gone, VesselStatus.DISCARDED)
        tubes = [self.tubes[name] for name in event.names if name not in growing]
        step.add_comment(", ".join(tube.code for tube in tubes))
        self._discard(tubes)

    def close(self, last: Event) -> None:
        """Every step closed, what nobody says the end of ended, and the batch closed with it."""
        self._culture(list(self.vessels.values()))
        growing = [each for each in self.vessels.values() if each.status is VesselStatus.CULTURING]
        states.move_all(self.session, growing, VesselStatus.TERMINATED)
        self._discard(list(self.tubes.values()))
        earlier_steps.close(self.session, self.steps)
        self.batch.closed_at = last.at
        states.move(self.session, self.batch, BatchStatus.CLOSED)

    def _tissue(self, event: Event, mass_g: Decimal | None) -> Sample:
        """The sample as it was received; what is not told of it stays empty."""
        sample = Sample(
            patient_id=self.batch.patient_id,
            course_id=self.batch.course_id,
            mass_g=mass_g,
            received_at=event.at,
        )
        self.session.add(coded(self.session, states.begin(sample)))
        self.session.flush()
        for status in (SampleStatus.RECEIVED, SampleStatus.ACCEPTED):
            states.move(self.session, sample, status)
        of_batch = {"batch_id": self.batch.id, "sample_id": sample.id}
        self.session.add(BatchSample(patient_id=sample.patient_id, **of_batch))
        self.sample = sample
        return sample

    def _tube(
        self,
        event: rows.Isolated | rows.Harvested,
        step: Step,
        origin: SuspensionOrigin,
        passage: int | None,
        doublings: Decimal | None,
    ) -> Suspension:
        counted = None
        if event.count is not None:
            live, dead, viability = event.count.live, event.count.dead, event.count.viability_pct
            counted = suspensions.Count(live, dead, None, event.at, viability)
        self._discard([self.tubes[event.tube]] if event.tube in self.tubes else [])
        made = self.tubes[event.tube] = suspensions.begin(
            self.session,
            step,
            code=next(self.codes["SU"]),
            origin=origin,
            passage=passage,
            cumulative_doublings=doublings,
            volume_ml=event.volume_ml,
            count=counted,
            by=self.people[event.by],
        )
        return made

    def _those(self, event: rows.Fed | rows.Observed | rows.Harvested) -> list[Vessel]:
        return [self.vessels[name] for name in event.vessels]

    def _culture(self, vessels: Sequence[Vessel]) -> None:
        """They were in culture, though no shelf is told."""
        sown = [vessel for vessel in vessels if vessel.status is VesselStatus.SEEDED]
        states.move_all(self.session, sown, VesselStatus.CULTURING)

    def _discard(self, tubes: Sequence[Suspension]) -> None:
        left = [tube for tube in tubes if tube.status is SuspensionStatus.MADE]
        states.move_all(self.session, left, SuspensionStatus.DISCARDED)
