"""What each kind of label says, found by extracting its text."""

from dataclasses import replace
from datetime import datetime

import pytest

from lims.labels import Markers, render
from lims.labels.parts import AUTOLOGOUS_RU, HAZARD_RU, NOT_EVALUATED_RU
from tests.labels.printed import text_of
from tests.labels.samples import (
    ALIQUOT,
    BADGE,
    BOX,
    CARD,
    CELL,
    CLEAR,
    DOSE,
    EQUIPMENT,
    EVERY_KIND,
    KIT,
    LOT,
    PATIENT,
    PENDING,
    PLACE,
    REACTIVE,
    SAMPLE,
    SESSION,
    SUSPENSION,
    TANK,
    VESSEL,
    VIAL,
)

OF_A_PATIENT = [CARD, KIT, SAMPLE, VESSEL, SUSPENSION, ALIQUOT, DOSE, VIAL, SESSION, CELL]
OF_CELLS = [KIT, SAMPLE, VESSEL, SUSPENSION, ALIQUOT, DOSE, VIAL, SESSION, CELL]
IN_BOTH_LANGUAGES = [KIT, SAMPLE, VESSEL, DOSE, SESSION, CELL]
WITH_MARKERS = [SAMPLE, VESSEL, SUSPENSION, ALIQUOT, DOSE, VIAL, SESSION, CELL]
IN_BOTH_SCRIPTS = [CARD, KIT, SAMPLE, VESSEL, DOSE, SESSION, CELL]


def kinds(labels):
    return pytest.mark.parametrize("label", labels, ids=lambda label: type(label).__name__)


def printed(label, **changed):
    return text_of(render([replace(label, **changed)], label.stock))


@kinds(EVERY_KIND)
def test_the_code_is_there_to_be_read_and_typed(label):
    assert label.code in printed(label)


@kinds(EVERY_KIND)
def test_a_copy_says_which_it_is(label):
    assert f"{label.code} copy 2" in printed(label, copy=2)
    assert "copy" not in printed(label)


@kinds(OF_A_PATIENT)
def test_the_patient_is_there_by_name_birth_date_and_code(label):
    text = printed(label)

    assert PATIENT.name in text
    assert f"born 1961-05-04 · {PATIENT.code}" in text


@kinds(IN_BOTH_SCRIPTS)
def test_the_name_is_there_in_the_other_script_too(label):
    assert PATIENT.other_name in printed(label)


@kinds(OF_CELLS)
def test_cells_are_for_autologous_use_only(label):
    assert "FOR AUTOLOGOUS USE ONLY" in printed(label)


@kinds(IN_BOTH_LANGUAGES)
def test_autologous_use_is_said_in_russian_too(label):
    assert AUTOLOGOUS_RU in printed(label)


@kinds(WITH_MARKERS)
def test_pending_markers_are_a_warning(label):
    assert "NOT EVALUATED FOR INFECTIOUS SUBSTANCES" in printed(label, markers=PENDING)


@kinds(WITH_MARKERS)
def test_reactive_markers_are_a_biological_hazard_and_named(label):
    text = printed(label, markers=Markers(pending=False, reactive=("HBV",)))

    assert "☣ BIOLOGICAL HAZARD" in text
    assert "HBV" in text
    assert "NOT EVALUATED" not in text


@kinds(WITH_MARKERS)
def test_clear_markers_need_no_warning(label):
    text = printed(label, markers=CLEAR)

    assert "HAZARD" not in text
    assert "NOT EVALUATED" not in text


@kinds([SAMPLE, DOSE, SESSION, CELL])
def test_warnings_of_large_labels_are_in_russian_too(label):
    text = printed(label, markers=REACTIVE)

    assert HAZARD_RU in text
    assert NOT_EVALUATED_RU in text


@pytest.mark.parametrize(("passage", "shown"), [(-1, "SVF"), (0, "P0"), (7, "P7"), (None, "P?")])
@kinds([VESSEL, SUSPENSION, DOSE, VIAL])
def test_the_passage_is_shown_as_the_laboratory_says_it(label, passage, shown):
    assert shown in printed(label, passage=passage).replace("·", " ").split()


@pytest.mark.parametrize(
    ("label", "said"),
    [
        (CARD, ["Cell Technology Laboratory, Minsk", "+375 17 200 00 00"]),
        (KIT, ["Collection kit", "CR260000022", "2026-11-20", "Dr Kavalenka", "2–8 °C"]),
        (SAMPLE, ["Adipose tissue · 7.250 g", "Collected 2026-11-20 10:05 +03:00", "DPBS 30 mL"]),
        (VESSEL, ["T-175", "Seeded 2026-11-20 10:05 +03:00", "BA260000423", "adipose MSC"]),
        (SUSPENSION, ["12.3×10⁶ cells · 10 mL", "2026-11-20 10:05 +03:00", "BA260000423"]),
        (ALIQUOT, ["QC: sterility", "from SU26000055D · 2026-11-20 10:05 +03:00", "2–8 °C"]),
        (DOSE, ["BMCP", "30.0×10⁶ cells · 3 mL", "Filled 2026-11-20 10:05 +03:00", "BA260000423"]),
        (DOSE, ["Use before 2026-11-21 10:05 +03:00 · 2–8 °C", "Cell Technology Laboratory"]),
        (DOSE, ["may transmit infectious agents", "Properly identify intended recipient"]),
        (VIAL, ["10.0×10⁶ cells · 1.5 mL", "2026-11-20 · DMSO 10 % · ≤ −150 °C", "MSC"]),
        (SESSION, ["Session 2026-12-20", "To: Clinic of Orthopaedics", "doses: 2", "2–8 °C"]),
        (SESSION, ["From: Cell Technology Laboratory, Minsk", "Properly identify"]),
        (LOT, ["Collagenase NB 6 GMP", "Lot 20260501-77", "Expires 2027-05-31", "−20 °C"]),
        (EQUIPMENT, ["CO₂ incubator", "Serial no. 41234567", "Calibration due 2027-01-31"]),
        (PLACE, ["Incubator 2, shelf 3", "Minsk · Clean room B"]),
        (TANK, ["TK-1", "Liquid nitrogen · vapour", "Minsk · Cryobank"]),
        (BOX, ["Box 9 × 9", "reactive"]),
        (CELL, ["Storage cell A-112", "Cell Technology Laboratory"]),
        (BADGE, ["Наталля Ўласава", "QC analyst · production lead"]),
    ],
)
def test_a_label_says_what_its_kind_needs(label, said):
    text = printed(label)

    assert [words for words in said if words not in text] == []


def test_a_label_printed_before_the_act_leaves_out_what_is_not_known_yet():
    text = printed(DOSE, cells=None, volume_ml=None, filled_at=None, expires_at=None)

    assert not {"None", "Filled", "cells", "mL", "Use"} & set(text.split())


def test_a_label_speaks_the_sites_language():
    russian = {"born %(date)s": "дата рождения %(date)s", "FOR AUTOLOGOUS USE ONLY": AUTOLOGOUS_RU}

    pdf = render([VIAL], VIAL.stock, lambda sentence: russian.get(sentence, sentence))

    assert "дата рождения 1961-05-04" in text_of(pdf)
    assert AUTOLOGOUS_RU in text_of(pdf)


def test_a_time_without_offset_is_not_printed():
    with pytest.raises(ValueError, match="offset"):
        printed(DOSE, filled_at=datetime(2026, 11, 20, 10, 5))  # noqa: DTZ001
