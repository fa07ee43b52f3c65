"""What a rule finds of material already handled: sentences of deviations, told in any language."""

from collections.abc import Iterable
from decimal import Decimal

from lims.errors import N_, Amount, LimsError
from lims.rounding import rounded


class Seen(LimsError):
    """What a person saw of one thing, or what was read of it."""

    sentence = N_("%(code)s: %(told)s")


class Outside(LimsError):
    sentence = N_("%(code)s: %(what)s %(found)s; expected %(low)s to %(high)s.")


class Beyond(LimsError):
    sentence = N_("%(code)s: %(what)s %(found)s; expected at most %(most)s.")


class Failing(LimsError):
    """A value that fails a line of the specification."""

    sentence = N_("%(code)s: %(test)s %(found)s; expected %(limit)s.")


class RestedOn(LimsError):
    sentence = N_(
        "%(code)s: %(test)s %(found)s was superseded; %(fill)s rests on it. Reason: %(reason)s"
    )


class Changed(LimsError):
    sentence = N_("%(code)s: %(what)s %(before)s, then %(after)s.")


class NotAsPlanned(LimsError):
    sentence = N_("%(code)s: %(what)s %(found)s; planned %(planned)s.")


class NotIntact(LimsError):
    sentence = N_("%(code)s: the container was not intact at receipt.")


class NotGood(LimsError):
    sentence = N_("%(code)s: the appearance or a container was not as it should be.")


class NotAsProgrammed(LimsError):
    sentence = N_("%(code)s: the freezer did not cool as programmed.")


class NotReleased(LimsError):
    sentence = N_("%(code)s was injected while its fill %(fill)s was %(status)s.")


class WasExpired(LimsError):
    sentence = N_("%(code)s was injected after its expiry at %(at)s.")


class ReceivedUnreleased(LimsError):
    sentence = N_("%(code)s was received while its fill %(fill)s was %(status)s.")


class ReceivedExpired(LimsError):
    sentence = N_("%(code)s was received after its expiry at %(at)s.")


class NoReceipt(LimsError):
    sentence = N_("Nobody recorded that the clinic received %(code)s.")


class NoCollection(LimsError):
    sentence = N_("%(code)s was received; nobody recorded that it was collected.")


class NoDispatch(LimsError):
    sentence = N_("%(code)s was received; nobody recorded that it was handed to a courier.")


class SentAfterReceipt(LimsError):
    sentence = N_("%(code)s was received at %(received)s, before it was sent (%(sent)s).")


class Scanned(LimsError):
    sentence = N_("%(code)s: the card of %(found)s, another patient, was scanned.")


class ForeignScan(LimsError):
    """Of the other patient by code alone: this is printed in the record of the one it is about."""

    sentence = N_("%(code)s: %(scanned)s, the label of another patient, was scanned.")


def volume(code: str, found: Decimal, planned: Decimal) -> NotAsPlanned:
    amounts = {"found": Amount(found, "mL"), "planned": Amount(planned, "mL")}
    return NotAsPlanned(code=code, what=N_("volume"), **amounts)


def outside(
    code: str,
    what: str,
    found: Decimal | int,
    between: tuple[Decimal, Decimal],
    unit: str,
    places: int,
) -> Outside:
    low, high = between
    return Outside(
        code=code,
        what=what,
        found=beside(found, unit, places, between),
        low=Amount(low, unit),
        high=Amount(high, unit),
    )


def beyond(
    code: str, what: str, found: Decimal | float, most: Decimal, unit: str, places: int
) -> Beyond:
    shown = beside(Decimal(found), unit, places, (most,))
    return Beyond(code=code, what=what, found=shown, most=Amount(most, unit))


def beside(value: Decimal | int, unit: str, places: int, limits: Iterable[Decimal] = ()) -> Amount:
    """`value` rounded for the eye, never to the other side of `limits`."""
    return Amount(rounded(Decimal(value), places, limits), unit)
