"""What the papers share: who the patient is, and the small things every step may hold."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from lims.errors import N_
from lims.records.wording import Value


class Verdict(StrEnum):
    """What the one judge said of a result; the words are the printed ones, to be translated."""

    PASS = N_("pass")
    FAIL = N_("fail")
    INCONCLUSIVE = N_("inconclusive")
    MISSING = N_("missing")
    RUNNING = N_("still running")
    INVALID = N_("invalid")
    NOT_EVALUATED = N_("not evaluated")


@dataclass(frozen=True)
class Patient:
    code: str
    name: str
    birth_date: date


@dataclass(frozen=True)
class AuditHead:
    """The last entry of the audit trail that this version of the record includes."""

    sequence: int
    sha256: str


@dataclass(frozen=True)
class Heading:
    """What stands at the top and the foot of every page."""

    record: str
    """The RC code: printed as a bar code, and the code by which a paper is verified."""
    version: int
    made_at: datetime
    site: str
    product: str
    patient: Patient
    audit: AuditHead


@dataclass(frozen=True)
class Signature:
    name: str
    meaning: str
    at: datetime
    valid: bool
    shown_sha256: str = ""
    """The hash of exactly what was shown when it was signed."""
    void_reason: str = ""
    reason: str = ""
    """Why, in the signer's own words, where they were asked or said so."""


@dataclass(frozen=True)
class Reading:
    """A measured or entered value, whole; `places` rounds it for the eye only."""

    name: str
    value: Value
    unit: str = ""
    places: int | None = None
    limit: str = ""
    """Filled for an in-process control: what the specification asks, in words."""
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Lot:
    code: str
    name: str
    maker_number: str
    quantity: Decimal | int | None
    unit: str
    expires_on: date | None
    state: str = ""


@dataclass(frozen=True)
class Equipment:
    code: str
    name: str
    calibration_due: date | None
    state: str = ""
    """In calibration or not when it was used, in words."""


@dataclass(frozen=True)
class Clearance:
    """The bench found clear of everything that belongs to another patient, by two people."""

    station: str
    clear: bool
    done_by: str
    checked_by: str | None
    at: datetime
    remark: str = ""


@dataclass(frozen=True)
class Scan:
    """What was read and what was meant; `role` says which end of a transfer it is, in words."""

    role: str
    expected: str
    scanned: str
    by: str
    at: datetime
    typed: bool = False

    @property
    def agrees(self) -> bool:
        return self.expected == self.scanned


@dataclass(frozen=True)
class Party:
    """Somebody who took part besides performer and verifier: courier, surgeon, receiving nurse."""

    role: str
    name: str
    organisation: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class LabelCount:
    """Labels of one kind: printed = applied + destroyed, or some are still open."""

    kind: str
    printed: int
    applied: int
    voided: int
    destroyed: int

    @property
    def open(self) -> int:
        return self.printed - self.applied - self.destroyed


@dataclass(frozen=True)
class Photo:
    image: bytes
    caption: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Comment:
    text: str
    by: str
    at: date
    """A day alone where the hour is not known."""


@dataclass(frozen=True)
class Correction:
    """A value changed after it was entered; both stay readable."""

    what: str
    old: Value
    new: Value
    unit: str
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Deviation:
    code: str
    what: str
    classification: str
    opened_by: str
    opened_at: datetime
    state: str
    decisions: tuple[str, ...] = ()
    """What was found and decided, in order."""
    authorised: tuple[Signature, ...] = ()


@dataclass(frozen=True)
class Running:
    """A test whose result is still to come."""

    test: str
    expected: date | datetime | None


@dataclass(frozen=True)
class Milestone:
    """A start, an intermediate stage or an end; None is still to come."""

    name: str
    at: date | None
    step: str = ""


@dataclass(frozen=True)
class StartingMaterial:
    """The tissue, or the thawed vials, that the batch was made from."""

    code: str
    what: str
    quantity: Decimal | int | None
    unit: str
    origin: str
    """When and where it was collected, or which batch froze it, in words."""
    state: str = ""


@dataclass(frozen=True)
class Yield:
    stage: str
    quantity: Value
    unit: str
    at: date
    places: int | None = None
    remark: str = ""


@dataclass(frozen=True)
class AuditEntry:
    """One entry of the trail worth an inspector's look."""

    sequence: int
    at: datetime
    by: str
    what: str
    old: str
    new: str
    reason: str = ""
