"""How a version of the specification comes to be: imported as a draft, approved by a signature."""

import hashlib
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.base import ExecutableOption

from lims.errors import N_, LimsError, Stale
from lims.models.signature import Meaning
from lims.models.specification import SpecificationStatus, SpecificationVersion
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import signing, states
from lims.workflows.command import because, command
from lims.workflows.specification_differences import differences
from lims.workflows.specification_export import write_specification
from lims.workflows.specification_file import read_specification
from lims.workflows.specification_rows import rows_of, text_of
from lims.workflows.specifications import approved


class NoSuchVersion(LimsError):
    sentence = N_("The specification has no version %(number)s.")
    status = 404


class OtherSpecification(LimsError):
    sentence = N_(
        "This laboratory works by the specification %(ours)s; the file is one of %(theirs)s."
        " Write %(ours)s as its code if it is to be the next version."
    )


class NothingNew(LimsError):
    sentence = N_("The file says exactly what %(code)s says already. Nothing was imported.")


class Incomplete(LimsError):
    sentence = N_(
        "%(code)s cannot be approved: it lacks %(missing)s. Import it again with these lines."
    )


class OlderThanApproved(LimsError):
    sentence = N_("%(code)s is older than %(approved)s, which is approved. Import it anew.")
    status = 409


def load(session: Session, number: int) -> SpecificationVersion:
    """Version `number`; in a command its row is locked until the commit."""
    query = select(SpecificationVersion).where(SpecificationVersion.number == number)
    if not session.info.get("reading"):
        query = query.with_for_update()
    version = session.scalars(query).one_or_none()
    if version is None:
        raise NoSuchVersion(number=number)
    return version


def newest(session: Session) -> SpecificationVersion | None:
    return session.scalars(
        select(SpecificationVersion).order_by(SpecificationVersion.number.desc()).limit(1)
    ).one_or_none()


@command(Permission.IMPORT_SPECIFICATION)
def import_specification(session: Session, *, text: str, by: User) -> SpecificationVersion:
    """Keep the TOML file `text` as the next version, a draft; BadSpecification lists its errors."""
    last = newest(session)
    read = read_specification(text, code=last.specification if last else None)
    if last and read.code != last.specification:
        raise OtherSpecification(ours=last.specification, theirs=read.code)
    if last and last.status != SpecificationStatus.RETIRED and text_of(last) == read:
        raise NothingNew(code=last.code)
    version = SpecificationVersion(
        **rows_of(read),
        number=last.number + 1 if last else 1,
        source=text,
        source_sha256=hashlib.sha256(text.encode()).hexdigest(),
        imported_by_id=by.id,
    )
    session.add(states.begin(version))
    session.flush()
    return version


def exported(version: SpecificationVersion) -> str:
    """What `version` says, as TOML in one canonical form; read again it gives the same."""
    return write_specification(text_of(version))


def content_sha256(version: SpecificationVersion) -> str:
    """SHA-256 of the exported file: two versions that say the same have the same."""
    return hashlib.sha256(exported(version).encode()).hexdigest()


def with_former(
    session: Session, number: int, *options: ExecutableOption
) -> tuple[SpecificationVersion, SpecificationVersion | None]:
    """Version `number` and the one approved last before it, both read with `options`."""
    of_interest = or_(
        SpecificationVersion.number == number,
        SpecificationVersion.approval_signature_id.is_not(None),
    )
    query = (
        select(SpecificationVersion)
        .where(SpecificationVersion.number <= number, of_interest)
        .order_by(SpecificationVersion.number.desc())
        .limit(2)
        .options(*options)
    )
    found = session.scalars(query).unique().all()
    if not found or found[0].number != number:
        raise NoSuchVersion(number=number)
    return found[0], found[1] if len(found) > 1 else None


def shown_for_approval(
    version: SpecificationVersion, former: SpecificationVersion | None
) -> dict[str, Any]:
    """What the approver sees and signs: all that `version` says, and what it changes."""
    return {
        "specification": version.specification,
        "number": version.number,
        "content_sha256": content_sha256(version),
        "source_sha256": version.source_sha256,
        "former": former.code if former else None,
        "differences": [each.told() for each in differences(former, version)] if former else [],
    }


@command(Permission.APPROVE_SPECIFICATION)
def approve_specification(
    session: Session, version: SpecificationVersion, *, seen: str, proof: signing.Proof, by: User
) -> SpecificationVersion:
    """Put a draft in force and retire the version before it; open batches keep theirs.

    `seen` is the SHA-256 of what the page showed: another approval meanwhile makes it stale.
    """
    states.require(version, SpecificationStatus.DRAFT)
    former = approved(session)
    if former and former.number > version.number:
        raise OlderThanApproved(code=version.code, approved=former.code)
    if missing := text_of(version).missing():
        raise Incomplete(code=version.code, missing=missing)
    shown = shown_for_approval(version, former)
    if seen != signing.sha256_of(shown):
        raise Stale(code=version.code)
    signature = signing.sign(
        session, version, meaning=Meaning.APPROVED, shown=shown, proof=proof, by=by
    )
    if former:
        states.move(session, former, SpecificationStatus.RETIRED)
    version.approval_signature_id = signature.id
    states.move(session, version, SpecificationStatus.APPROVED)
    return version


@command(Permission.IMPORT_SPECIFICATION)
def withdraw_draft(
    session: Session, version: SpecificationVersion, *, reason: str, by: User
) -> SpecificationVersion:
    """Retire a draft that will not be approved."""
    states.require(version, SpecificationStatus.DRAFT)
    because(session, reason)
    states.move(session, version, SpecificationStatus.RETIRED)
    return version
