"""What may be tried with aliquots and their tests."""

from typing import Any

from lims.models.aliquot import Aliquot, AliquotUse, QcTest
from lims.models.batch import Batch, BatchStatus
from lims.models.fill import Dose, Fill, Vial
from lims.models.sample import Sample
from lims.models.sampling import Sampling
from lims.models.step import Step, StepStatus
from lims.models.suspension import Suspension
from lims.models.vessel import Vessel
from lims.workflows import (
    qc_deciding,
    qc_results,
    qc_tests,
    sampling,
)
from lims.workflows.qc_entries import Entry
from lims.workflows.sampling import Drawn
from tests.walks.chances import Chance
from tests.walks.deciding import seen
from tests.walks.proposing import Act, Q, planned
from tests.walks.walker import at


def sampling_starts(c: Chance) -> Act:
    batch = {"batch": c.one(Batch, BatchStatus.OPEN)}
    return "technician", sampling.start_sampling, batch | {"number": 1, **c.bench("technician")}


def source(c: Chance) -> Any:
    model = c.of((Suspension, Dose, Vial, Vessel, Sample))
    code, container, volume = c.code(model), planned(c, "QC"), c.volume()
    use = c.of(AliquotUse)
    return lambda session: Drawn(at(model, code)(session), container, volume, use)


def samples(c: Chance) -> Act:
    drawn = source(c)
    return "technician", sampling.record_sampling, {
        "step": c.one(Sampling, StepStatus.OPEN), "drawn": lambda session: [drawn(session)],
        "performed": c.performed(),
    }  # fmt: skip


def takes(c: Chance) -> Act:
    return "technician", sampling.take_aliquot, {
        "step": c.one(Step, StepStatus.OPEN, StepStatus.RECORDED), "drawn": source(c),
    }  # fmt: skip


LINES = ("viability_pct", "sterility", "in_process_sterility", "mycoplasma", "appearance")


def asks(c: Chance) -> Act:
    return "analyst", qc_tests.request_tests, {"aliquot": c.one(Aliquot), "lines": [c.of(LINES)]}


def asks_fill(c: Chance) -> Act:
    return "analyst", qc_tests.request_fill_tests, {"fill": c.one(Fill), "lines": [c.of(LINES)]}


def starts_test(c: Chance) -> Act:
    return "analyst", qc_tests.start_test, {
        "test": c.one(QcTest, Q.SAMPLED), "started_at": c.performed().at
    }  # fmt: skip


def enters(c: Chance) -> Act:
    entry = Entry(
        texts={"": c.of(("96", "12", "no growth", "growth", "negative", "conforms", "<0,05", ""))},
        read_at=c.performed().at, days_read=c.of((None, 14, 7)),
    )  # fmt: skip
    test = c.one(QcTest, Q.SAMPLED, Q.RUNNING, Q.REQUESTED)
    return "analyst", qc_results.enter_result, {"test": test, "entry": entry}


def judges(c: Chance) -> Act:
    login, command, status, also = c.of(
        (
            ("keeper", qc_deciding.verify_result, Q.ENTERED, ()),
            ("qa", qc_deciding.approve_result, Q.VERIFIED, ()),
            ("qa", qc_deciding.invalidate_result, Q.ENTERED, ("cause",)),
            ("qa", qc_deciding.supersede_result, Q.APPROVED, ("reason",)),
        )
    )
    test = c.code(QcTest, status)
    return login, command, {
        "test": at(QcTest, test), "seen": seen(c.walk, test), "proof": c.proof(login),
        **dict.fromkeys(also, "stain expired"),
    }  # fmt: skip


QUALITY = (sampling_starts, samples, takes, asks, asks_fill, starts_test, enters, judges, judges)
