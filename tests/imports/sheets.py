"""Sheets as laboratories keep them, for tests: rows of cells saved as CSV or XLSX."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import openpyxl

HEADER = (
    "batch", "patient", "date", "time", "event", "by", "from", "into", "mass_g", "volume_ml",
    "live", "dead", "viability_pct", "vessel_type", "area_cm2", "medium_ml", "confluence_pct",
    "number", "comment",
)  # fmt: skip
"""Of a batch sheet."""


H0 = {"into": "H0", "volume_ml": "5", "live": "2 000 000", "viability_pct": "95"}
P1 = {"into": "F3", "area_cm2": 175, "volume_ml": "0,5"}
H1 = {"into": "H1", "volume_ml": 4, "live": "1,6e6", "dead": 80_000}


def row(day: Any, event: str, **cells: Any) -> dict[str, Any]:
    """One event of the batch B-1 of patient P-1; `out_of` is the column `from`."""
    given = {name.replace("out_of", "from"): value for name, value in cells.items()}
    return {"batch": "B-1", "patient": "P-1", "date": day, "event": event, **given}


def course(batch: str = "B-1", patient: str = "P-1", year: int = 2024) -> list[dict[str, Any]]:
    """Tissue to vials over two passages, every volume accounted for."""
    rows = [
        row(f"03.05.{year}", "received", mass_g="7,25", by="Ясень О. П."),
        row(f"03.05.{year}", "isolated", into="SVF", volume_ml=10, live=5_000_000, dead=400_000),
        row(f"03.05.{year}", "seeded", out_of="SVF", into="F1; F2", area_cm2=175, volume_ml=5),
        row(f"06.05.{year}", "fed", out_of="F1, F2", medium_ml=25),
        row(f"{year}-05-10", "observed", out_of="F1;F2", confluence_pct=85, comment="ровно"),
        row(f"11.05.{year}", "harvested", out_of="F1;F2", **H0),
        row(f"11.05.{year}", "seeded", out_of="H0", **P1),
        row(f"20.05.{year}", "harvested", out_of="F3", **H1),
        row(f"20.05.{year}", "vials", out_of="H1", number=3, volume_ml=1),
    ]  # fmt: skip
    return [each | {"batch": batch, "patient": patient} for each in rows]


def as_csv(
    rows: Iterable[Mapping[str, Any]],
    *,
    header: Sequence[str] = HEADER,
    encoding: str = "utf-8",
    delimiter: str = ";",
) -> bytes:
    """The rows below their header, as text."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(header)
    for each in rows:
        writer.writerow([each.get(name, "") for name in header])
    return text.getvalue().encode(encoding)


def as_xlsx(
    rows: Iterable[Mapping[str, Any]],
    *,
    header: Sequence[str] = HEADER,
    title: str = "Серии",
    above: Sequence[Sequence[Any]] = (),
    merged: Sequence[str] = (),
) -> bytes:
    """The rows below their header in a workbook, with what stands above and cells merged."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = title
    for line in (*above, header, *([each.get(name) for name in header] for each in rows)):
        page.append(list(line))
    for cells in merged:
        page.merge_cells(cells)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()
