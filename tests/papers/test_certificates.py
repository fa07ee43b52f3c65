"""The two certificates of a fill, and the release of one while its sterility still runs."""

import re

import pytest
from sqlalchemy import select

from lims.models.aliquot import QcTest, QcTestStatus
from lims.models.fill import Dose, DoseStatus, Fill, FillKind
from lims.models.label import RecordKind
from lims.papers.certificates import NotDecided
from lims.workflows import states
from tests.laboratory import working
from tests.laboratory.desk import Desk
from tests.laboratory.quality import days_later
from tests.papers import making
from tests.papers.making import Made, archive_in, room

ANALYSIS, RELEASE = RecordKind.CERTIFICATE_OF_ANALYSIS, RecordKind.RELEASE_CERTIFICATE


pytestmark = pytest.mark.printed


@pytest.fixture
def conditional(database, tmp_path):
    """A fill released conditionally, its cultures running."""
    with working(database) as session:
        desk = Desk(session, room(session))
        fill = desk.judged(making.clinic.course(session, "ivanova"))
        desk.cultured(fill)
        code, batch = fill.code, fill.batch.code
    with working(database) as session:
        Desk(session, room(session)).release_conditionally(the_fill(session))
    return Made(database, archive_in(database, tmp_path), batch, code, "", "", "", "")


def the_fill(session):
    return session.scalars(select(Fill)).one()


def read_running(session):
    for test in session.scalars(select(QcTest).where(QcTest.status == QcTestStatus.RUNNING)):
        room(session).settle(test, "no growth", days_read=14)


def test_the_analysis_lists_every_test_with_its_people(made, kept):
    _, text = kept(made, ANALYSIS, made.fill)

    assert re.search(
        r"Viability nuclear stain, two replicates ≥ 80 % 96.4 % ✓ pass"
        r" Tatiana Lis Пётр Ўладыка Наталья Жук .*? QC26",
        text,
    )
    assert "Purity: CD14 or CD11b flow cytometry ≤ 2 % CD14: 0.4 %" in text
    assert "Sterility compendial 14 d no growth no growth ✓ pass" in text
    assert "Still running none" in text


def test_a_qualitative_result_is_printed_in_the_language_of_the_paper(made, kept):
    _, text = kept(made, ANALYSIS, made.fill, "ru")

    assert "14 сут нет роста нет роста ✓" in text
    assert "ЛАЛ-тест, хромогенный < 0,5 ЕЭ/мл" in text


def test_a_number_is_printed_with_the_mark_of_the_language_of_the_paper(made, kept):
    _, text = kept(made, ANALYSIS, made.fill, "ru")

    for said in ("≥ 80 % 96,4 %", "≤ 2 % CD14: 0,4 %", "ЕЭ/мл <0,05 ЕЭ/мл"):
        assert said in text


def test_a_paper_names_the_patient_in_the_script_of_its_language(made, kept):
    _, english = kept(made, ANALYSIS, made.fill)
    _, russian = kept(made, ANALYSIS, made.fill, "ru")

    assert "Ivanova Maria" in english
    assert "Иванова Мария Петровна" in russian


def test_the_analysis_shows_whose_signature_stands_for_each_result(made, kept):
    _, text = kept(made, ANALYSIS, made.fill)

    assert re.search(r"Пётр Ўладыка verified: Endotoxin .*? ✓ valid", text)
    assert re.search(r"Наталья Жук approved: Endotoxin .*? ✓ valid", text)


def test_a_line_that_is_not_required_and_not_asked_is_no_gap(made, kept):
    _, text = kept(made, ANALYSIS, made.fill)

    assert "Harvest: viability" not in text
    assert "missing" not in text


def test_the_release_certificate_says_what_goes_to_whom_until_when(made, kept):
    _, text = kept(made, RELEASE, made.fill)
    text = text.replace("\u202f", " ")

    assert "FOR AUTOLOGOUS USE ONLY" in text
    assert re.search(r"DS26\w{7} 49 300 000 2[.,]9 .* session 1 \(SN26\w{7}\), knee, left", text)
    assert "Decision released" in text
    assert "2–8 °C" in text
    assert re.search(rf"Наталья Жук Released, {made.fill} seen .* ✓ valid", text)


