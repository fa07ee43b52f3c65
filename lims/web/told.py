"""The gate of a step: each scan is compared at once, and told in the words of the bench; so is
one that no place of the page takes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, get_template_attribute, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session

from lims.errors import LimsError
from lims.models.aliquot import Aliquot
from lims.models.base import Material
from lims.models.equipment import Place, PlaceKind
from lims.models.fill import Dose, Vial
from lims.models.patient import Patient
from lims.models.sample import Sample
from lims.models.storage import Box
from lims.models.suspension import Suspension
from lims.models.vessel import Vessel
from lims.permissions import Permission
from lims.web import current
from lims.web.auth import requires, signed_in
from lims.web.code_words import planned_yet, what_it_is, words_of, words_of_planned
from lims.web.errors import sentence_of
from lims.web.fitting import problem_of, words_there
from lims.web.looks import note_look
from lims.web.navigation import way_out_of
from lims.web.scans import (
    FILLED,
    HALTED,
    MOST_SCANS,
    ROOM,
    kind_word,
    kind_words,
)
from lims.web.stopped import report_at_scan
from lims.workflows import (
    clearance,
    codes,
    containers,
    identity,
    placing,
    stops,
)

bp = Blueprint("told", __name__)


@dataclass(frozen=True)
class Told:
    """What a code is, and whether it is in order as far as can be said at its scan."""

    code: str
    sentence: str
    tone: str = "ok"
    address: str = ""
    """Of the page that says what to do about it, where there is one."""

    def of(self, patient: Patient) -> "Told":
        return replace(self, sentence=f"{self.sentence} · {patient.full_name}")


@bp.post("/scan/told")
@signed_in
def compare() -> ResponseReturnValue:
    """What was scanned into a step; another patient's than the page's, or than what was scanned
    into it before, stops all."""
    session = current.reading_session()
    asked = request.form.get("code", "").split()[:MOST_SCANS]
    beside = request.form.get("beside", "").split()[:MOST_SCANS]
    band, takes = request.form.get("patient", ""), request.form.get("takes", "")
    try:
        if "each" in request.form:
            return jsonify(one_by_one(session, asked, takes))
        owner = patient_worked_on(session, band, [*beside, *asked])
        found = [told(session, code, owner, takes) for code in asked]
    except LimsError as refusal:
        return refused(refusal)
    if owner is None or band:
        return jsonify(told=found)
    # no page says yet whose cells these are
    found = [each.of(owner) if whose_is_told(each.code) else each for each in found]
    return jsonify(told=found, band=band_of(owner))


def one_by_one(session: Session, asked: Sequence[str], takes: str) -> dict[str, Any]:
    """Where several patients' may lie side by side: each with its own, the last in the band."""
    found, owner = [], None
    for code in asked:
        each = told(session, code, None, takes)
        if whose_is_told(each.code):
            owner = containers.patient_of(session, each.code)
            each = each.of(owner)
        found.append(each)
    return {"told": found, "band": band_of(owner) if owner else None}


def band_of(patient: Patient) -> str:
    """The band that a page has which knows its patient before a scan; their page was seen."""
    note_look(patient.id)
    return str(get_template_attribute("macros/patient.html", "band")(patient))


HELD = frozenset(model.kind_of_code for model in (Aliquot, Dose, Sample, Suspension, Vessel, Vial))
"""The kinds of what cells are in: of another patient it stops the work wherever it is scanned."""


@bp.post("/scan/misplaced")
@signed_in
def misplaced() -> ResponseReturnValue:
    """A code that no place of the page takes: what it is, whose, and what is waited for; another
    patient's cells stop all, at the bench and at the dewar alike."""
    session, code = current.reading_session(), request.form.get("code", "")
    waits = request.form.get("waits", "").split()
    try:
        owner = patient_worked_on(
            session, request.form.get("patient", ""), request.form.get("beside", "").split()
        )
        if owner is not None and (code[:2] in HELD or code[:2] in waits) and whose_is_told(code):
            containers.require_of_patient(session, owner, code)
        if taken := request.form.get("taken", ""):
            return jsonify(taken=place_taken(session, code, taken))
        said = out_of_place(session, code, waits)
    except LimsError as refusal:
        return refused(refusal)
    return jsonify(sentence=said)


