"""People: who they are, what they may do, how they sign in, what they are trained for."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lims import clock
from lims.models.base import Base, Tracked, Versioned
from lims.models.types import Key, Named, Sha256, closed
from lims.permissions import GRANTED, Permission, Role


class UserStatus(StrEnum):
    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


class Language(StrEnum):
    RUSSIAN = "ru"
    ENGLISH = "en"


class User(Tracked):
    """A person with an account; never deleted, the code never given to anyone else."""

    __tablename__ = "user_account"
    __allow_unmapped__ = True
    kind_of_code = "US"

    login: Mapped[str] = mapped_column(unique=True)
    full_name: Mapped[str]
    language: Mapped[Language] = closed(Language, default=Language.RUSSIAN)
    password_hash: Mapped[str | None]
    password_chosen_at: Mapped[datetime | None]
    pin_hash: Mapped[str | None]
    """Of the PIN that goes with the badge: at a terminal of ours it says who is there."""
    pin_chosen_at: Mapped[datetime | None]
    status: Mapped[UserStatus] = closed(UserStatus)
    mail_address: Mapped[str | None]
    """Where reminders go; None: nowhere."""

    roles: Mapped[list["UserRole"]] = relationship(
        primaryjoin="and_(UserRole.user_id == User.id, UserRole.ended_at.is_(None))",
        foreign_keys="UserRole.user_id",
        viewonly=True,
    )

    is_authenticated = True
    is_anonymous = False
    session_locked: bool = False
    has_drafts: bool = False
    """Whether something typed waits for this person; told with the session."""
    has_stop: bool = False
    """Whether they have not acknowledged a stop that they met; told with the session."""
    session_token: str | None = None
    """The token of the session this person came with; set by whoever found it."""

    @property
    def is_active(self) -> bool:
        return self.status == UserStatus.ACTIVE

    def get_id(self) -> str | None:
        return self.session_token

    def has(self, role: Role) -> bool:
        return any(held.role == role for held in self.roles)

    @property
    def permissions(self) -> frozenset[Permission]:
        """All that the roles this person holds now include."""
        held = [GRANTED[each.role] for each in self.roles] if self.is_active else []
        return frozenset().union(*held)

    def may(self, permission: Permission) -> bool:
        """Whether any role this person holds now includes `permission`."""
        return self.is_active and any(permission in GRANTED[held.role] for held in self.roles)


class UserRole(Base):
    """A role given to a person, from one moment to another."""

    __tablename__ = "user_role"
    __table_args__ = (
        Index(
            "ux_user_role_open",
            "user_id",
            "role",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    user_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    role: Mapped[Role] = closed(Role)
    granted_by_id: Mapped[Key | None] = mapped_column(ForeignKey("user_account.id"))
    granted_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[datetime | None]


class OneTimeCode(Base):
    """A code with which a person chooses a first or a new password; nobody else ever chooses it."""

    __tablename__ = "one_time_code"
    __allow_unmapped__ = True

    user_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"), index=True)
    code_sha256: Mapped[Sha256] = mapped_column(unique=True)
    issued_by_id: Mapped[Key | None] = mapped_column(ForeignKey("user_account.id"))
    issued_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    plain: str = ""
    """The code itself: only in the moment it is made, to be shown once."""


class LoginSession(Base):
    """One person signed in at one browser; the server can end it at any moment."""

    __tablename__ = "login_session"

    token_sha256: Mapped[Sha256] = mapped_column(unique=True)
    user_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"), index=True)
    address: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(default=clock.now)
    seen_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[datetime | None]
    locked_at: Mapped[datetime | None]
    """Since when it answers nothing but the PIN or the password of its person."""
    left_page: Mapped[str | None]
    """What the person had open when the next one took over the terminal."""

    user: Mapped[User] = relationship(foreign_keys=[user_id])


class LoginOutcome(StrEnum):
    ACCEPTED = "accepted"
    WRONG = "wrong"
    LOCKED = "locked"


class LoginAttempt(Base):
    """One try at a password or a PIN, for signing in or for signing, by whatever name was typed."""

    __tablename__ = "login_attempt"

    login: Mapped[str] = mapped_column(index=True)
    user_id: Mapped[Key | None] = mapped_column(ForeignKey("user_account.id"))
    outcome: Mapped[LoginOutcome] = closed(LoginOutcome)
    address: Mapped[str]
    """The code of the terminal, else where the request came from."""
    by_pin: Mapped[bool | None]
    """Whether it was a badge and its PIN; None before there were any."""
    tried_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)


class Procedure(Versioned):
    """A version of the standard operating procedure that a kind of step follows."""

    __tablename__ = "procedure"
    __table_args__ = (
        UniqueConstraint("step_kind", "number", "edition"),
        CheckConstraint(
            "retired_on IS NULL OR retired_on >= effective_from", name="dates_in_order"
        ),
    )

    step_kind: Mapped[Named] = mapped_column(index=True)
    number: Mapped[str]
    edition: Mapped[str]
    title: Mapped[str]
    effective_from: Mapped[date]
    retired_on: Mapped[date | None]


class Training(Base):
    """A person trained for a kind of step by an edition of its procedure, until a date."""

    __tablename__ = "training"
    __table_args__ = (CheckConstraint("expires_on >= trained_on", name="dates_in_order"),)

    user_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"), index=True)
    step_kind: Mapped[Named]
    procedure_id: Mapped[Key | None] = mapped_column(ForeignKey("procedure.id"))
    trained_on: Mapped[date]
    expires_on: Mapped[date]
    recorded_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
