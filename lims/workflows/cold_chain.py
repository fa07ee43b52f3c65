"""What is judged of a dose on its way to the patient: its packing, the temperature in its box."""

from decimal import Decimal

from lims.errors import N_, LimsError
from lims.models.administration import Handover, Receipt
from lims.models.fill import Dose
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
    found = out_of_range(dose, step.temperature_c)
    return ("cold_chain", found[0]) if found else None


def out_of_range(dose: Dose, temperature_c: Decimal | None) -> list[LimsError]:
    """That what was read in the box is not between the limits of the specification."""
    if temperature_c is None:
        return []
    version = specifications.of(dose.fill.batch)
    low = specifications.limit(version, "product_temperature_min_c")
    high = specifications.limit(version, "product_temperature_max_c")
    if low <= temperature_c <= high:
        return []
    what = N_("temperature in the box")
    return [breaches.outside(dose.code, what, temperature_c, (low, high), "°C", 3)]