def place_taken(session: Session, code: str, holds: str) -> str:
    """Of the same patient or nobody's: its place holds another code."""
    what = told_of(session, code)
    return str(
        _(
            "This is: %(what)s. Its place holds %(code)s. Enter what is missing and send that"
            " first, or empty it.",
            what=what,
            code=holds,
        )
    )


def told_of(session: Session, code: str) -> str:
    """What a code is, and whose; its kind alone to whom patients are closed."""
    kind = kind_word(codes.require_well_formed(code)[:2])
    if is_closed(code):
        return kind
    what = [kind, what_it_is(session, code)]
    if whose_is_told(code):
        what.append(containers.patient_of(session, code).full_name)
    return " · ".join(dict.fromkeys(what))


def out_of_place(session: Session, code: str, waits: Sequence[str]) -> str:
    told = told_of(session, code)
    if code[:2] in waits:
        return str(_("This is: %(what)s. It is not what is worked on here.", what=told))
    wanted = kind_words(tuple(kind for kind in waits if kind in codes.KIND_WORDS))
    return str(
        _(
            "This is: %(what)s. This page waits for: %(wanted)s. To open it all the same, scan it"
            " into the field at the top.",
            what=told,
            wanted=wanted,
        )
    )


@bp.post("/scan/acknowledged")
@requires(Permission.SEE_PATIENTS)
def acknowledged() -> ResponseReturnValue:
    """Who was stopped has read both identities."""
    code = request.form.get("code", "")
    try:
        current.run(
            stops.acknowledge_stop, key=current.new_key(), arguments=lambda _session: {"code": code}
        )
    except LimsError as refusal:
        return refused(refusal)
    return jsonify(acknowledged=code)


def refused(refusal: LimsError) -> ResponseReturnValue:
    """The answer to a script whose scan is not taken; a mix-up with the screen that says so."""
    if refusal.recorded:
        current.remember(refusal)
    said = sentence_of(refusal)  # first: the screen of a mix-up shows what it names
    if not isinstance(refusal, identity.Stop):
        return jsonify(sentence=said, stop=None), refusal.status
    report_at_scan(refusal, request.form.get("act", ""))
    screen = render_template("errors/stop.html")
    return jsonify(sentence=said, stop=screen, code=refusal.scanned), refusal.status


def patient_worked_on(session: Session, patient: str, scanned: list[str]) -> Patient | None:
    """The patient of the page, else of the first of `scanned` that is anybody's; to whom patients
    are closed, none is."""
    if not current_user.may(Permission.SEE_PATIENTS):
        return None
    if patient:
        return codes.load(session, patient, Patient)
    for code in scanned:
        if codes.is_well_formed(code) and is_of_somebody(code):
            return containers.patient_of(session, code)
    return None


def is_of_somebody(code: str) -> bool:
    model = codes.models_by_kind().get(code[:2])
    return model is not None and issubclass(model, Material | Patient)


def whose_is_told(code: str) -> bool:
    """Whether `code` is somebody's, and who scans it may know whose."""
    return is_of_somebody(code) and not is_closed(code)


def is_closed(code: str) -> bool:
    """Whether of `code` its kind alone is told: it is somebody's, of whom they may see nothing."""
    return is_of_somebody(code) and not current_user.may(Permission.SEE_PATIENTS)


def told(session: Session, code: str, owner: Patient | None, takes: str = "") -> Told:
    """Raise where `code` is none, another patient's than `owner`, or no place that its field
    `takes`."""
    code = codes.meant(session, [code])[0]
    if is_closed(code):
        return Told(code, kind_word(codes.require_well_formed(code)[:2]))
    if owner is not None and is_of_somebody(code):
        containers.require_of_patient(session, owner, code)
    if (planned := planned_yet(session, code)) is not None:
        return Told(code, words_of_planned(planned), "stop" if takes == FILLED else "ok")
    record = codes.find(session, code)
    if takes == PlaceKind.PROCESSING_BENCH and isinstance(record, Place):
        clearance.require_bench(record)
    if takes == ROOM and isinstance(record, Box) and owner is not None:
        placing.free_in(session, owner, record)
    if (problem := problem_of(session, record, takes)) is not None:
        return Told(code, sentence_of(problem), "stop", way_out_of(problem))
    if takes == HALTED and isinstance(record, Vial):
        waits = _("it goes in once a second person has cleared the stop")
        return Told(code, f"{words_of(session, record)} · {waits}", "wait")
    return Told(code, words_there(session, record, takes))
