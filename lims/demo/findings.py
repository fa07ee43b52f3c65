"""What the laboratory writes of its deviations: found, proposed, decided, by what opened them."""

from dataclasses import dataclass

from lims.models.deviation import Grade


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
    "A patient's batch is lost: major. Lots in use elsewhere are looked at today.",
    "A bottle of medium was opened outside the cabinet and used for one vessel only. The vessels"
    " of others fed from the same lot are clear.",
    "All vessels of this batch are discarded. Bottles are opened in the cabinet alone; both"
    " technicians are taught again.",
    "Agreed. The lot itself is not the cause and stays in use.",
    "Four weeks without a turbid vessel; both were taught and watched at the bench.",
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
    "The surgeon could take no more. Yield per gram and viability are as usual.",
    "One more day in P0 makes up for it; no other action.",
    "Agreed: the batch goes on.",
    "The harvest of P0 was as large as of other batches.",
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
    "Every syringe of a month was looked through before it was filled: no particle seen.",
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
    "The appearance of every fill of a month conforms.",
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
    "The vessels were looked at on the day before at 85 %; these cells filled them overnight."
    " Viability and identity of the harvest are as usual.",
    "No effect on the product by its own results. Vessels beyond 80 % are harvested the same day.",
    "Agreed: the material may go on.",
    "The harvests that followed lie within the limits.",
    "Done as decided.",
)
BY_RULE = {
    "confluence": OVERGROWN,
    "contamination": OPENED_OUTSIDE,
    "transport": WARM_JOURNEY,
    "mass": LIGHT_TISSUE,
    "fact": FIBRES_SEEN,
    "result": FIBRES_READ,
    "freezing": LONG_IN_CRYOPROTECTANT,
}


def told_of(rule: str | None) -> Told:
    """What is written of a deviation that this rule opened."""
    return BY_RULE.get(rule or "", NO_HARM)
