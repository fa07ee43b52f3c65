"""Papers kept: the same content is served as stored, a change makes the next edition."""

import re
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from lims.models.base import table_of
from lims.models.label import Record, RecordCopy, RecordKind
from lims.models.step import Step, StepKind
from lims.papers import keeping
from lims.papers.columns import WORDS, own_columns
from lims.records.canonical import digest
from lims.workflows import recording
from tests.laboratory import working
from tests.papers import making
from tests.reading import text_of

BATCH = RecordKind.BATCH
MASS = ("mass_g", Decimal("7.284"), "two digits exchanged")


@pytest.fixture
def qa(own):
    with own.database.reading() as session:
        return making.person(session, "qa")


def test_the_same_content_is_the_same_edition_and_the_same_file(made, kept):
    first, again = (kept(made, BATCH, made.batch)[0] for _ in range(2))

    assert (again.code, again.pdf_sha256) == (first.code, first.pdf_sha256)
    assert again.edition == 1


def test_a_changed_value_makes_the_next_edition_and_keeps_the_first(own, kept):
    first, _ = kept(own, BATCH, own.batch)

    own.correct(own.reception, *MASS)
    second, text = kept(own, BATCH, own.batch)

    assert (second.edition, first.edition) == (2, 1)
    assert second.code != first.code
    assert "7.482" in text_of(own.archive.store.get(first.pdf_sha256))
    assert "edition 2" in text


def test_an_edition_of_a_paper_is_kept_once(own, kept):
    record, _ = kept(own, BATCH, own.batch)
    again = {each.name: getattr(record, each.name) for each in table_of(Record).c}
    again |= {"id": record.id + 1, "code": "RC260009999"}

    with own.database.engine.connect() as connection, pytest.raises(IntegrityError):
        connection.execute(table_of(Record).insert().values(again))


def test_a_correction_shows_old_and_new_value_who_when_and_why(own, kept):
    own.correct(own.reception, *MASS)

    _, text = kept(own, BATCH, own.batch)
    changed = text[text.index("D Values changed") : text.index("E Signatures")]

    assert "Mass of tissue 3 · Reception 7.482 g 7.284 g Андрей Коваленко" in changed
    assert "two digits exchanged" in changed
    assert "Adipose tissue 7.284 g".casefold() in text.casefold()


def test_a_corrected_count_stands_among_the_changed_values_of_its_step(own, kept):
    own.recount(17_000_000)

    _, text = kept(own, BATCH, own.batch)
    changed = text[text.index("D Values changed") : text.index("E Signatures")]

    assert "17 000 000" in changed.replace("\u202f", " ")
    assert "viable cells" in changed
    assert "_" not in changed
    assert "a nought too many" in changed


def test_a_lot_scanned_by_mistake_stands_among_the_changed_values_and_as_not_used(own, kept):
    own.mend(own.isolation, "quantity", Decimal(0), "the bottle beside it")

    _, text = kept(own, BATCH, own.batch)
    changed = text[text.index("D Values changed") : text.index("E Signatures")]

    assert re.search(r"LT26\w+: quantity .* 12.5 mg 0 mg Андрей Коваленко", changed)
    assert "not used" in text[text.index("H Steps in order") :]
    assert re.search(rf"performed, {own.isolation} [^✓✗]* ✗ no longer valid", text)


def test_signatures_before_a_correction_hold_no_longer(own, kept):
    own.correct(own.reception, *MASS)

    _, text = kept(own, BATCH, own.batch)
    approval = text[text.index("10 Approval") : text.index("A Growth")]

    assert approval.count("✗ no longer valid") == 3  # review, conditional and final release
    assert "✓ valid" not in approval
    assert re.search(rf"performed, {own.reception} [^✓✗]* ✗ no longer valid", text)
    assert re.search(rf"performed, {own.harvest} [^✓✗]* ✓ valid", text)
    assert "A record was corrected after the release" in text


def test_each_language_counts_its_own_editions(made, kept):
    english, _ = kept(made, BATCH, made.batch)
    russian, text = kept(made, BATCH, made.batch, language="ru")

    assert (english.edition, russian.edition) == (1, 1)
    assert english.code != russian.code
    assert "21.11.2026" in text or ".2026 " in text


def test_the_printed_hash_is_of_the_values_printed(made, kept):
    record, text = kept(made, RecordKind.STEP, made.harvest)
    desk = made.archive.desk("en")

    with made.database.reading() as session:
        step = session.scalars(select(Step).where(Step.code == made.harvest)).one()
        edition = keeping._heading_of(record)
        values = keeping.KINDS[RecordKind.STEP].values(session, step, desk, edition)

    assert digest(values) == record.values_sha256
    assert record.values_sha256 in text


def test_who_was_quicker_is_served_to_who_was_slower(own, qa):
    first = keeping.make(own.archive, BATCH, own.batch, by=qa, language="en")
    paper = recording.Paper(
        BATCH, "en", "RC", 1, "0" * 64, "0" * 64, first.audit_seq, first.audit_hash, first.made_at
    )

    answer = own.database.run(
        recording.keep_record,
        qa.id,
        key="slower",
        arguments=lambda session: {
            "subject": session.scalars(select(making.Batch)).one(),
            "paper": paper,
        },
    )

    assert answer.code == first.code


def test_no_transaction_is_open_while_a_paper_is_made(own, qa, monkeypatch):
    held = []
    pdf = keeping.KINDS[BATCH].pdf

    def rendered(values, say):
        with working(own.database) as session:  # on SQLite it would wait for the writer
            held.append(session.scalar(select(func.count()).select_from(Record)))
        return pdf(values, say)

    monkeypatch.setitem(keeping.KINDS, BATCH, keeping.Kind(keeping.KINDS[BATCH].values, rendered))
    keeping.make(own.archive, BATCH, own.batch, by=qa, language="en")

    assert held == [0]


def test_each_copy_says_which_it_is_over_the_stored_bytes(own, qa):
    record = keeping.make(own.archive, BATCH, own.batch, by=qa, language="en")

    copies = [give(own, record, qa, number) for number in (1, 2)]
    pdf = keeping.copied(own.archive, record, copies[1], qa.full_name)

    assert [copy.copy for copy in copies] == [1, 2]
    assert pdf.startswith(own.archive.store.get(record.pdf_sha256))
    assert f"Copy 2 of {record.code} · Наталья Жук" in text_of(pdf)


def give(own, record, by, number) -> RecordCopy:
    return own.database.run(
        recording.give_copy,
        by.id,
        key=f"copy {number}",
        arguments=lambda session: {"record": session.get_one(Record, record.id)},
    )


@pytest.mark.parametrize("kind", StepKind)
def test_every_column_of_every_kind_of_step_has_its_words(kind):
    step = next(
        mapper.class_()
        for mapper in Step.__mapper__.self_and_descendants
        if mapper.polymorphic_identity == kind
    )

    assert not [name for name in own_columns(step) if name not in WORDS], table_of(step).name


@pytest.mark.parametrize("kind", [each for each in RecordKind if each != RecordKind.PICK_LIST])
def test_every_paper_is_made_in_russian(made, kept, kind):
    code = {RecordKind.BATCH: made.batch, RecordKind.STEP: made.harvest}.get(kind, made.fill)

    record, text = kept(made, kind, code, language="ru")

    assert record.language == "ru"
    assert re.search(r"\d\d\.\d\d\.20\d\d \d\d:\d\d \(\+03:00\)", text)
