"""Roles: given and taken by an administrator, counted from the person's next request on."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.user import User, UserRole, UserStatus
from lims.permissions import GRANTED, Permission, Role, incompatible
from lims.workflows.command import because, command


class IncompatibleRoles(LimsError):
    sentence = N_("Nobody may be %(first)s and %(second)s at once.")
    recorded = True


class LastAdministrator(LimsError):
    sentence = N_("%(name)s is the only administrator. Make somebody else one first.")
    status = 409


class RoleNotHeld(LimsError):
    sentence = N_("%(name)s does not hold the role %(role)s.")
    status = 409


def require_compatible(roles: Iterable[Role]) -> None:
    """Raise IncompatibleRoles when nobody may hold all of `roles`."""
    if (pair := incompatible(roles)) is not None:
        raise IncompatibleRoles(first=pair[0], second=pair[1])


def may_be_given(person: User) -> list[Role]:
    """The roles this person could hold besides those held now."""
    held = [each.role for each in person.roles]
    return [role for role in Role if role not in held and incompatible([*held, role]) is None]


def roles_with(permission: Permission) -> list[Role]:
    """The roles that include `permission`, in their order."""
    return [role for role in Role if permission in GRANTED[role]]


def who_may(session: Session, permission: Permission) -> Sequence[User]:
    """The people who hold `permission` now, by name."""
    query = select(User).where(_holds(permission))
    return session.scalars(query.order_by(User.full_name, User.id)).all()


def names_of_who_may(session: Session, permission: Permission) -> dict[int, str]:
    """Their names alone, by number and in order; one query, for pages that ask in passing."""
    query = select(User.id, User.full_name).where(_holds(permission))
    rows = session.execute(query.order_by(User.full_name, User.id))
    return {row.id: row.full_name for row in rows}


def _holds(permission: Permission) -> ColumnElement[bool]:
    able, now = UserRole.role.in_(roles_with(permission)), UserRole.ended_at.is_(None)
    holders = select(UserRole.user_id).where(able, now)
    return User.id.in_(holders) & (User.status == UserStatus.ACTIVE)


def other_holder(session: Session, role: Role, besides: User | None) -> int | None:
    """Somebody who can sign in and holds `role`, other than `besides`."""
    return session.scalars(
        select(User.id)
        .join(UserRole, UserRole.user_id == User.id)
        .where(
            User.status == UserStatus.ACTIVE,
            User.password_hash.is_not(None),
            User.id != (besides.id if besides else 0),
            UserRole.role == role,
            UserRole.ended_at.is_(None),
        )
        .limit(1)
    ).first()


def require_another_administrator(session: Session, person: User) -> None:
    """Raise LastAdministrator where nobody else could let people in."""
    if other_holder(session, Role.ADMINISTRATOR, person) is None:
        raise LastAdministrator(name=person.full_name)


def give(session: Session, person: User, role: Role, by: User | None) -> None:
    session.add(UserRole(user_id=person.id, role=role, granted_by_id=by.id if by else None))
    session.flush()
    session.expire(person, ["roles"])


@command(Permission.ADMINISTER_PEOPLE)
def grant_role(session: Session, person: User, *, role: Role, by: User) -> User:
    """Give a person one more role."""
    require_compatible([*(held.role for held in person.roles), role])
    if not person.has(role):
        give(session, person, role, by)
    return person


@command(Permission.ADMINISTER_PEOPLE)
def end_role(session: Session, person: User, *, role: Role, reason: str, by: User) -> User:
    """Take a role away; it counts from the person's next request on."""
    because(session, reason)
    if role is Role.ADMINISTRATOR:
        require_another_administrator(session, person)
    held = session.scalars(
        select(UserRole).where(
            UserRole.user_id == person.id, UserRole.role == role, UserRole.ended_at.is_(None)
        )
    ).one_or_none()
    if held is None:
        raise RoleNotHeld(name=person.full_name, role=role)
    held.ended_at = clock.now()
    session.flush()
    session.expire(person, ["roles"])
    return person
