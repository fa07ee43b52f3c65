from dataclasses import replace

from lims.records.analysis import certificate_of_analysis
from lims.records.decisions import Decision
from lims.records.release import release_certificate
from tests.records import examples
from tests.records.examples import ENGLISH


def test_a_certificate_of_analysis_tells_each_result_as_entered(read):
    text = read(certificate_of_analysis(examples.analysis(), ENGLISH))

    assert "Endotoxin LAL, kinetic < 0.5 EU/mL <0.05 EU/mL ✓ pass Anton Kovalenko" in text
    assert "msc-adipose, version 3" in text


def test_a_superseded_result_stays(read):
    text = read(certificate_of_analysis(examples.analysis(), ENGLISH))

    assert "94.9 % superseded" in text


def test_a_conditional_decision_tells_what_is_still_running(read):
    text = read(certificate_of_analysis(examples.analysis(), ENGLISH))

    assert "released conditionally" in text
    assert "Still running Test Result expected Sterility, 14 days 4 Dec 2026" in text


def test_a_final_decision_with_nothing_running_says_none(read):
    final = examples.analysis(decision=Decision.FINAL, running=())

    assert "Still running none" in read(certificate_of_analysis(final, ENGLISH))


def test_a_release_certificate_tells_doses_exceptions_and_who_signed(read):
    text = read(release_certificate(examples.release(), ENGLISH))

    for said in ("DS26000051N", "FOR AUTOLOGOUS USE ONLY", "Feed entered 6 h late",
                 "Exceptions found: 1. Rules of the review: version 1.3.", "2–8 °C, upright",
                 "Natalia Zhuk released conditionally"):  # fmt: skip
        assert said in text


def test_where_no_signature_has_a_hash_there_is_no_column_for_it(read):
    words = (replace(examples.signature(), shown_sha256=""),)

    papers = [examples.release(signatures=words), examples.release()]

    texts = [read(release_certificate(each, ENGLISH)) for each in papers]
    assert ["SHA-256 of what was signed" in text for text in texts] == [False, True]


def test_no_exceptions_is_a_computed_answer(read):
    text = read(release_certificate(examples.release(exceptions=()), ENGLISH))

    assert "Review by exception none Exceptions found: 0." in text


def test_their_fonts_are_in_the_file(fonts):
    assert all(fonts(certificate_of_analysis(examples.analysis(), ENGLISH)).values())
    assert all(fonts(release_certificate(examples.release(), ENGLISH)).values())
