"""Deviations through every status; results sent out, sent back, voided, repeated, superseded."""

from typing import Any

from lims import clock
from lims.models.aliquot import Aliquot, QcTest
from lims.models.deviation import Deviation, Grade
from lims.models.suspension import Suspension
from lims.workflows import (
    deviation_decisions,
    deviation_links,
    deviations,
    qc_at_once,
    qc_deciding,
    qc_readings,
    qc_results,
    qc_tests,
    signing,
)
from lims.workflows.qc_entries import Entry
from tests.walks import releasing
from tests.walks.walker import Walk, at

decisions = deviation_decisions


def reported(walk: Walk, title: str) -> str:
    code: str = walk.act(
        "technician", deviations.report_deviation, title=title, description="the door stood open",
        subjects=[],
    ).code  # fmt: skip
    return code


def move(walk: Walk, login: str, command: Any, code: str, **also: Any) -> Any:
    return walk.act(login, command, deviation=at(Deviation, code), text="as found", **also)


def classified(walk: Walk, code: str) -> None:
    move(
        walk, "lead", decisions.classify_deviation, code, grade=Grade.MINOR,
        owner=walk.someone("lead"),
    )  # fmt: skip
    move(walk, "lead", decisions.investigate_deviation, code)
    move(walk, "lead", decisions.propose_decision, code)


def approved(walk: Walk, code: str) -> None:
    move(walk, "qa", decisions.approve_decision, code, proof=walk.proof("qa"))


def deviations_go_every_way(walk: Walk) -> None:
    first, second = reported(walk, "Door open"), reported(walk, "The door was open")
    move(walk, "lead", deviation_links.mark_duplicate, second, of=at(Deviation, first))
    classified(walk, first)
    move(walk, "qa", decisions.investigate_deviation, first)  # not convinced
    move(walk, "lead", decisions.propose_decision, first)
    approved(walk, first)
    move(walk, "lead", decisions.check_effect, first)
    move(walk, "qa", decisions.close_deviation, first, proof=walk.proof("qa"))
    move(walk, "qa", deviation_links.reopen_deviation, first)


def seen(walk: Walk, test: str) -> str:
    with walk.database.reading() as session:
        return signing.sha256_of(qc_readings.shown_of(at(QcTest, test)(session)))


def judge(walk: Walk, login: str, command: Any, test: str, **also: Any) -> Any:
    return walk.act(login, command, test=at(QcTest, test), seen=seen(walk, test), **also)


def verified(walk: Walk, test: str) -> None:
    judge(walk, "keeper", qc_deciding.verify_result, test, proof=walk.proof("keeper"))


def at_once(walk: Walk, login: str, command: Any, test: str) -> None:
    shown = seen(walk, test)
    walk.act(
        login, command, seen=lambda s: {at(QcTest, test)(s): shown}, proof=walk.proof(login)
    )  # fmt: skip


def begun_together(walk: Walk, aliquot: str, *tests: str) -> None:
    held = at(Aliquot, aliquot)
    walk.act(
        "analyst", qc_at_once.start_tests, aliquot=held, scanned=held, started_at=clock.now(),
        tests=lambda s: [at(QcTest, each)(s) for each in tests],
    )  # fmt: skip


def undo(walk: Walk, command: Any, test: str, **why: Any) -> str:
    code: str = judge(walk, "qa", command, test, proof=walk.proof("qa"), **why).code
    return code


def results_go_every_way(walk: Walk) -> None:
    """One aliquot; a test read here, sent out, voided before and after it was verified."""
    walk.begin()
    tube = walk.cells()
    batch = walk.batch_of(tube)
    lines = ["viability_pct", "mycoplasma", "gram_stain"]
    aliquot = walk.sample(batch, tube, Suspension, "0.5", lines)
    tests = walk.tests(aliquot=aliquot)
    begun_together(walk, aliquot, tests["viability_pct"], tests["gram_stain"])
    sent_out(walk, broken_on_the_way(walk, tests["mycoplasma"]))
    again = read_until_void(walk, tests["viability_pct"])
    walk.enter(again, "95")
    walk.settle(again)
    fill = walk.fill(tube, ["3"])[0]
    releasing.decide(walk, releasing.releasing.review_production, fill)
    again = undo(walk, qc_deciding.supersede_result, again, reason="counted again")
    walk.enter(again, "97")
    walk.settle(again)
    asked_of(walk, fill)


def a_result_fails(walk: Walk) -> None:
    """A number and a word outside the specification, each with its deviation."""
    walk.begin()
    tube = walk.cells()
    aliquot = walk.sample(
        walk.batch_of(tube), tube, Suspension, "0.5", ["viability_pct", "gram_stain"]
    )
    tests = walk.tests(aliquot=aliquot)
    for line, text in (("viability_pct", "59,5"), ("gram_stain", "organisms seen")):
        walk.enter(tests[line], text)
        verified(walk, tests[line])


def sent_out(walk: Walk, test: str) -> None:
    walk.act(
        "analyst", qc_tests.send_test, test=at(QcTest, test), laboratory="City laboratory 3",
        started_at=clock.now(),
    )  # fmt: skip
    walk.enter(test, "negative")
    at_once(walk, "keeper", qc_at_once.verify_results, test)
    at_once(walk, "qa", qc_at_once.approve_results, test)


def read_until_void(walk: Walk, test: str) -> str:
    """Corrected, returned, voided while verified, and while entered; the test that is left."""
    walk.enter(test, "59")
    judge(
        walk, "analyst", qc_results.correct_result, test, reason="mistyped",
        entry=Entry(texts={"": "95"}, read_at=clock.now()),
    )  # fmt: skip
    verified(walk, test)
    judge(walk, "qa", qc_deciding.return_result, test, reason="which lot of stain?")
    verified(walk, test)
    again = undo(walk, qc_deciding.invalidate_result, test, cause="stain expired")
    walk.enter(again, "95")
    return undo(walk, qc_deciding.invalidate_result, again, cause="stain expired again")


def broken_on_the_way(walk: Walk, test: str) -> str:
    """Voided before anything was read: taken, begun, sent; the test that is left."""
    void, cause = qc_deciding.invalidate_result, {"cause": "the tube broke"}
    running = undo(walk, void, test, **cause)
    walk.act("analyst", qc_tests.start_test, test=at(QcTest, running), started_at=clock.now())
    sent = undo(walk, void, running, **cause)
    walk.act(
        "analyst", qc_tests.send_test, test=at(QcTest, sent), laboratory="City laboratory 3",
        started_at=clock.now(),
    )  # fmt: skip
    return undo(walk, void, sent, **cause)


def asked_of(walk: Walk, fill: str) -> None:
    walk.act(
        "analyst", qc_tests.request_fill_tests, fill=walk.filled(fill), lines=["label_identity"]
    )
    mistaken = walk.tests(fill=fill)["label_identity"]
    undo(walk, qc_deciding.invalidate_result, mistaken, cause="asked by mistake", repeat=False)
    walk.act("analyst", qc_tests.request_fill_tests, fill=walk.filled(fill), lines=["appearance"])
    walk.enter(walk.tests(fill=fill)["appearance"], "conforms")
