"""The way of a course on its page: where it is, when it came there, and what may come next."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.models.audit import AuditEntry
from lims.models.contraindication import Occasion
from lims.models.course import Course, CourseStatus
from lims.models.sample import Sample
from lims.permissions import Permission
from lims.web import filters
from lims.web.checks import Asked
from lims.web.doors import door
from lims.workflows import collecting, states
from lims.workflows.courses import BEFORE_MANUFACTURE
from lims.workflows.stopping import ENDED

S = CourseStatus
MAIN_WAY = (
    S.ENQUIRY,
    S.ELIGIBLE,
    S.CONSENTED,
    S.COLLECTING,
    S.MANUFACTURING,
    S.DOSE_READY,
    S.TREATING,
    S.FOLLOW_UP,
    S.COMPLETED,
)
Act = tuple[str, str, str]


@dataclass(frozen=True)
class Arrival:
    """When a course came to a status, and why."""

    status: CourseStatus
    at: datetime
    reason: str | None


@dataclass(frozen=True)
class Stage:
    """A stage as the timeline shows it: done, now or later."""

    state: str
    title: str
    note: str


def history(session: Session, course: Course) -> list[Arrival]:
    """Every status the course has had, in order, from the audit trail."""
    entries = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.table_name == "course", AuditEntry.row_id == course.id)
        .order_by(AuditEntry.id)
    )
    found = []
    for entry in entries:
        change = json.loads(entry.changes).get("status")
        if change is not None:
            found.append(Arrival(CourseStatus(change[1]), entry.at, entry.reason))
    return found


def way_of(course: Course, arrivals: Sequence[Arrival]) -> list[Stage]:
    """The stages from enquiry to completion, with when each was first and last reached."""
    stopped = course.status not in MAIN_WAY
    here = _last_on_the_way(course, arrivals)
    position = MAIN_WAY.index(here)
    stages = []
    for number, status in enumerate(MAIN_WAY):
        if number > position and stopped and course.status in ENDED:
            break
        done = number < position or stopped or status in ENDED
        state = "later" if number > position else "done" if done else "now"
        reached = _at(status, arrivals) if number <= position else []
        stages.append(Stage(state, _title(status), _told(reached)))
    if stopped:
        ending = Stage("now", _title(course.status), _told(_at(course.status, arrivals)))
        stages.insert(position + 1, ending)
    return stages


def _last_on_the_way(course: Course, arrivals: Sequence[Arrival]) -> CourseStatus:
    if course.status in MAIN_WAY:
        return course.status
    reached = [arrival.status for arrival in arrivals if arrival.status in MAIN_WAY]
    return reached[-1] if reached else S.ENQUIRY


def _title(status: CourseStatus) -> str:
    said = filters.word(status)
    return said[:1].upper() + said[1:]


def _at(status: CourseStatus, arrivals: Sequence[Arrival]) -> list[Arrival]:
    return [arrival for arrival in arrivals if arrival.status == status]


def _told(reached: Sequence[Arrival]) -> str:
    """A second dose takes the course through the same stages again: both times are told."""
    if not reached:
        return ""
    first, last = reached[0], reached[-1]
    when = filters.moment(first.at)
    if first is not last:
        when = _("first %(first)s, last %(last)s", first=when, last=filters.moment(last.at))
    return f"{when} · {last.reason}" if last.reason else when


def acts(course: Course, asked: Sequence[Asked], tissue: Sequence[Sample]) -> list[Act]:
    """What a physician may do next, the usual one first; read from the table of transitions, and
    from what was `asked` and what became of the `tissue`."""
    if not current_user.may(Permission.ORDER_COURSE) or course.status in ENDED:
        return []
    further = [*_once_more(course), *_stopping(course)]
    if course.status == S.ENQUIRY:
        return [*_enrolling(course, asked), _change(course), *further]
    if course.status in (S.CONSENTED, S.COLLECTING):
        return [*_collecting(course, asked, tissue), *_planning(course), *further]
    return [*_forward(course), *_planning(course), *further]


def _enrolling(course: Course, asked: Sequence[Asked]) -> list[Act]:
    """Asked, planned, declared: what is done already is offered behind what is not."""
    check = url_for("contraindications.check", code=course.code, occasion="enrolment")
    eligible = url_for("course_progress.eligible", code=course.code)
    steps = [
        (_was_asked(asked, Occasion.ENROLMENT), _asking(check, _("For enrolment"))),
        (_has_session(course), _plan(course)),
        (False, (_("Declare eligible"), eligible, _("Shows what is still missing"))),
    ]
    return [act for done in (False, True) for was, act in steps if was is done]


def _collecting(course: Course, asked: Sequence[Asked], tissue: Sequence[Sample]) -> list[Act]:
    """A kit, the questions of the day, the collection: what is done is offered last."""
    check = url_for("contraindications.check", code=course.code, occasion="collection")
    kits = [each for each in tissue if collecting.awaits_collection(each)]
    taken = any(each.collected_at is not None for each in tissue)
    asked_today = any(
        each.check.occasion is Occasion.COLLECTION
        and clock.day_of(each.check.checked_at) == clock.today()
        for each in asked
    )
    note = _("patient and kit are scanned")
    steps = [
        (bool(tissue), door(_("Order a collection kit"), "samples.order", course=course.code)),
        (asked_today or taken, [_asking(check, _("On the day of collection"))]),
        *(
            (False, door(_("Record the collection"), "tissue.collect", note, code=kit.code))
            for kit in kits
        ),
    ]
    return [act for done in (False, True) for was, acts in steps if was is done for act in acts]


def _asking(address: str, note: str) -> Act:
    return _("Ask the contraindications"), address, note


def _was_asked(asked: Sequence[Asked], occasion: Occasion) -> bool:
    return any(each.check.occasion is occasion for each in asked)


def _has_session(course: Course) -> bool:
    return any(each.cancelled_reason is None for each in course.sessions)


def _forward(course: Course) -> list[Act]:
    code = course.code
    if course.status == S.ELIGIBLE:
        consent = url_for("consents.give", code=course.patient.code)
        return [(_("Record a consent"), consent, _("To production: nothing is collected before"))]
    if course.status == S.MANUFACTURING:
        return []
    if course.status == S.POSTPONED:
        resume = url_for("course_progress.act", code=code, act="resume")
        return [(_("Take it up again"), resume, filters.word(course.postponed_from))]
    seen = url_for("outcomes.show", code=code)
    outcome = (_("Record an outcome"), seen, _("pain, function, MRI"))
    if course.status == S.TREATING:
        return [outcome]
    if course.status == S.FOLLOW_UP:
        complete = url_for("course_progress.act", code=code, act="complete")
        return [outcome, (_("Complete the course"), complete, _("The follow-up is over"))]
    return []


def _planning(course: Course) -> list[Act]:
    if (course.postponed_from or course.status) in BEFORE_MANUFACTURE:
        return [_plan(course), _change(course)]
    return [_plan(course)]


def _plan(course: Course) -> Act:
    return _("Plan a session"), url_for("sessions.plan", course=course.code), ""


def _change(course: Course) -> Act:
    return _("Change the prescription"), url_for("courses.change", code=course.code), ""


def _once_more(course: Course) -> list[Act]:
    """Seldom: most courses in manufacture have cells that grow, or vials in the bank."""
    if course.status != S.MANUFACTURING:
        return []
    note = _("only where the first collection did not grow")
    return door(_("Order a second collection kit"), "samples.order", note, course=course.code)


def _stopping(course: Course) -> list[Act]:
    ways = (
        (S.POSTPONED, "postpone", _("Postpone"), _("A passing contraindication, or a wish")),
        (S.EXCLUDED, "exclude", _("Exclude"), _("A lasting contraindication")),
        (S.WITHDRAWN, "withdraw", _("Withdraw the course"), _("The patient does not go on")),
    )
    return [
        (text, url_for("course_progress.act", code=course.code, act=act), note)
        for status, act, text, note in ways
        if states.may_become(course, status)
    ]
