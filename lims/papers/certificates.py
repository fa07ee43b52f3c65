"""The two papers that go with a fill: certificate of analysis and release certificate."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from lims.errors import N_, LimsError
from lims.labels.parts import AUTOLOGOUS
from lims.models.batch import Batch
from lims.models.course import Course
from lims.models.deviation import Deviation
from lims.models.fill import (
    Decision,
    Disposition,
    Dose,
    DoseStatus,
    Fill,
    FillKind,
    Vial,
    VialStatus,
)
from lims.models.label import RecordKind
from lims.models.signature import Signature
from lims.models.specification import SpecificationVersion
from lims.papers import results, signed, step_rows
from lims.papers.approvals import of_fill
from lims.papers.batch import source_of
from lims.papers.heading import Desk, Edition, heading
from lims.papers.label_maker import between
from lims.papers.wording import passage, sentence, sited, spoken, tidied
from lims.records import decisions, parts
from lims.records.analysis import CertificateOfAnalysis
from lims.records.release import Container, ReleaseCertificate, Unusual
from lims.records.wording import Wording
from lims.workflows import (
    deciding,
    earlier_hours,
    earlier_release,
    earlier_steps,
    qc_readings,
    recording,
    signing,
    specifications,
    unusual,
)
from lims.workflows.evidence import Evidence, evidence_of
from lims.workflows.fill_results import JudgedLine

ASSUMED = N_("by the specification: the list gives none")
"""Of the volume of a vial."""


class NotDecided(LimsError):
    sentence = N_("Nothing was decided on %(code)s yet: there is nothing to certify.")
    status = 409


DECIDED = {
    Decision.CONDITIONAL: decisions.Decision.CONDITIONAL,
    Decision.RELEASED: decisions.Decision.FINAL,
    Decision.REJECTED: decisions.Decision.REJECTED,
    Decision.RECALLED: decisions.Decision.RECALLED,
}
"""Reviewing and asking for a change decide nothing of the fill itself."""
TAKEN_OVER = decisions.Decision.TAKEN_OVER


def load(session: Session, fill_id: int) -> Fill:
    """The fill with all that its certificates read."""
    batch = joinedload(Fill.batch)
    version = batch.joinedload(Batch.specification_version)
    return session.scalars(
        select(Fill)
        .where(Fill.id == fill_id)
        .options(
            joinedload(Fill.patient),
            batch.joinedload(Batch.earlier),
            batch.joinedload(Batch.course).joinedload(Course.patient),
            version.selectinload(SpecificationVersion.tests),
            version.selectinload(SpecificationVersion.limits),
            selectinload(Fill.doses).joinedload(Dose.session),
            selectinload(Fill.doses).joinedload(Dose.planned),
            selectinload(Fill.doses).joinedload(Dose.aliquots),
            selectinload(Fill.vials).joinedload(Vial.aliquots),
            selectinload(Fill.dispositions).joinedload(Disposition.signature),
        )
    ).one()


def decision_on(fill: Fill) -> tuple[decisions.Decision, Disposition | None]:
    """The last decision that decided something, if there is one yet."""
    for each in reversed(fill.dispositions):
        if each.decision in DECIDED:
            taken_over = earlier_release.is_of(each)
            return TAKEN_OVER if taken_over else DECIDED[each.decision], each
    return decisions.Decision.OPEN, None


def _moment(disposition: Disposition | None) -> datetime | None:
    return disposition.signature.signed_at if disposition else None


def _still_signed(session: Session, disposition: Disposition | None, evidence: Evidence) -> bool:
    return disposition is None or deciding.still_signed(session, disposition, evidence)


def analysis(session: Session, fill: Fill, desk: Desk, edition: Edition) -> CertificateOfAnalysis:
    """Every test the specification asks of this fill, with its answer of record."""
    evidence = evidence_of(session, fill)
    decided, disposition = decision_on(fill)
    version = fill.batch.specification_version
    return CertificateOfAnalysis(
        heading=heading(desk, edition, fill.patient, version.product),
        batch=fill.batch.code,
        fill=fill.code,
        material=_material(fill, desk.say),
        source=source_of(fill.batch, desk.say),
        specification=version.code,
        decision=decided,
        decided_at=_moment(disposition),
        results=results.certified(evidence.results_told, desk.say),
        running=results.running(evidence.results, desk.say),
        signatures=tuple(_approvals(evidence.results, desk.say)),
        decision_valid=_still_signed(session, disposition, evidence),
    )


def _material(fill: Fill, say: Wording) -> str:
    words = N_("doses: %(count)s, passage %(passage)s")
    if fill.kind is FillKind.VIALS:
        words = N_("vials: %(count)s, passage %(passage)s")
    count = earlier_steps.number_filled(fill)
    said = say.say(words, count=count, passage=passage(fill.passage))
    named = "; ".join(vial.on_the_tube for vial in fill.vials if vial.earlier_number)
    return f"{said}: {named}" if named else said


def _approvals(judged: Sequence[JudgedLine], say: Wording) -> Iterator[parts.Signature]:
    """Who verified and who approved each result, and whether it still is what they signed."""
    for each in judged:
        if each.test is None:
            continue
        for signature in (each.test.verification, each.test.approval):
            if signature is not None:
                yield _of_result(signature, each, say)


def _of_result(signature: Signature, judged: JudgedLine, say: Wording) -> parts.Signature:
    assert judged.test is not None
    valid = signing.still_valid(signature, qc_readings.shown_of(judged.test))
    held = signed.printed(say, signature, valid)
    return replace(held, meaning=f"{held.meaning}: {say.word(judged.line.name)}")


def release(session: Session, fill: Fill, desk: Desk, edition: Edition) -> ReleaseCertificate:
    """Which containers may go to whom until when, by the decision that stands."""
    decided, disposition = decision_on(fill)
    if disposition is None:
        raise NotDecided(code=fill.code)
    evidence = evidence_of(session, fill)
    version, language = fill.batch.specification_version, desk.say.language
    certificate = recording.newest(session, RecordKind.CERTIFICATE_OF_ANALYSIS, fill, language)
    return ReleaseCertificate(
        heading=heading(desk, edition, fill.patient, version.product),
        batch=fill.batch.code,
        fill=fill.code,
        source=source_of(fill.batch, desk.say),
        specification=version.code,
        decision=decided,
        decided_at=_moment(disposition),
        rule_set=str(unusual.RULE_SET),
        storage=_storage(fill, version, desk.say),
        certificate_of_analysis=certificate.code if certificate else "",
        statements=(desk.say.word(AUTOLOGOUS),),
        containers=tuple(_containers(fill, desk.say)),
        exceptions=tuple(_exceptions(session, disposition, evidence, desk.say)),
        running=results.running(evidence.results, desk.say),
        signatures=tuple(of_fill(session, fill, evidence, desk.say)),
        decision_valid=_still_signed(session, disposition, evidence),
    )


def _storage(fill: Fill, version: SpecificationVersion, say: Wording) -> str:
    if fill.kind is FillKind.DOSES:
        return between(version, "product_temperature")
    warmest = say.number(tidied(specifications.limit(version, "storage_limit_c")))
    return say.say(N_("in the cryobank, not above %(warmest)s °C"), warmest=warmest)


def _containers(fill: Fill, say: Wording) -> Iterator[Container]:
    for dose in fill.to_give:
        yield Container(
            code=dose.code,
            viable_cells=dose.left_cells(),
            volume_ml=tidied(dose.left_ml()),
            filled_at=earlier_hours.told(fill.filled_at, fill.batch.earlier is not None),
            expires_at=fill.expires_at,
            destined=_destined(dose, say),
        )
    for vial in fill.vials:
        if vial.is_used_up:
            continue
        yield Container(
            code=vial.on_the_tube,
            viable_cells=vial.left_cells(),
            volume_ml=tidied(vial.left_ml()),
            filled_at=earlier_hours.told(fill.filled_at, fill.batch.earlier is not None),
            expires_at=fill.expires_at,
            destined=spoken(say, vial.status) if vial.status is VialStatus.DISCARDED else "",
            remark=say.word(ASSUMED) if vial.earlier and vial.earlier.volume_assumed else "",
        )


def _destined(dose: Dose, say: Wording) -> str:
    """Where a dose is to go; of one that goes nowhere any more, that."""
    if dose.status is DoseStatus.DISCARDED:
        return spoken(say, dose.status)
    said = say.say(N_("session %(number)s"), number=dose.session.number)
    said = f"{said} ({dose.session.code})"
    if dose.planned is None:
        return said
    return f"{said}, {sited(say, dose.planned)}"


def _exceptions(
    session: Session, disposition: Disposition, evidence: Evidence, say: Wording
) -> Iterator[Unusual]:
    """What the signer was shown, line by line; in the paper's language where it still is so."""
    now = unusual.exceptions(session, disposition.fill, evidence)
    known = {f"{each.what.english()} [{each.where}]": each for each in now}
    step_rows.read_decisions(session, evidence.deviations)
    read = {each.code: each for each in evidence.deviations}
    for line in disposition.exceptions.split("\n"):
        if line == "none":
            return
        found = known.get(line)
        what = sentence(say, found.what) if found else line.rpartition(" [")[0]
        where = found.where if found else line.rpartition(" [")[2].rstrip("]")
        yield Unusual(what, where, _answer(read.get(where), say))


def _answer(deviation: Deviation | None, say: Wording) -> str:
    if deviation is None:
        return say.word(N_("seen and signed with the decision"))
    last = deviation.decisions[-1].text if deviation.decisions else ""
    return last or spoken(say, deviation.status)
