"""The patient: the root that every piece of material carries with it."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lims import clock
from lims.models.base import Base, Coded, Material, Versioned, same_patient
from lims.models.types import Key, closed
from lims.models.user import User


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"


class Patient(Coded, Versioned):
    """One registered person; two registrations of one person are linked, never merged."""

    __tablename__ = "patient"
    kind_of_code = "PT"

    full_name: Mapped[str]
    other_name: Mapped[str | None]
    """The name in another script, as in the passport."""
    search_name: Mapped[str] = mapped_column(index=True)
    """Both names, folded so that either script finds them (workflows/names.py)."""
    birth_date: Mapped[date] = mapped_column(index=True)
    sex: Mapped[Sex] = closed(Sex)
    died_on: Mapped[date | None]

    documents: Mapped[list["PatientDocument"]] = relationship(back_populates="patient")
    consents: Mapped[list["Consent"]] = relationship(back_populates="patient")


class DocumentKind(StrEnum):
    PERSONAL_NUMBER = "personal_number"
    PASSPORT = "passport"
    OTHER = "other"


class PatientDocument(Material, Versioned):
    """A document that shows who the patient is; a Belarusian personal number is checked."""

    __tablename__ = "patient_document"
    __table_args__ = (UniqueConstraint("kind", "number", "patient_id"),)

    kind: Mapped[DocumentKind] = closed(DocumentKind)
    number: Mapped[str] = mapped_column(index=True)
    country: Mapped[str | None]
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)

    patient: Mapped[Patient] = relationship(back_populates="documents")


class ConsentKind(StrEnum):
    PRODUCTION = "production"
    STORAGE = "storage"
    USE = "use"


class Consent(Material, Versioned):
    """A consent the patient signed, until withdrawn."""

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint("withdrawn_on IS NULL OR withdrawn_on >= signed_on", name="dates_in_order"),
        Index(
            "ux_consent_open",
            "patient_id",
            "kind",
            unique=True,
            sqlite_where=text("withdrawn_on IS NULL"),
            postgresql_where=text("withdrawn_on IS NULL"),
        ),
    )

    kind: Mapped[ConsentKind] = closed(ConsentKind)
    form_version: Mapped[str]
    signed_on: Mapped[date]
    withdrawn_on: Mapped[date | None]
    withdrawal_reason: Mapped[str | None]
    """None where a newer form has taken this one's place."""
    recorded_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)

    patient: Mapped[Patient] = relationship(back_populates="consents")


class PatientLink(Base):
    """Two registrations found to be one person: the first is closed for new courses."""

    __tablename__ = "patient_link"
    __table_args__ = (CheckConstraint("closed_id <> kept_id", name="two_registrations"),)

    closed_id: Mapped[Key] = mapped_column(ForeignKey("patient.id"), unique=True)
    kept_id: Mapped[Key] = mapped_column(ForeignKey("patient.id"), index=True)
    reason: Mapped[str]
    first_signature_id: Mapped[Key] = mapped_column(ForeignKey("signature.id"))
    second_signature_id: Mapped[Key] = mapped_column(ForeignKey("signature.id"))
    linked_at: Mapped[datetime] = mapped_column(default=clock.now)

    closed: Mapped[Patient] = relationship(foreign_keys=[closed_id])
    kept: Mapped[Patient] = relationship(foreign_keys=[kept_id])


class PatientView(Material):
    """Who looked at a patient, and when (at most once a minute a person)."""

    __tablename__ = "patient_view"

    user_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    seen_at: Mapped[datetime] = mapped_column(default=clock.now)

    user: Mapped[User] = relationship(foreign_keys=[user_id])


class Marker(StrEnum):
    """A blood test, named as a specification's `required_markers` name it."""

    HIV = "HIV 1/2"
    HBSAG = "HBsAg"
    ANTI_HBC = "anti-HBc"
    ANTI_HCV = "anti-HCV"
    SYPHILIS = "syphilis"


class MarkerValue(StrEnum):
    NONREACTIVE = "nonreactive"
    REACTIVE = "reactive"
    PENDING = "pending"


class MarkerResult(Material):
    """One infection marker of one blood sample; a new result is a new row."""

    __tablename__ = "marker_result"
    __table_args__ = (
        CheckConstraint("valid_until >= sampled_on", name="dates_in_order"),
        same_patient("marker_result", "replaces_id"),
    )

    marker: Mapped[Marker] = closed(Marker)
    value: Mapped[MarkerValue] = closed(MarkerValue)
    sampled_on: Mapped[date]
    valid_until: Mapped[date]
    laboratory: Mapped[str | None]
    replaces_id: Mapped[Key | None] = mapped_column()
    """The result this one supersedes: one that was pending, or reactive by mistake."""
    recorded_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
