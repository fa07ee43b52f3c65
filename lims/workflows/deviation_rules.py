"""The rules that open a deviation by themselves: the title of each, and its grade to begin with."""

from lims.errors import N_, LimsError
from lims.models.deviation import Grade

Finding = tuple[str, LimsError]
"""One of these rules, and what was found."""

RULES: dict[str, tuple[str, Grade]] = {
    "mass": (N_("Tissue mass outside the specification"), Grade.MAJOR),
    "transport": (N_("Transport outside the specification"), Grade.MAJOR),
    "cold_chain": (N_("Dose too warm, too cold or damaged on its way"), Grade.MAJOR),
    "not_collected": (N_("Tissue received whose collection was not recorded"), Grade.MAJOR),
    "not_sent": (N_("Tissue received whose hand-over to a courier was not recorded"), Grade.MAJOR),
    "container": (N_("Container not intact at reception"), Grade.MAJOR),
    "supply": (N_("A lot or equipment was used that was not in order"), Grade.MAJOR),
    "late": (N_("Entered late"), Grade.MINOR),
    "viability": (N_("Viability outside the specification"), Grade.MAJOR),
    "passage": (N_("Passage or doublings beyond the limit"), Grade.MAJOR),
    "aged": (N_("Filled too long after the harvest or the thaw"), Grade.MAJOR),
    "confluence": (N_("Confluence at harvest outside the specification"), Grade.MINOR),
    "density": (N_("Seeding density outside the specification"), Grade.MINOR),
    "balance": (N_("Cells gained or lost beyond the tolerance"), Grade.MINOR),
    "wasted": (N_("Cells wasted of which nothing was made"), Grade.MINOR),
    "count": (N_("Two counts differ beyond the tolerance"), Grade.MINOR),
    "contamination": (N_("Contamination seen"), Grade.CRITICAL),
    "no_growth": (N_("No growth"), Grade.MINOR),
    "identity": (N_("Identity mismatch with material touched"), Grade.CRITICAL),
    "marker": (N_("Reactive infection marker"), Grade.CRITICAL),
    "tube_gone": (N_("A tube for a test broke or was lost"), Grade.MAJOR),
    "result": (N_("Result out of specification"), Grade.MAJOR),
    "result_out": (N_("A result behind a released fill fails"), Grade.CRITICAL),
    "superseded": (N_("A result behind a released fill was superseded"), Grade.CRITICAL),
    "correction": (N_("A record was corrected after the release"), Grade.MAJOR),
    "expired": (N_("Administered after expiry"), Grade.CRITICAL),
    "late_receipt": (N_("Received after expiry"), Grade.MAJOR),
    "not_out": (N_("Received after it was recalled or rejected"), Grade.MAJOR),
    "not_released": (N_("Administered without release or issue"), Grade.CRITICAL),
    "dose": (N_("Dose outside the prescription"), Grade.MAJOR),
    "recalled_lot": (N_("A recalled lot was used"), Grade.CRITICAL),
    "rejected_lot": (N_("A rejected lot was used"), Grade.CRITICAL),
    "stop": (N_("Identity mismatch at a hand-over, stopped"), Grade.MAJOR),
    "thaw_stop": (N_("Identity mismatch at a thaw, stopped"), Grade.MAJOR),
    "not_received": (N_("Injected without a recorded receipt"), Grade.MINOR),
    "returned": (N_("Dose returned unused"), Grade.MINOR),
    "observation": (N_("Observed too shortly after the injection"), Grade.MINOR),
    "adverse_event": (N_("Serious adverse event"), Grade.CRITICAL),
    "concentration": (N_("Cells frozen too thin or too dense"), Grade.MINOR),
    "freezing": (N_("Freezing outside the specification"), Grade.MAJOR),
    "times": (N_("Times that do not fit together"), Grade.MINOR),
    "implausible": (N_("A volume or a count that cannot be"), Grade.MAJOR),
    "growth": (N_("Cells grew faster than cells can"), Grade.MAJOR),
    "warm": (N_("Frozen cells may have been warm"), Grade.MAJOR),
    "thaw": (N_("Thaw outside the specification"), Grade.MAJOR),
    "recovery": (N_("Too few viable cells after thaw"), Grade.MAJOR),
    "tank_warm": (N_("Storage tank too warm"), Grade.CRITICAL),
    "tank_low": (N_("Nitrogen too low in a storage tank"), Grade.MAJOR),
    "not_judged": (N_("Not judged: the specification lacks a limit"), Grade.MAJOR),
    "not_good": (N_("Filled, though not good to look at or not intact"), Grade.MAJOR),
    "fact": (N_("Something happened that the gate would have refused"), Grade.MAJOR),
}
"""Each rule's title and the grade it starts with, before quality classifies it."""

NOT_JUDGED = "not_judged"
FAILING = ("result", "result_out")
"""The rules that open an investigation of a result out of specification."""
