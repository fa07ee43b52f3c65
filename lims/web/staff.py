"""People: who works here and as what; invited, given roles, disabled by an administrator."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from lims import clock
from lims.models.user import LoginAttempt, LoginSession, User
from lims.permissions import Permission
from lims.web.auth import requires, signed_in
from lims.web.badges import badge
from lims.web.current import reading_session
from lims.web.forms import on_refusal, shown, submit
from lims.web.listing import listing
from lims.web.mail_addresses import MailForm
from lims.web.records import find
from lims.web.staff_forms import (
    DisableForm,
    EnableForm,
    EndRoleForm,
    GrantForm,
    InvitationForm,
    NewCodeForm,
)
from lims.workflows import people, reminding, roles, signing_in, training

bp = Blueprint("staff", __name__)

LAST_TRIES = 10


@bp.get("/people")
@requires(Permission.SEE_PEOPLE)
def overview() -> ResponseReturnValue:
    people_listed = listing(select(User).options(selectinload(User.roles)), User.id)
    standings = training.standings(reading_session(), people_listed.rows, clock.today())
    return render_template("staff/overview.html", people=people_listed, standings=standings)


@bp.get("/people/<code>")
@requires(Permission.SEE_PEOPLE)
def show(code: str) -> ResponseReturnValue:
    person = find(User, code)
    standings = training.standings(reading_session(), [person], clock.today())[person.id]
    return render_template(
        "staff/show.html",
        person=person,
        standings=standings,
        sessions=open_sessions(person) if sees_sign_ins() else None,
        tries=last_tries(person) if sees_sign_ins() else None,
    )


def sees_sign_ins() -> bool:
    """Whether the reader may know when and where others signed in."""
    return bool(
        current_user.may(Permission.ADMINISTER_PEOPLE)
        or current_user.may(Permission.SEE_AUDIT_TRAIL)
    )


def open_sessions(person: User) -> list[LoginSession]:
    return [
        each
        for each in reading_session().scalars(
            select(LoginSession)
            .where(LoginSession.user_id == person.id, LoginSession.ended_at.is_(None))
            .order_by(LoginSession.id.desc())
            .limit(LAST_TRIES)
        )
        if signing_in.is_open(each)
    ]


def last_tries(person: User) -> list[LoginAttempt]:
    return list(
        reading_session().scalars(
            select(LoginAttempt)
            .where(LoginAttempt.login == person.login)
            .order_by(LoginAttempt.id.desc())
            .limit(LAST_TRIES)
        )
    )


@bp.get("/people/new")
@requires(Permission.ADMINISTER_PEOPLE)
def invite_person() -> ResponseReturnValue:
    return render_template("staff/invite.html", invitation=shown(InvitationForm))


@bp.post("/people/new")
@requires(Permission.ADMINISTER_PEOPLE)
@on_refusal(invite_person)
def record_invitation() -> ResponseReturnValue:
    return one_time_code(submit(InvitationForm(), people.invite_person))


def one_time_code(issued: Any) -> ResponseReturnValue:
    """The page that shows a one-time code, this once and never again."""
    person = reading_session().get_one(User, issued.user_id)
    return render_template("staff/one_time_code.html", person=person, issued=issued)


@bp.get("/people/<code>/code")
@requires(Permission.ADMINISTER_PEOPLE)
def issue_code(code: str) -> ResponseReturnValue:
    return render_template(
        "staff/issue_code.html", person=find(User, code), issue=shown(NewCodeForm)
    )


@bp.post("/people/<code>/code")
@requires(Permission.ADMINISTER_PEOPLE)
@on_refusal(issue_code)
def record_new_code(code: str) -> ResponseReturnValue:
    form = NewCodeForm()
    return one_time_code(submit(form, people.issue_code, lambda session: form.of(session, code)))


@bp.get("/people/<code>/roles")
@requires(Permission.ADMINISTER_PEOPLE)
def change_roles(code: str) -> ResponseReturnValue:
    person = find(User, code)
    return render_template(
        "staff/roles.html",
        person=person,
        grant=shown(GrantForm, person),
        end=shown(EndRoleForm, person),
    )


@bp.post("/people/<code>/roles")
@requires(Permission.ADMINISTER_PEOPLE)
@on_refusal(change_roles)
def grant_role(code: str) -> ResponseReturnValue:
    form = GrantForm(find(User, code))
    person = submit(form, roles.grant_role, lambda session: form.of(session, code))
    flash(_("%(name)s holds the role from now on.", name=person.full_name))
    return redirect(url_for("staff.show", code=code), 303)


@bp.post("/people/<code>/roles/end")
@requires(Permission.ADMINISTER_PEOPLE)
@on_refusal(change_roles)
def end_role(code: str) -> ResponseReturnValue:
    form = EndRoleForm(find(User, code))
    person = submit(form, roles.end_role, lambda session: form.of(session, code))
    flash(_("%(name)s no longer holds the role.", name=person.full_name))
    return redirect(url_for("staff.show", code=code), 303)


@bp.get("/people/<code>/disable")
@requires(Permission.ADMINISTER_PEOPLE)
def disable_person(code: str) -> ResponseReturnValue:
    return render_template("staff/disable.html", person=find(User, code), why=shown(DisableForm))


@bp.post("/people/<code>/disable")
@requires(Permission.ADMINISTER_PEOPLE)
@on_refusal(disable_person)
def record_disabling(code: str) -> ResponseReturnValue:
    form = DisableForm()
    person = submit(form, people.disable_person, lambda session: form.of(session, code))
    flash(_("The account of %(name)s is disabled.", name=person.full_name))
    return redirect(url_for("staff.show", code=code), 303)


@bp.get("/people/<code>/enable")
@requires(Permission.ADMINISTER_PEOPLE)
def enable_person(code: str) -> ResponseReturnValue:
    return render_template("staff/enable.html", person=find(User, code), why=shown(EnableForm))


@bp.post("/people/<code>/enable")
@requires(Permission.ADMINISTER_PEOPLE)
@on_refusal(enable_person)
def record_enabling(code: str) -> ResponseReturnValue:
    form = EnableForm()
    return one_time_code(submit(form, people.enable_person, lambda session: form.of(session, code)))


@bp.get("/people/<code>/mail")
@requires(Permission.ADMINISTER_PEOPLE)
def enter_mail_address(code: str) -> ResponseReturnValue:
    person = find(User, code)
    mail = shown(MailForm, address=person.mail_address)
    return render_template("staff/mail.html", person=person, mail=mail)


@bp.post("/people/<code>/mail")
@requires(Permission.ADMINISTER_PEOPLE)
@on_refusal(enter_mail_address)
def record_mail_address(code: str) -> ResponseReturnValue:
    form = MailForm()
    person = submit(form, reminding.enter_mail_address, lambda session: form.of(session, code))
    flash(_("The mail address of %(name)s is saved.", name=person.full_name))
    return redirect(url_for("staff.show", code=code), 303)


@bp.get("/people/<code>/badge")
@requires(Permission.ADMINISTER_PEOPLE)
def print_badge(code: str) -> Response:
    return badge(find(User, code))


@bp.get("/account/badge")
@signed_in
def print_own_badge() -> Response:
    return badge(current_user)
