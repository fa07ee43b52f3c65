"""The batch record of a real small batch: each item in the text, with the database's values."""

import re
from dataclasses import replace
from datetime import UTC

import pytest
from sqlalchemy import func, select

from lims import clock
from lims.models.batch import Batch
from lims.models.label import RecordKind
from lims.models.step import Step
from lims.models.suspension import Suspension
from lims.papers import batch
from lims.papers.heading import Edition, head_of_trail, heading
from lims.records.wording import Wording
from lims.workflows import isolating
from tests.counting import reads
from tests.laboratory import supplies, working
from tests.papers import making
from tests.papers.making import days_later, room

pytestmark = pytest.mark.printed


@pytest.fixture
def text(made, kept):
    return kept(made, RecordKind.BATCH, made.batch)[1]


def section(text, title, following):
    return text[text.index(title) : text.index(following)]


def test_item_1_names_product_batch_course_and_specification(made, text):
    said = section(text, "1 Product and batch number", "2 Dates and times")

    assert "Biomedical cell product (BMCP)" in said
    for value in (made.batch, "CR26", "MSC-adipose v1"):
        assert value in said


def test_item_2_tells_each_stage_in_order_with_its_step(made, text):
    said = section(text, "2 Dates and times", "3 Starting materials")

    stages = ["Tissue collected", "Tissue received", "Isolation", "Harvest P0", "Filled",
              f"{made.fill}: released", "Batch closed"]  # fmt: skip
    assert [said.index(stage) for stage in stages] == sorted(said.index(stage) for stage in stages)
    assert made.harvest in said


def test_item_3_tells_the_tissue_its_mass_and_where_it_came_from(text):
    said = section(text, "3 Starting materials", "4 Raw materials")

    assert re.search(r"SA26\w{7} adipose tissue 7.482 g abdomen, .* Dr Volkov consumed", said)


def test_equipment_that_needs_no_calibration_says_so(own, kept):
    with working(own.database) as session:
        supplies.equipment(session, "centrifuge").needs_calibration = False

    text = kept(own, RecordKind.BATCH, own.batch)[1]

    assert "– no calibration required" in section(text, "B Equipment", "C Labels")


def test_item_4_lists_each_lot_with_quantity_and_expiry(made, text):
    said = section(text, "4 Raw materials", "5 Line clearance")

    assert re.search(rf"{made.lot} Collagenase NB 6 GMP ENZYME-1 12.5 mg .* in order", said)


def test_item_5_shows_each_bench_cleared_by_two_people_before_and_after(text):
    said = section(text, "5 Line clearance", "6 Operator of each step")

    for where in ("4 · Isolation, before", "4 · Isolation, after", "5 · Harvest P0, before"):
        assert where in said
    assert "Ольга Сидорова Андрей Коваленко" in said


def test_item_6_names_who_performed_and_who_checked_every_step(text):
    said = section(text, "6 Operator of each step", "7 In-process controls")

    assert "4 · Isolation Ольга Сидорова Андрей Коваленко Ольга Сидорова" in said
    assert "1 · Collection Dr. Irina Belova none" in said


def test_item_7_judges_the_controls_and_lists_the_results(text):
    said = section(text, "7 In-process controls", "8 Yield at")

    assert "Mass of tissue 7.482 g 5–10 g ✓ pass" in said
    assert re.search(r"viability 88.9 % exactly 88.888889 > 70 % ✓ pass", said)
    assert re.search(r"Endotoxin LAL, chromogenic < 0.5 EU/mL <0.05 EU/mL ✓ pass Tatiana Lis", said)


def test_item_8_tells_the_yield_of_each_stage(text):
    said = section(text, "8 Yield at", "9 Special problems").replace("\u202f", " ")

    assert "Isolation 8 000 000 viable cells" in said
    assert "1 069 233 cells per gram" in said
    assert "Harvest P0 85 000 000 viable cells" in said
    assert "Filled 51 000 000 viable cells" in said


