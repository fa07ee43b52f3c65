"""The template of each kind of file: its columns, and a few rows of an invented laboratory."""

import csv
import io
from collections.abc import Mapping, Sequence

from lims.imports.batch_columns import RUSSIAN_EVENTS
from lims.imports.workbook import Column

BATCH_ROWS: Sequence[Mapping[str, str]] = (
    {"date": "03.05.2024", "time": "09:30", "event": "received", "mass_g": "7,25"},
    {"date": "03.05.2024", "time": "14:10", "event": "isolated", "into": "SVF", "volume_ml": "10",
     "live": "5000000", "dead": "400000"},
    {"date": "03.05.2024", "time": "15:00", "event": "seeded", "from": "SVF", "into": "F1; F2",
     "vessel_type": "T175", "area_cm2": "175", "volume_ml": "5"},
    {"date": "06.05.2024", "event": "fed", "from": "F1; F2", "medium_ml": "25"},
    {"date": "10.05.2024", "event": "observed", "from": "F1; F2", "confluence_pct": "85"},
    {"date": "11.05.2024", "event": "harvested", "from": "F1; F2", "into": "P0", "volume_ml": "5",
     "live": "2000000", "viability_pct": "95,2"},
    {"date": "11.05.2024", "event": "seeded", "from": "P0", "into": "F3", "vessel_type": "T175",
     "area_cm2": "175", "volume_ml": "0,5"},
    {"date": "20.05.2024", "event": "harvested", "from": "F3", "into": "P1", "volume_ml": "4",
     "live": "1600000", "dead": "80000"},
    {"date": "20.05.2024", "event": "vials", "from": "P1", "number": "2", "volume_ml": "1"},
    {"date": "20.05.2024", "event": "doses", "from": "P1", "number": "1", "volume_ml": "1,5"},
    {"date": "20.05.2024", "event": "discarded", "from": "P1", "comment": "0,5 mL"},
)  # fmt: skip
BATCH = {"batch": "2024-017", "patient": "A-112", "by": "Ясень О. П."}
PATIENT_ROWS: Sequence[Mapping[str, str]] = (
    {"number": "A-112", "full_name": "Берёзкина Вера Павловна", "other_name": "Biarozkina Vera",
     "birth_date": "14.02.1961", "sex": "ж"},
    {"number": "A-113", "full_name": "Marten Oak", "birth_date": "1958-11-30", "sex": "male",
     "document_kind": "passport", "document_number": "XX1234567"},
)  # fmt: skip
VIAL_ROWS: Sequence[Mapping[str, str]] = (
    {"vial": "2024-017/1", "position": "A1", "passage": "P1", "batch": "2024-017"},
    {"vial": "2024-017/2", "position": "A2", "passage": "P1", "batch": "2024-017",
     "volume_ml": "1", "viable_cells": "400000"},
)  # fmt: skip
VIAL = {"patient": "A-112", "tank": "Tank 1", "tower": "T1", "level": "1",
        "frozen_on": "20.05.2024"}  # fmt: skip
ROWS: Mapping[str, Sequence[Mapping[str, str]]] = {
    "patients": PATIENT_ROWS,
    "batches": [BATCH | dict(row) for row in BATCH_ROWS],
    "vials": [VIAL | dict(row) for row in VIAL_ROWS],
}


def template(
    columns: Sequence[Column], rows: Sequence[Mapping[str, str]], *, russian: bool = False
) -> bytes:
    """A CSV file that opens in any spreadsheet with a decimal comma, and imports as it is; its
    header and the words of events Russian or English."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    names = [column.name for column in columns]
    writer.writerow([column.russian if russian else column.name for column in columns])
    for row in rows:
        told = dict(row)
        if russian and "event" in told:
            told["event"] = RUSSIAN_EVENTS[told["event"]]
        writer.writerow([told.get(name, "") for name in names])
    return text.getvalue().encode("utf-8-sig")