def test_the_release_certificate_sends_a_discarded_dose_nowhere(own, kept):
    with working(own.database) as session:
        (dose,) = session.scalars(select(Dose))
        states.move(session, dose, DoseStatus.DISCARDED)

    _, text = kept(own, RELEASE, own.fill)

    assert re.search(r"DS26\w{7} 49\s300\s000 2[.,]9 .* \(\+03:00\) discarded", text)
    assert "knee, left" not in text


def test_the_release_certificate_tells_the_exceptions_as_they_were_signed(made, kept):
    _, text = kept(made, RELEASE, made.fill)

    assert f"Deviation {made.deviation}: Incubator door open is approved" in text
    assert "Cells kept." in text
    assert re.search(r"No lot was scanned in .* seen and signed with the decision", text)
    assert re.search(r"Exceptions found: \d+\. Rules of the review: version \d+", text)


def test_the_release_certificate_names_the_analysis_it_rests_on(own, kept):
    analysis, _ = kept(own, ANALYSIS, own.fill)

    _, text = kept(own, RELEASE, own.fill)

    assert f"Certificate of analysis {analysis.code}" in " ".join(text.split())


@pytest.mark.parametrize("kind", [ANALYSIS, RELEASE])
def test_after_a_corrected_count_the_next_edition_says_the_decision_holds_no_longer(
    own, kept, kind
):
    own.recount(17_000_000)

    _, text = kept(own, kind, own.fill)

    assert re.search(r"Decision released .{0,40} no longer valid", text)


def test_after_a_corrected_count_the_share_computed_from_it_is_missing(own, kept):
    own.recount(17_000_000)

    _, text = kept(own, ANALYSIS, own.fill)

    assert re.search(r"share of those prescribed .{0,60} missing", text)


def test_a_conditional_release_names_what_is_still_running_and_until_when(conditional, kept):
    _, text = kept(conditional, RELEASE, conditional.fill)

    assert "released conditionally" in text
    assert re.search(r"Still running .* Sterility \d+ \w+ 20\d\d", text)
    assert "Spent medium before the last harvest: sterility" in text


def test_every_test_that_runs_is_named_also_one_that_nothing_waits_for(conditional, kept):
    with working(conditional.database) as session:
        made, fill = room(session), the_fill(session)
        (medium,) = made.sample(fill.batch, (fill.batch.samples[0].sample, "1"))
        made.start_test(made.ask(medium, "tissue_sterility")[0])

    _, text = kept(conditional, ANALYSIS, conditional.fill)

    running = text[text.index("Still running") :]
    assert re.search(r"Transport medium of the tissue: sterility \d+ \w+ 20\d\d", running)


def test_the_last_result_makes_the_next_edition_of_both(conditional, kept):
    first = [kept(conditional, kind, conditional.fill)[0] for kind in (ANALYSIS, RELEASE)]
    with days_later(14), working(conditional.database) as session:
        read_running(session)
    with days_later(15), working(conditional.database) as session:
        Desk(session, room(session)).release(the_fill(session))

    second = [kept(conditional, kind, conditional.fill)[0] for kind in (ANALYSIS, RELEASE)]

    assert [each.edition for each in (*first, *second)] == [1, 1, 2, 2]


def test_before_a_decision_there_is_nothing_to_certify(database, tmp_path, kept):
    with working(database) as session:
        made = room(session)
        code = made.fill(made.cells(making.clinic.course(session, "ivanova"))).code

    with pytest.raises(NotDecided):
        kept(
            Made(database, archive_in(database, tmp_path), "", code, "", "", "", ""), RELEASE, code
        )


def test_a_syringe_that_samples_emptied_is_no_dose(database, tmp_path, kept):
    with working(database) as session:
        made = room(session)
        fill = made.fill(made.cells(making.clinic.course(session, "ivanova")), "3", "0.3")
        made.sample(fill.batch, (fill.doses[1], "0.3"))
        code = fill.code
    there = Made(database, archive_in(database, tmp_path), "", code, "", "", "", "")

    _, text = kept(there, ANALYSIS, code)

    assert "doses: 1, passage P0" in text


def test_vials_are_certified_without_an_expiry_or_a_session(database, tmp_path, kept):
    with working(database) as session:
        made = room(session)
        cells = made.cells(making.clinic.course(session, "ivanova"))
        code = made.fill(cells, "1", "1", kind=FillKind.VIALS).code
    there = Made(database, archive_in(database, tmp_path), "", code, "", "", "", "")

    _, text = kept(there, ANALYSIS, code)

    assert "vials: 2, passage P0" in text
    assert "Viability nuclear stain, two replicates ≥ 80 % – – missing" in text
