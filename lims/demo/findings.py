"""What the laboratory writes of its deviations: found, proposed, decided, by what opened them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.models.culture import Harvest, StepVessel
from lims.models.deviation import Deviation, Grade
from lims.models.sample import Sample
from lims.models.vessel import Vessel

TEN_G = Decimal(10)
"""The most tissue of a usual journey."""
DAYS_BEFORE = {0: "the same morning", 1: "on the day before"}


@dataclass(frozen=True)
class Told:
    """What is written down of a deviation, move by move."""

    grade: Grade
    grading: str
    found: str
    proposal: str
    approval: str
    effect: str
    closing: str


NO_HARM = Told(
    Grade.MINOR,
    "One finding of one batch; the cells are not endangered.",
    "Read through the step and its neighbours: nothing else departs from the procedure.",
    "No effect on the product; spoken about at the bench.",
    "Agreed: the material may go on.",
    "The steps that followed show no second finding.",
    "Done as decided.",
)
OPENED_OUTSIDE = Told(
    Grade.MAJOR,
    "One vessel is lost, and the patient's others are in danger: major. What was fed from the same"
    " lot is looked at today.",
    "A bottle of medium was opened outside the cabinet; all vessels of this passage, and no"
    " others, were seeded from it. The vessels of other patients, from other bottles of the lot,"
    " are clear.",
    "The vessels that are left of this passage are discarded. Bottles are opened in the cabinet"
    " alone; both technicians are taught again.",
    "Agreed: they are discarded. The lot itself is not the cause and stays in use.",
    "No vessel has been turbid since; both were taught and watched at the bench.",
    "The action is in place and works.",
)
WARM_JOURNEY = Told(
    Grade.MAJOR,
    "The tissue was warmer than its limit on the way: major until the cells have shown themselves.",
    "The logger shows the box open at the clinic for half an hour; the rest of the journey was"
    " cold. Viability and yield after the isolation are as of other tissues.",
    "The cells may go on: nothing in their counts departs. The clinic packs the box last, beside"
    " the courier.",
    "Agreed: the batch goes on, by its own results.",
    "The next journeys from this clinic were cold from end to end.",
    "The action is in place and works.",
)
LIGHT_TISSUE = Told(
    Grade.MINOR,
    "Less tissue than the specification asks for: fewer cells to begin with, no harm to them.",
    "The surgeon could take no more. The tissue is intact and came cold.",
    "Fewer vessels in P0, seeded as densely as always; no other action.",
    "Agreed: the batch goes on.",
    "The batch keeps to what is asked of it, with fewer cells to begin with.",
    "Nothing further.",
)
FIBRES_SEEN = Told(
    Grade.MAJOR,
    "A dose that may not be given: major. The doses of others are looked at against light too.",
    "Two fibres lie in the syringe. The tube it was filled from is clear, and so are the vials"
    " filled from the same tube without a syringe: they came from the wrapping of this syringe.",
    "The dose is rejected. Syringes are unwrapped inside the cabinet and looked through before"
    " they are filled; the opened box is not used up.",
    "Agreed. The vials of the same tube are not concerned and may go on.",
    "Every syringe since was looked through before it was filled: no particle seen.",
    "The action is in place and works.",
)
FIBRES_READ = Told(
    Grade.MAJOR,
    "The appearance of the dose fails: major, one investigation with that of the filling.",
    "No error of the test: a second person sees the same two fibres, under another lamp. What"
    " was read is the product's.",
    "The result stands and is not repeated; the fill is rejected on it. The cause is written in"
    " the deviation of the filling.",
    "Agreed: confirmed out of specification; it concerns this syringe alone.",
    "The appearance of every fill since conforms.",
    "Closed with the deviation of the filling.",
)
LONG_IN_CRYOPROTECTANT = Told(
    Grade.MINOR,
    "A minute or two over the time in the cryoprotectant; the program ran as it should.",
    "The last vials were scanned again because a label was wet. Time over the limit: under two"
    " minutes.",
    "No effect expected: the validation holds up to thirty minutes. Labels are dried before the"
    " scan.",
    "Agreed: the vials may go on.",
    "The freezings that followed kept to the time.",
    "Done as decided.",
)
OVERGROWN = Told(
    Grade.MINOR,
    "Fuller than the procedure wants at a harvest; cells are healthy to look at.",
    "The vessels were last looked at {ago}, at {pct} %; these cells filled them since. Viability"
    " of the harvest is as usual.",
    "No effect expected on the product: its own results decide. Vessels that fill so fast are"
    " looked at once more on the eve of a harvest.",
    "Agreed: the material may go on.",
    "The harvests that followed lie within the limits.",
    "Done as decided.",
)
MUCH_TISSUE = Told(
    Grade.MINOR,
    "More tissue than the specification asks for, as in the published study; no harm to the cells.",
    "It was liposuction, as in the study whose run is repeated. All of it is digested, with as"
    " much enzyme for a gram as always.",
    "No effect on the product; the bioreactor takes as many cells.",
    "Agreed: the batch goes on.",
    "The counts are those of the study.",
    "Nothing further.",
)
BY_RULE = {
    "confluence": OVERGROWN,
    "contamination": OPENED_OUTSIDE,
    "transport": WARM_JOURNEY,
    "mass": LIGHT_TISSUE,
    "not_good": FIBRES_SEEN,
    "result": FIBRES_READ,
    "freezing": LONG_IN_CRYOPROTECTANT,
}


def told_of(session: Session, deviation: Deviation) -> Told:
    """What is written of a deviation, by the rule that opened it."""
    found = BY_RULE.get(deviation.rule or "", NO_HARM)
    return MUCH_TISSUE if found is LIGHT_TISSUE and is_much(session, deviation) else found


def is_much(session: Session, deviation: Deviation) -> bool:
    of_it = Sample.id.in_([about.sample_id for about in deviation.subjects if about.sample_id])
    return any(
        each.mass_g and each.mass_g > TEN_G for each in session.scalars(select(Sample).where(of_it))
    )


class Seen(Mapping[str, str]):
    """The last look at the vessels of a harvest before it: how long `ago`, how full in `pct`."""

    def __init__(self, session: Session, deviation: Deviation) -> None:
        self.session, self.deviation = session, deviation

    def __getitem__(self, name: str) -> str:
        harvest, look = self._last()
        assert harvest.performed_at is not None
        assert look.step.performed_at is not None
        days = (clock.day_of(harvest.performed_at) - clock.day_of(look.step.performed_at)).days
        ago = DAYS_BEFORE.get(days, f"{days} days before")
        return {"ago": ago, "pct": f"{look.confluence_pct:.0f}"}[name]

    def _last(self) -> tuple[Harvest, StepVessel]:
        steps = [about.step_id for about in self.deviation.subjects if about.step_id]
        harvest = self.session.scalars(select(Harvest).where(Harvest.id.in_(steps))).one()
        vessels = select(Vessel.id).where(Vessel.harvested_into_id == harvest.suspension_id)
        looks = (
            select(StepVessel)
            .where(StepVessel.vessel_id.in_(vessels), StepVessel.confluence_pct.is_not(None))
            .order_by(StepVessel.id.desc())
        )
        return harvest, self.session.scalars(looks.limit(1)).one()

    def __iter__(self) -> Iterator[str]:
        return iter(("ago", "pct"))

    def __len__(self) -> int:
        return 2
