"""Genealogy: from any piece of material everything before and after it, as a page and as JSON."""

from typing import Any

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue

from lims.charts.genealogy import laid_out
from lims.models.base import Coded
from lims.models.patient import Patient
from lims.permissions import Permission
from lims.web import demonstration
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.looks import note_look
from lims.workflows import codes, genealogy
from lims.workflows.genealogy import Genealogy, Node

bp = Blueprint("genealogy", __name__, url_prefix="/genealogy")


def asked(code: str) -> tuple[Coded, Patient, Genealogy]:
    """What the address names, whose it is, and its genealogy; in three queries."""
    session = reading_session()
    piece: Any = codes.find(session, code.upper())
    found = genealogy.of(session, piece)
    note_look(piece.patient_id)
    return piece, session.get_one(Patient, piece.patient_id), found


@bp.get("/<code>")
@requires(Permission.SEE_PRODUCTION)
def show(code: str) -> ResponseReturnValue:
    piece, patient, found = asked(code)
    return render_template(
        "genealogy/show.html",
        piece=piece,
        patient=patient,
        found=found,
        sources=found.sources(),
        tree=laid_out(
            [node.code for node in found.nodes],
            [(edge.parent, edge.child) for edge in found.edges],
        ),
        kinds=genealogy.KINDS,
    )


@bp.get("/<code>.json")
@requires(Permission.SEE_PRODUCTION)
def told(code: str) -> ResponseReturnValue:
    piece, patient, found = asked(code)
    return jsonify(
        asked=piece.code,
        not_for_use=demonstration.heading(),
        patient=patient.code,
        nodes=[in_plain(node) for node in found.nodes],
        edges=[
            {"parent": edge.parent, "child": edge.child, "step": edge.step} for edge in found.edges
        ],
    )


def in_plain(node: Node) -> dict[str, Any]:
    """A piece for other programs: codes, words of closed sets, moments in UTC."""
    return {**vars(node), "at": node.at.isoformat() if node.at else None}
