"""Deviations settled as time goes on: the lead looks into them, quality decides, over weeks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from lims import clock
from lims.demo import week
from lims.demo.chance import Chance
from lims.demo.findings import Seen, told_of
from lims.demo.telling import Teller, at
from lims.models.deviation import Deviation, DeviationStatus, Grade
from lims.models.user import User
from lims.workflows import deviation_decisions as d

ENDED = (DeviationStatus.CLOSED, DeviationStatus.DUPLICATE)
LEAD_AT, QUALITY_AT = time(11), time(15)
"""When each of them sits down to the deviations; somewhat later on some days."""
WITHIN_MIN = 40
TAKES = timedelta(minutes=14)
"""To read what there is, and to write down what follows."""


@dataclass(frozen=True)
class Move:
    """What is done next with a deviation, by whom, and within how many days of work."""

    login: str
    command: Any
    says: str
    days: tuple[int, int]


MOVES = (
    Move("lead", d.classify_deviation, "grading", (0, 1)),
    Move("lead", d.investigate_deviation, "found", (1, 2)),
    Move("lead", d.propose_decision, "proposal", (3, 5)),
    Move("qa", d.approve_decision, "approval", (2, 4)),
    Move("lead", d.check_effect, "effect", (12, 20)),
    Move("qa", d.close_deviation, "closing", (1, 3)),
)
"""In their order: as many as a deviation has decisions are behind it."""


def deviations_are_settled(teller: Teller) -> Iterator[datetime]:
    """On every day of work each is taken as far as its time has come."""
    while True:
        day = week.not_before(clock.today() + week.A_DAY)
        for login, hour in (("lead", LEAD_AT), ("qa", QUALITY_AT)):
            later = timedelta(minutes=Chance(f"{login} {day}").between(0, WITHIN_MIN))
            yield clock.moment_of(day, hour) + later
            for code in due(teller, login):
                teller.wait(minutes=TAKES.total_seconds() / 60)
                go_on(teller, code)


def due(teller: Teller, login: str) -> list[str]:
    """Those whose next move is this person's, and is to be made by today."""
    with teller.database.reading() as session:
        query = select(Deviation).where(Deviation.status.not_in(ENDED)).order_by(Deviation.id)
        return [
            each.code
            for each in session.scalars(query).unique()
            if next_move(each).login == login and day_of_next(each) <= clock.today()
        ]


def next_move(deviation: Deviation) -> Move:
    return MOVES[len(deviation.decisions)]


def day_of_next(deviation: Deviation) -> date:
    """By chance within the days of its move, from the last one on."""
    moves = deviation.decisions
    last = moves[-1].decided_at if moves else deviation.reported_at
    low, high = next_move(deviation).days
    if deviation.grade is Grade.CRITICAL and low > 1:
        low, high = 1, low
    days = Chance(f"{deviation.code} {len(moves)}").of(range(low, high + 1))
    return week.later(clock.day_of(last), days)


def go_on(teller: Teller, code: str) -> None:
    """The next move of the deviation with this code."""
    with teller.database.reading() as session:
        deviation = session.scalars(select(Deviation).where(Deviation.code == code)).one()
        move, told = next_move(deviation), told_of(session, deviation)
        text = getattr(told, move.says).format_map(Seen(session, deviation))
    more: dict[str, Any] = {}
    if move.command is d.classify_deviation:
        owner = teller.person(move.login)[0]
        more = {"grade": told.grade, "owner": lambda session: session.get_one(User, owner)}
    if move.login == "qa":
        more = {"proof": teller.proof(move.login)}
    with teller.at_terminal(None, "lead"):  # at their desk
        teller.act(move.login, move.command, deviation=at(Deviation, code), text=text, **more)
