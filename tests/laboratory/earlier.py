"""Lists of earlier years, taken over within one transaction: who imports, and from which rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from lims.imports import bank_list, batch_columns, batch_sheets, patient_list
from lims.imports.workbook import Column, Sheets, read_sheets
from lims.models.agreement import AfterDeath
from lims.models.batch import Batch
from lims.models.earlier import Import, ImportKind
from lims.models.fill import Fill
from lims.models.patient import Patient
from lims.models.user import User
from lims.workflows import (
    agreements,
    earlier_batches,
    earlier_patients,
    earlier_vials,
    importing,
)
from lims.workflows.earlier_rows import EarlierBatchRows, EarlierPatientRow, EarlierVials
from tests.imports.sheets import as_csv

MINSK = ZoneInfo("Europe/Minsk")
PERSON = {
    "number": "A-1", "full_name": "Ковалёв Пётр", "birth_date": "31.05.1950", "sex": "м",
}  # fmt: skip
VIAL = {
    "vial": "К-17/1", "tank": "TK-1", "tower": "A", "level": 1, "position": "A1",
    "passage": "P2", "frozen_on": "31.05.2019", "volume_ml": "1", "viable_cells": "5 000 000",
}  # fmt: skip


def of_people(*rows: dict[str, Any]) -> list[EarlierPatientRow]:
    """A list of patients, read."""
    sheets = _sheets(patient_list.COLUMNS, [PERSON | row for row in rows])
    return _good(sheets, patient_list.read(sheets))


def of_vials(patient: str, *rows: dict[str, Any]) -> list[EarlierVials]:
    """A list of the vials of one patient, read."""
    told = [{"patient": patient} | VIAL | row for row in rows]
    sheets = _sheets(bank_list.COLUMNS, told)
    return _good(sheets, bank_list.read(sheets))


def of_a_sheet(rows: Sequence[dict[str, Any]]) -> EarlierBatchRows:
    """The batch of a sheet, read."""
    sheets = read_sheets(as_csv(rows), "old.csv", batch_columns.COLUMNS, {})
    (item,) = _good(sheets, batch_sheets.read(sheets, MINSK))
    return item


def _sheets(columns: Sequence[Column], rows: Sequence[dict[str, Any]]) -> Sheets:
    header = [column.name for column in columns]
    return read_sheets(as_csv(rows, header=header), "list.csv", columns, {})


def _good(sheets: Sheets, items: list[Any]) -> list[Any]:
    assert not sheets.errors, sheets.errors
    return items


@dataclass
class Earlier:
    """`by` imports; rows say only in what they differ from `PERSON` and `VIAL`."""

    session: Session
    by: User

    def people(self, *rows: dict[str, Any]) -> list[Any]:
        return of_people(*rows)

    def vials(self, patient: str, *rows: dict[str, Any]) -> list[Any]:
        return of_vials(patient, *rows)

    def begun(self, kind: ImportKind) -> Import:
        told = {"file_name": "list.csv", "rows": 1, "items": 1, "headers": {}}
        sha256 = f"{len(importing.unfinished(self.session)):064x}"
        return importing.begin_import(
            self.session, kind=kind, file_sha256=sha256, by=self.by, **told
        )

    def take_over_people(self, *rows: dict[str, Any]) -> list[Patient]:
        running, items = self.begun(ImportKind.PATIENTS), self.people(*rows)
        return [
            earlier_patients.take_over_patient(self.session, running, item, by=self.by)
            for item in items
        ]

    def take_over_vials(self, patient: str, *rows: dict[str, Any]) -> list[Fill]:
        items = self.vials(patient, *rows)
        assert not earlier_vials.check(self.session, items)
        return self.store_vials(*items)

    def store_vials(self, *items: EarlierVials) -> list[Fill]:
        running = self.begun(ImportKind.VIALS)
        return [
            earlier_vials.take_over_vials(self.session, running, item, by=self.by) for item in items
        ]

    def take_over_sheet(self, rows: Sequence[dict[str, Any]]) -> Batch:
        running, item = self.begun(ImportKind.BATCHES), of_a_sheet(rows)
        return earlier_batches.take_over_batch(self.session, running, item, by=self.by)

    def agree(self, patient: Patient, by: User) -> None:
        """A storage agreement: without one vials of another course are not ordered."""
        agreements.record_agreement(
            self.session, patient, number="17", signed_on=date(2026, 1, 1),
            starts_on=date(2026, 1, 1), paid_until=None, permitted_uses="own treatment",
            after_death=AfterDeath.DESTROY, document_sha256=None, by=by,
        )  # fmt: skip
