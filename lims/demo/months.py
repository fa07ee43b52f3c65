"""What goes on beside the patients: lots come, tanks are read, devices are calibrated."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from lims import clock
from lims.demo import supplies
from lims.demo.telling import Teller
from lims.workflows import lots

EVERY_LOT = timedelta(days=180)
EVERY_MEDIUM = timedelta(days=26)
EVERY_CALIBRATION = timedelta(days=360)
CALIBRATED_FOR = timedelta(days=365)
READ_LATELY = timedelta(days=30)
"""For so long back the tanks were read each day, before that each week."""


def _next(span: timedelta, hour: int) -> datetime:
    return clock.moment_of(clock.today() + span, time(hour))


def lots_come(teller: Teller) -> Iterator[datetime]:
    edition = 0
    while True:
        supplies.stock_up(teller, edition := edition + 1)
        yield _next(EVERY_LOT, 9)


def medium_is_prepared(teller: Teller) -> Iterator[datetime]:
    while True:
        teller.act(None, lots.expire_due)
        supplies.prepare_medium(teller)
        yield _next(EVERY_MEDIUM, 8)


def devices_are_calibrated(teller: Teller) -> Iterator[datetime]:
    while True:
        for name in supplies.EQUIPMENT:
            supplies.calibrate(teller, name, clock.today() + CALIBRATED_FOR)
        yield _next(EVERY_CALIBRATION, 7)


def tanks_are_read(teller: Teller, ends: datetime) -> Iterator[datetime]:
    while True:
        supplies.read_tanks(teller)
        lately = ends - clock.now() < READ_LATELY
        yield _next(timedelta(days=1 if lately else 7), 8)
