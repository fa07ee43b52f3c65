"""What may be tried with vials: into the freezer, into their places, out of the cold too long."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from lims import clock
from lims.models.fill import Fill, FillKind, Vial, VialStatus
from lims.models.filling import Filling
from lims.models.freezing import Freezing
from lims.models.patient import Patient
from lims.models.step import StepStatus
from lims.models.storage import CellStatus, StorageCell
from lims.models.suspension import Suspension
from lims.models.suspension import SuspensionStatus as Tube
from lims.workflows import (
    cold_times,
    compromised,
    discarding_vials,
    filling,
    freezing,
    placing,
    spreading,
    storage_cells,
)
from lims.workflows.codes import load
from lims.workflows.filling import Portion
from tests.laboratory import cryobank
from tests.laboratory.cells import NONE_SCANNED
from tests.laboratory.frozen import a_run
from tests.walks.chances import Chance
from tests.walks.proposing import Act, F, planned
from tests.walks.walker import at, each

W = VialStatus


def vials_start(c: Chance) -> Act:
    return "technician", filling.start_filling, {
        "suspension": c.one(Suspension, Tube.MADE), "kind": FillKind.VIALS, "number": 3,
        **c.bench("technician"),
    }  # fmt: skip


def vials_filled(c: Chance) -> Act:
    codes = {planned(c, "VL") for _ in range(3)}
    step = c.one(Filling, StepStatus.OPEN)
    return "technician", filling.record_filling, {
        "step": step, "kind": FillKind.VIALS, "vehicle": "CS10",
        "suspension": lambda session: session.get_one(Suspension, step(session).suspension_id),
        "portions": [Portion(code, Decimal("0.5")) for code in sorted(codes)],
        "appearance_good": True, "containers_intact": True, "performed": c.performed(),
    }  # fmt: skip


def opens_cell(c: Chance) -> Act:
    patient = c.patient()
    return "keeper", storage_cells.open_cell, {"patient": at(Patient, patient), "name": patient}


def reserves(c: Chance) -> Act:
    code, number = c.code(StorageCell, CellStatus.OPEN), c.of((1, 3))
    return "keeper", storage_cells.allocate, {
        "cell": at(StorageCell, code),
        "positions": lambda s: spreading.propose(s, load(s, code, StorageCell), number),
    }  # fmt: skip


def closes_cell(c: Chance) -> Act:
    cell = c.one(StorageCell, CellStatus.OPEN)
    return "keeper", storage_cells.close_cell, {"cell": cell, "reason": "empty"}


def run_starts(c: Chance) -> Act:
    return "technician", freezing.start_freezing, {
        "fill": c.one(Fill, F.QUARANTINED), "station": c.place("freezing_station"),
    }  # fmt: skip


def scans(c: Chance) -> Act:
    return "technician", freezing.scan_into_run, {
        "step": c.one(Freezing, StepStatus.OPEN), "vial": c.one(Vial, W.LABELLED),
    }  # fmt: skip


def run_ends(c: Chance) -> Act:
    minutes = c.of((5, 5, 20, -5))
    run = a_run(cryoprotectant_added_at=clock.now() - timedelta(minutes=minutes))
    return "technician", freezing.record_freezing, {
        "step": c.one(Freezing, StepStatus.OPEN), "run": run, "performed": c.performed(),
        "comment": c.of((None, NONE_SCANNED)),
    }  # fmt: skip


def where(c: Chance, vial: str) -> object:
    """Mostly a position that its patient has there; any other when it is odd."""
    name, odd = c.of(("box", "second_box")), c.odd()

    def position(session: Session) -> object:
        box = cryobank.box(session, name)
        if odd:
            return box.positions[0]
        return placing.next_in(session, load(session, vial, Vial), box)

    return position


def places(c: Chance) -> Act:
    vial = c.code(Vial, W.FREEZING, W.COMPROMISED)
    return "keeper", placing.place_vial, {
        "vial": at(Vial, vial), "position": where(c, vial), "at": clock.now(),
        "seconds_out": c.of((None, 30, 300)),
    }  # fmt: skip


def tells_seconds(c: Chance) -> Act:
    vial = c.code(Vial, W.STORED, W.COMPROMISED)
    return "keeper", cold_times.give_seconds, {
        "fill": lambda session: load(session, vial, Vial).fill, "seconds": {vial: c.of((30, 300))},
    }  # fmt: skip


def moves(c: Chance) -> Act:
    vial = c.code(Vial, W.STORED, W.COMPROMISED)
    return "keeper", placing.move_vial, {
        "vial": at(Vial, vial), "position": where(c, vial), "at": clock.now(),
        "seconds_out": c.of((None, 30, 300)),
    }  # fmt: skip


def marks(c: Chance) -> Act:
    vials = each(Vial, c.some(Vial, W.STORED, W.FREEZING))
    return "keeper", compromised.mark_vials, {"vials": vials, "why": "left out"}


def marks_box(c: Chance) -> Act:
    name = c.of(("box", "second_box"))
    return "keeper", compromised.mark_standing, {
        "place": lambda session: cryobank.box(session, name), "why": "dropped",
    }  # fmt: skip


def keeps(c: Chance) -> Act:
    return "qa", compromised.keep_vials, {
        "vials": each(Vial, c.some(Vial, W.COMPROMISED)), "reason": "cold enough",
        "proof": c.proof("qa"),
    }  # fmt: skip


def discards_vials(c: Chance) -> Act:
    return "keeper", discarding_vials.discard_vials, {
        "vials": each(Vial, c.some(Vial, W.COMPROMISED, W.FREEZING)), "reason": "cracked",
        "proof": c.proof("keeper"), "second": c.another("keeper"),
    }  # fmt: skip


FREEZER = (
    vials_start, vials_filled, opens_cell, reserves, run_starts, scans, scans, run_ends, places,
    places, tells_seconds, moves, marks, marks_box, keeps, discards_vials, closes_cell,
)  # fmt: skip
