"""One made-up course as the papers would tell it: values the tests and a curious eye can print."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from zoneinfo import ZoneInfo

from PIL import Image

from lims.charts.growth_values import Forecast, Growth, Passage
from lims.records.analysis import CertificateOfAnalysis, TestResult
from lims.records.batch_values import BatchRecord
from lims.records.decisions import Decision
from lims.records.parts import (
    AuditEntry,
    AuditHead,
    Clearance,
    Comment,
    Correction,
    Deviation,
    Equipment,
    Heading,
    LabelCount,
    Lot,
    Milestone,
    Party,
    Patient,
    Photo,
    Reading,
    Running,
    Scan,
    Signature,
    StartingMaterial,
    Verdict,
    Yield,
)
from lims.records.release import Container, ReleaseCertificate, Unusual
from lims.records.step import Step, StepRecord
from lims.records.wording import Wording

START = datetime(2026, 10, 22, 7, 20, tzinfo=UTC)
MINSK = ZoneInfo("Europe/Minsk")
ENGLISH = Wording(lambda words: words, MINSK)
AUDIT = AuditHead(18342, "9f2c" * 16)


def at(days: float, minutes: int = 0) -> datetime:
    return START + timedelta(days=days, minutes=minutes)


HEADING = Heading(
    record="RC260000416",
    version=2,
    made_at=at(30),
    site="Cell laboratory, Minsk",
    product="BMCP, autologous adipose stromal cells",
    patient=Patient("PT260000281", "Петров Алексей Ильич", date(1958, 9, 19)),
    audit=AUDIT,
)


def photo(colour: str = "#7a8f96") -> Photo:
    out = BytesIO()
    Image.new("RGB", (800, 600), colour).save(out, "PNG")
    return Photo(out.getvalue(), "Confluence 80 %, VE260000357", "O. Sidorova", at(9))


def signature(
    name: str = "Natalia Zhuk", meaning: str = "reviewed", **changed: object
) -> Signature:
    values = {"at": at(30), "valid": True, "shown_sha256": "a41b" * 16} | changed
    return Signature(name, meaning, **values)


DEVIATION = Deviation(
    code="DV260000127",
    what="Incubator EQ260000049 at 35.8 °C for 40 minutes",
    classification="minor",
    opened_by="Olga Sidorova",
    opened_at=at(11),
    state="closed",
    decisions=("Cells kept; viability at harvest within limits.",),
    authorised=(signature(meaning="deviation approved"),),
)


def step(number: int = 7, **changed: object) -> Step:
    values = {
        "code": "ST260000917",
        "number": number,
        "kind": "Harvest P1",
        "performed_by": "Olga Sidorova",
        "performed_at": at(14),
        "recorded_by": "Anton Kovalenko",
        "recorded_at": at(14, 12),
        "verified_by": "Tatiana Lis",
        "sop": "SOP-014 version 3",
        "terminal": "TM26000002K",
        "opening": Clearance("PL260000114", True, "Olga Sidorova", "Tatiana Lis", at(14)),
        "closing": Clearance("PL260000114", True, "Olga Sidorova", "Tatiana Lis", at(14, 50)),
        "scans": (
            Scan("vessel", "VE260000357", "VE260000357", "Olga Sidorova", at(14)),
            Scan("tube", "SU26000021D", "SU26000021D", "Olga Sidorova", at(14, 9), typed=True),
        ),
        "readings": (
            Reading("Live cells", 9_000_000, "cells"),
            Reading("Viability", Decimal("79.96"), "%", 1, "≥ 80 %", Verdict.FAIL),
            Reading("Confluence", 80, "%", None, "70–90 %", Verdict.PASS),
        ),
        "lots": (
            Lot("LT260000339", "TrypLE Select", "2419077", Decimal("12.5"), "mL", date(2027, 3, 1)),
        ),
        "equipment": (
            Equipment("EQ260000049", "Incubator 2", date(2027, 1, 15), "in calibration"),
            Equipment("EQ26000006V", "Centrifuge", date(2026, 12, 1), "in calibration"),
        ),
        "labels": (LabelCount("vessel", 4, 3, 1, 1),),
        "comments": (Comment("Cells look well spread.", "Olga Sidorova", at(14, 20)),),
        "corrections": (
            Correction(
                "Dead cells", 16_000, 61_000, "cells", "Tatiana Lis", at(15), "square misread"
            ),
        ),
        "signatures": (
            signature("Olga Sidorova", "performed"),
            signature("Tatiana Lis", "verified"),
        ),
    } | changed
    return Step(**values)


def step_record(**changed: object) -> StepRecord:
    return StepRecord(HEADING, "BA26000039T", step(**changed))


def bare_step(number: int = 1) -> Step:
    return Step(
        "ST260000909", number, "Feed", "Olga Sidorova", at(2), "Olga Sidorova", at(2, 5), None,
        "SOP-011 version 2", "TM26000002K",
    )  # fmt: skip


GROWTH = Growth(
    passages=(
        Passage("P0", Decimal(0), None, Decimal(8), 600_000),
        Passage("P1", Decimal(8), 600_000, Decimal(14), 9_000_000, Decimal("3.9069"),
                Decimal("3.9069"), Decimal("36.858")),
        Passage("P2", Decimal(14), 5_000_000, Decimal(20), 60_000_000, Decimal("3.5850"),
                Decimal("7.4919"), Decimal("40.168")),
    ),
    prescribed_cells=100_000_000,
    forecast=Forecast(Decimal(20), 60_000_000, Decimal(21), Decimal("22.4"), Decimal("26.1")),
    appointment_day=Decimal(33),
    doublings_limit=Decimal(20),
)  # fmt: skip

RESULTS = (
    TestResult("Viability", "NucleoCounter, two replicates", "≥ 80 %", "81.2", "%", Verdict.PASS,
               "QC26000311C", "Anton Kovalenko", "Tatiana Lis", "Natalia Zhuk", date(2026, 11, 20)),
    TestResult("Endotoxin", "LAL, kinetic", "< 0.5 EU/mL", "<0.05", "EU/mL", Verdict.PASS,
               "QC26000312A", "Anton Kovalenko", "Tatiana Lis", "Natalia Zhuk", date(2026, 11, 20)),
    TestResult("CD105", "Flow cytometry", "≥ 95 %", "94.9", "%", Verdict.INVALID,
               "QC260003138", "Anton Kovalenko", "Tatiana Lis", "", date(2026, 11, 19),
               superseded=True),
    TestResult("Sterility", "Ph. Eur. 2.6.27, 14 days", "no growth", "", "", Verdict.RUNNING,
               "QC260003146"),
)  # fmt: skip


def batch_record(**changed: object) -> BatchRecord:
    values = {
        "state": "open",
        "course": "CR260000187",
        "specification": "msc-adipose, version 3",
        "milestones": (
            Milestone("Isolation begun", at(0), "ST260000901"),
            Milestone("P0 harvested", at(8), "ST26000090W"),
            Milestone("Filled", at(29), "ST26000093A"),
            Milestone("Batch closed", None),
        ),
        "starting_materials": (
            StartingMaterial("SA260000223", "adipose tissue", Decimal("7.482"), "g",
                             "abdomen, 22 Oct 2026 09:10, Dr Volkov", "accepted"),
        ),
        "steps": (
            bare_step(),
            step(2, late_reason="terminal was down"),
            step(3, photos=(photo(),)),
        ),
        "results": RESULTS,
        "yields": (
            Yield("Isolation", 1_500_000, "viable cells", at(0, 180), None, "200 000 cells/g"),
            Yield("Harvest P2", 60_000_000, "viable cells", at(20)),
        ),
        "deviations": (DEVIATION,),
        "approvals": (signature(meaning="production reviewed"),
                      signature("Irina Volchek", "released conditionally", valid=False,
                                void_reason="result QC260003138 changed on 21 Nov")),
        "growth": GROWTH,
        "labels": (LabelCount("vessel", 14, 12, 2, 2), LabelCount("dose", 3, 2, 0, 0)),
        "audit_entries": (
            AuditEntry(17211, at(15), "Tatiana Lis", "Count 12: dead cells", "16000", "61000",
                       "square misread"),
        ),
    } | changed  # fmt: skip
    return BatchRecord(HEADING, "BA26000039T", **values)


def empty_batch_record() -> BatchRecord:
    return BatchRecord(HEADING, "BA26000039T", "open", "CR260000187", "msc-adipose, version 3")


def analysis(**changed: object) -> CertificateOfAnalysis:
    values = {
        "decision": Decision.CONDITIONAL,
        "decided_at": at(30),
        "results": RESULTS,
        "running": (Running("Sterility, 14 days", date(2026, 12, 4)),),
        "signatures": (signature(meaning="results approved"),),
    } | changed
    return CertificateOfAnalysis(
        HEADING, "BA26000039T", "FL26000019D", "2 doses, passage P3", "msc-adipose, version 3",
        **values,
    )  # fmt: skip


def release(**changed: object) -> ReleaseCertificate:
    values = {
        "certificate_of_analysis": "RC260000408",
        "statements": ("FOR AUTOLOGOUS USE ONLY",),
        "containers": (
            Container("DS26000051N", 50_000_000, Decimal("2.500"), at(29), at(30),
                      "session 1, right hip"),
        ),
        "exceptions": (Unusual("Feed entered 6 h late", "step 17", "minor, accepted"),),
        "running": (Running("Sterility, 14 days", date(2026, 12, 4)),),
        "signatures": (signature(meaning="released conditionally"),),
    } | changed  # fmt: skip
    return ReleaseCertificate(
        HEADING, "BA26000039T", "FL26000019D", "msc-adipose, version 3", Decision.CONDITIONAL,
        at(30), "1.3", "2–8 °C, upright", **values,
    )  # fmt: skip


def reception() -> StepRecord:
    received = step(
        kind="Reception",
        parties=(Party("courier", "Smith <Ivanov & son>", "Medtrans", at(0)),),
        photos=(photo(), photo("#a08070")),
    )
    return StepRecord(HEADING, "BA26000039T", received, "Reception record")
