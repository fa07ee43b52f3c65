"""What is judged of a dose on its way to the patient: its packing, the temperature in its box."""

from lims.errors import N_
from lims.models.administration import Handover, Receipt
from lims.workflows import breaches, specifications
from lims.workflows.deviation_rules import Finding
from lims.workflows.journey import NoTemperature


def problem_with(step: Handover | Receipt) -> Finding | None:
    """The rule that is broken and how; a temperature that nobody read holds no dose."""
    dose = step.dose
    if isinstance(step, Receipt) and not step.intact:
        return "cold_chain", breaches.NotIntact(code=dose.code)
    if step.temperature_c is None:
        return "transport", NoTemperature(code=dose.code)
    version = specifications.of(dose.fill.batch)
    low = specifications.limit(version, "product_temperature_min_c")
    high = specifications.limit(version, "product_temperature_max_c")
    if low <= step.temperature_c <= high:
        return None
    what = N_("temperature in the box")
    found = breaches.outside(dose.code, what, step.temperature_c, (low, high), "°C", 3)
    return "cold_chain", found
