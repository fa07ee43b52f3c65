"""The labels of a patient's material: each step's, planned and filled, read back by a scanner."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from lims import clock
from lims.errors import NotFound
from lims.labels import render
from lims.labels.tissue import KitLabel, PatientCard, SampleLabel
from lims.models.course import PlannedAdministration, TransplantationSession
from lims.models.fill import FillKind
from lims.models.patient import Marker, MarkerValue
from lims.models.vessel import Vessel
from lims.papers.label_maker import Facility
from lims.papers.labels import NoLabelFor, SeveralPatients, labels_for
from lims.papers.wording import wording_of
from lims.workflows import collecting, filling, isolating, markers
from tests.counting import reads
from tests.labels.printed import raster, scanned, text_of
from tests.laboratory.cells import counted, planned

DPI = 300
MINSK = Facility("Cell laboratory", ZoneInfo("Europe/Minsk"))


@pytest.fixture
def labels(session):
    return lambda *codes: labels_for(session, codes, MINSK)


@pytest.fixture
def label(labels):
    return lambda code: labels(code)[0]


def sheet(label):
    stock = label.stock.at(DPI)
    return render([label], stock), stock


def decoded(label):
    """What a scanner reads from the label as the printer makes it."""
    return scanned(raster(*sheet(label)))


def words(label):
    return text_of(sheet(label)[0])


@pytest.fixture
def open_isolation(session, at_the_bench, course):
    tissue = at_the_bench.tissue(course)
    return isolating.start_isolation(
        session, tissue, vessels=2, aliquots=1, **at_the_bench.opening()
    )


@pytest.fixture
def cells(at_the_bench, course):
    """Counted cells of P0 in one tube: 17 million a mL."""
    vessels = at_the_bench.first_passage(course)
    return at_the_bench.harvest(
        vessels, count=counted(170_000_000, 4_000_000), volume="10", close=True
    )


@pytest.fixture
def sitting(session, course):
    return session.query(TransplantationSession).filter_by(course_id=course.id, number=1).one()


@pytest.fixture
def open_filling(session, at_the_bench, cells, sitting):
    def opened(kind=FillKind.DOSES, number=2):
        return filling.start_filling(
            session, cells, kind=kind, number=number, sitting=sitting, comment="in good time",
            **at_the_bench.opening(),
        )  # fmt: skip

    return opened


def test_the_labels_of_an_isolation_decode(session, open_isolation, labels):
    codes = [code for kind in ("SU", "VE", "QC") for code in planned(session, open_isolation, kind)]

    made = labels(*codes)

    assert len(codes) == 4
    assert [decoded(label) for label in made] == [[code] for code in codes]


@pytest.mark.parametrize(("kind", "prefix"), [(FillKind.DOSES, "DS"), (FillKind.VIALS, "VL")])
def test_the_labels_of_a_filling_decode(session, open_filling, labels, kind, prefix):
    codes = planned(session, open_filling(kind), prefix)

    assert [decoded(label) for label in labels(*codes)] == [[code] for code in codes]


def test_a_planned_vessel_says_whose_it_is_and_its_passage(session, open_isolation, label):
    text = words(label(planned(session, open_isolation, "VE")[0]))

    assert "Иванова Мария Петровна" in text
    assert "Ivanova Maria" in text
    assert "1961-02-04" in text
    assert "P0" in text
    assert "ТОЛЬКО ДЛЯ АУТОЛОГИЧНОГО ПРИМЕНЕНИЯ" in text


def test_a_planned_dose_says_what_filling_it_will_record(session, open_filling, label):
    made = label(planned(session, open_filling(), "DS")[0])

    assert (made.volume_ml, made.cells) == (Decimal(3), 51_000_000)
    assert made.filled_at is None
    assert made.expires_at > clock.now()
    assert made.storage == "2–8 °C"


def test_the_doses_of_one_sheet_expire_at_one_moment(session, open_filling, labels):
    made = labels(*planned(session, open_filling(number=3), "DS"))

    assert len({each.expires_at for each in made}) == 1


def test_a_planned_vial_says_the_volume_and_the_cells_it_is_to_hold(session, open_filling, label):
    made = label(planned(session, open_filling(FillKind.VIALS), "VL")[0])

    assert (made.volume_ml, made.cells) == (Decimal(1), 17_000_000)
    assert made.frozen_on == clock.today()


def test_where_injections_differ_a_planned_dose_leaves_its_volume_open(
    session, open_filling, label, sitting
):
    first = sitting.administrations[0]
    session.add(
        PlannedAdministration(
            patient_id=first.patient_id,
            session_id=sitting.id,
            joint=first.joint,
            side=first.side,
            cells=first.cells,
            volume_ml=Decimal(1),
        )
    )
    session.flush()

    made = label(planned(session, open_filling(), "DS")[0])

    assert (made.volume_ml, made.cells) == (None, None)


def test_a_filled_dose_says_what_is_in_it(treatment, course, label):
    dose = treatment.filled(course).doses[0]

    made = label(dose.code)

    assert (made.volume_ml, made.cells) == (Decimal("2.9"), 49_300_000)
    assert made.filled_at == dose.fill.filled_at
    assert made.filled_at.utcoffset() == timedelta(hours=3)
    assert decoded(made) == [dose.code]


def test_a_tube_says_what_was_counted_in_it(cells, label):
    made = label(cells.code)

    assert (made.cells, made.volume_ml, made.passage) == (170_000_000, Decimal(10), 0)
    assert decoded(made) == [cells.code]


def test_an_aliquot_says_where_it_was_taken_from(treatment, cells, qc_room, label):
    (aliquot,) = qc_room.sample(cells.batch, (cells, "0.5"))

    made = label(aliquot.code)

    assert made.source == cells.code
    assert decoded(made) == [aliquot.code]


def test_a_kit_becomes_a_sample_once_collected(session, course, physician, label, at_the_bench):
    kit = collecting.order_kit(session, course, by=physician)
    tissue = at_the_bench.tissue(course)

    assert isinstance(label(kit.code), KitLabel)
    assert isinstance(label(tissue.code), SampleLabel)
    assert decoded(label(kit.code)) == [kit.code]
    assert decoded(label(tissue.code)) == [tissue.code]


def test_the_card_and_the_session_decode(patient, sitting, label):
    assert isinstance(label(patient.code), PatientCard)
    assert decoded(label(patient.code)) == [patient.code]
    assert decoded(label(sitting.code)) == [sitting.code]


def test_a_syringe_that_samples_emptied_is_no_dose_on_the_session_card(
    treatment, course, sitting, label
):
    fill = treatment.filled(course, 2)
    treatment.room.sample(fill.batch, (fill.doses[1], "2.9"))

    assert label(sitting.code).doses == 1


def test_a_reprint_says_that_it_is_copy_two(cells, label):
    assert "copy 2" in words(label(cells.code))


@pytest.mark.parametrize(
    ("value", "warning"),
    [
        (MarkerValue.PENDING, "NOT EVALUATED FOR INFECTIOUS SUBSTANCES"),
        (MarkerValue.REACTIVE, "HIV"),
    ],
)
def test_markers_stand_on_the_label(session, cells, patient, physician, label, value, warning):
    markers.record_markers(
        session, patient, sampled_on=clock.today(), values={Marker.HIV: value}, by=physician
    )

    assert warning in words(label(cells.code))


def test_without_findings_no_warning_is_printed(cells, label):
    text = words(label(cells.code))

    assert "NOT EVALUATED" not in text
    assert "HAZARD" not in text


def test_words_of_a_finding_are_in_the_language_of_the_site(session, cells, patient, physician):
    markers.record_markers(
        session,
        patient,
        sampled_on=clock.today(),
        values={Marker.HBSAG: MarkerValue.REACTIVE},
        by=physician,
    )

    [made] = labels_for(session, [cells.code], MINSK, {"hepatitis B": "гепатит B"}.get)

    assert made.markers.reactive == ("гепатит B",)


@pytest.mark.parametrize("language", [str, wording_of("ru", MINSK.zone).word])
def test_every_label_has_room_for_the_product_in_the_language_of_the_site(
    session, treatment, course, sitting, language
):
    fill = treatment.filled(course)
    tube = fill.withdrawal.suspension
    vessel = session.scalars(select(Vessel.code)).first()
    tissue = fill.batch.samples[0].sample.code

    for code in (fill.doses[0].code, sitting.code, tube.code, vessel, tissue):
        (made,) = labels_for(session, [code], MINSK, language)
        assert scanned(raster(render([made], made.stock.at(DPI), language), made.stock)) == [code]


def test_the_product_is_named_in_the_language_of_the_site(session, open_filling):
    (made,) = labels_for(session, planned(session, open_filling(number=1), "DS"), MINSK, str.upper)

    assert made.product.startswith("BIOMEDICAL CELL PRODUCT (BMCP)")


def test_one_sheet_holds_one_patient(session, patient, other_patient, labels):
    with pytest.raises(SeveralPatients):
        labels(patient.code, other_patient.code)


def test_a_code_that_names_nothing_has_no_label(labels):
    with pytest.raises(NotFound):
        labels("VE990000010")


def test_a_batch_has_no_label(cells, labels):
    with pytest.raises(NoLabelFor):
        labels(cells.batch.code)


def test_the_same_label_is_the_same_bytes(cells, label):
    made = label(cells.code)

    assert sheet(made)[0] == sheet(replace(made))[0]


def test_labels_of_many_vials_take_no_more_queries(session, bank, course, labels):
    codes = [vial.code for vial in bank.stored(course, *["1"] * 4)]

    session.expire_all()
    with reads(session.get_bind()) as of_one:
        labels(codes[0])
    session.expire_all()
    with reads(session.get_bind()) as of_all:
        labels(*codes)

    assert len(of_all) == len(of_one)