def test_item_9_tells_each_deviation_with_its_signed_decision(made, text):
    said = section(text, "9 Special problems", "10 Approval")

    assert f"{made.deviation} Incubator door open: 40 minutes at 35.8 °C" in said
    assert "proposed: keep the cells approved: Cells kept." in said
    assert re.search(r"approved: Наталья Жук .* ✓ valid", said)


def test_item_10_shows_who_released_and_that_it_holds(made, text):
    said = section(text, "10 Approval", "A Growth")

    assert re.search(rf"Наталья Жук Reviewed, {made.fill} seen .*✓ valid", said)
    assert re.search(rf"Наталья Жук Released, {made.fill} seen .*✓ valid", said)


def test_the_annexes_tell_growth_equipment_labels_and_signatures(text):
    for said in ("P0 0.0", "vessel 2 2 0 0 0 ✓ balanced", "prescribed dose 50",
                 "performed, ST26", "verified, ST26"):  # fmt: skip
        assert said in text.replace("\u202f", " ")
    assert re.search(r"EQ26\w+ Incubator A \d+ \w+ \d{4} in calibration", text)


def test_the_record_tells_the_way_from_the_tissue_to_the_dose(made, text):
    said = section(text, "G From tissue to joint", "H Steps in order")

    assert re.search(r"SA26\w+ Sample", said)
    assert re.search(rf"Dose P0 {made.fill} \w+ {made.batch} filling ST26", said)


def test_the_trail_is_told_in_the_language_of_the_paper(made, kept):
    _, text = kept(made, RecordKind.BATCH, made.batch, "ru")
    said = section(text, "F Журнал изменений", "G От ткани до сустава")

    assert f"{made.fill}: состояние условно выпущен выпущен" in said
    assert not re.search(r"quarantined|reviewed|conditional|available|released", said)


def test_the_product_is_named_at_the_door_in_the_language_of_the_paper(made):
    with made.database.reading() as session:
        patient = session.scalars(select(Batch)).one().patient
        desk = replace(made.archive.desk("en"), say=Wording({"cells": "клетки"}.get, UTC))
        edition = Edition("", 1, clock.now(), head_of_trail(session))

        named = heading(desk, edition, patient, "cells")

    assert named.product == "клетки"


def test_an_empty_section_prints_none(text):
    assert "D Values changed since they were first entered none" in text


def test_every_page_bears_the_hash_of_the_values_and_of_the_trail(made, kept):
    record, text = kept(made, RecordKind.BATCH, made.batch)
    pages = len(re.findall(r"page \d+ of \d+", text))

    for said in (record.values_sha256, record.audit_hash, record.code):
        assert text.count(said) >= pages


def test_a_batch_that_just_began_says_what_is_still_to_come(database, tmp_path, kept):
    with working(database) as session:
        sample = making.collected(session)
        step = isolating.start_isolation(
            session, sample, vessels=1, **room(session).bench.opening()
        )
        code = session.get_one(Batch, step.batch_id).code
    begun = making.Made(database, making.archive_in(database, tmp_path), code, *[""] * 5)

    text = kept(begun, RecordKind.BATCH, code)[1]

    assert "Batch closed still to come" in text
    assert "4 · Isolation (open, not recorded yet)" in text
    assert "8 Yield at the relevant stages none" in text
    assert "10 Approval by the person responsible none" in text


def queries(session, work):
    with reads(session.get_bind()) as asked:
        work()
    return len(asked)


def test_forty_steps_cost_no_more_queries_than_ten(own):
    def asked():
        with own.database.reading() as session:
            found = session.scalars(select(Batch)).one()
            edition = Edition("", 1, clock.now(), head_of_trail(session))
            desk = own.archive.desk("en")
            return queries(
                session,
                lambda: batch.record(session, batch.load(session, found.id), desk, edition),
            )

    few = asked()
    with days_later(16), working(own.database) as session:
        made = room(session)
        found = session.scalars(select(Batch)).one()
        source = session.scalars(select(Suspension).order_by(Suspension.id.desc())).first()
        for _ in range(31):
            made.sample(found, (source, "0.01"))
        assert session.scalar(select(func.count()).select_from(Step)) >= 40

    assert asked() == few <= 41
