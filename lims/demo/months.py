"""What goes on beside the patients: devices are calibrated, the trail is reviewed."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from lims import clock
from lims.demo import supplies, week
from lims.demo.telling import Teller
from lims.workflows import audit_reviews

EVERY_CALIBRATION = timedelta(days=360)
CALIBRATED_FOR = timedelta(days=365)
EVERY_REVIEW = timedelta(days=28)


def _next(span: timedelta, hour: int) -> datetime:
    """In so many days, or on the last day of work before."""
    return clock.moment_of(week.not_after(clock.today() + span), time(hour))


def devices_are_calibrated(teller: Teller) -> Iterator[datetime]:
    while True:
        for name in supplies.EQUIPMENT:
            supplies.calibrate(teller, name, clock.today() + CALIBRATED_FOR)
        yield _next(EVERY_CALIBRATION, 8)


def the_trail_is_reviewed(teller: Teller) -> Iterator[datetime]:
    """By quality, every four weeks."""
    while True:
        yield _next(EVERY_REVIEW, 13)
        with teller.database.reading() as session:
            seen = audit_reviews.next_span(session)
        if seen is not None:
            teller.act(
                "qa", audit_reviews.review_audit_trail, last=seen.last, findings=None,
                remark="Corrections, refusals, accounts and a tenth of the other entries.",
                opens_deviation=False, proof=teller.proof("qa"),
            )  # fmt: skip
