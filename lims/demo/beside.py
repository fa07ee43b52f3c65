"""What goes on today beside the patients: a lot comes, somebody is invited, two are mixed up."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from lims.demo import stockroom, supplies
from lims.demo.telling import Teller, each, named
from lims.models.vessel import Vessel, VesselStatus
from lims.permissions import Role
from lims.workflows import feeding, identity, people, proving

Told = Iterator[datetime]


def a_lot_comes(teller: Teller, on_the_day: datetime) -> Told:
    yield on_the_day
    stockroom.deliver(teller, "serum", "HPL-3105")
    stockroom.deliver(teller, "medium", "MA-3077")


def somebody_is_invited(teller: Teller, on_the_day: datetime) -> Told:
    """Who has not chosen a password yet; and somebody tries names that nobody has."""
    yield on_the_day
    teller.act(
        "administrator", people.invite_person, login="petrova", full_name="Вера Петрова",
        language="ru", roles=(Role.TECHNICIAN,),
    )  # fmt: skip
    for _ in range(proving.FREE_TRIES):
        teller.act(
            None,
            proving.keep_try,
            login="t.liss",
            person_id=None,
            right=False,
            address="192.0.2.17",
        )


def two_are_mixed_up(teller: Teller, on_the_day: datetime) -> Told:
    """Flasks of two patients are scanned for one feeding: stopped, and counted."""
    yield on_the_day
    with teller.database.reading() as session:
        mixed = flasks_of_two(session)
    if len(mixed) == 2:
        with suppress(identity.Mismatch):
            teller.act(
                "technician", feeding.start_feeding, vessels=each(Vessel, mixed),
                station=named(supplies.place, "bench"), checker=teller.proof("lead"),
            )  # fmt: skip


def flasks_of_two(session: Session) -> list[str]:
    """The codes of two living vessels of different patients; none where all are of one."""
    one, other = aliased(Vessel), aliased(Vessel)
    living = (VesselStatus.CULTURING,)
    found = session.execute(
        select(one.code, other.code)
        .join(other, other.patient_id > one.patient_id)
        .where(one.status.in_(living), other.status.in_(living))
        .order_by(one.id, other.id)
        .limit(1)
    ).one_or_none()
    return list(found) if found else []


TODAY = (a_lot_comes, somebody_is_invited, two_are_mixed_up)
