"""The specification as versioned data: kept whole, approved by signature, never changed."""

import hashlib
from decimal import Decimal

import pytest
from hypothesis import given
from sqlalchemy import literal, select, text
from sqlalchemy.exc import DBAPIError

from lims.errors import NotPermitted, Stale, WrongState
from lims.models import Base
from lims.models.aliquot import QcTest
from lims.models.batch import Batch, BatchStatus
from lims.models.signature import Meaning, Signature
from lims.models.specification import SpecificationStatus, SpecificationVersion
from lims.workflows import signing, specifications, states
from lims.workflows import specification_approval as approval
from lims.workflows import specification_moving as moving
from lims.workflows.codes import coded
from lims.workflows.judging import Reading, Verdict, judge
from lims.workflows.lines import Stage
from lims.workflows.specification_differences import differences
from lims.workflows.specification_file import BadSpecification, read_specification
from lims.workflows.specification_rows import rows_of, text_of
from tests.laboratory.specification import AT_ONCE as SHIPPED
from tests.laboratory.specification import approval_of
from tests.workflows.test_specification_file import specifications as any_specification

STRICTER = SHIPPED.replace('limit = ">= 80"', 'limit = ">= 85"')
LINES = ("test", "limit", "policy", "range")


@pytest.fixture
def first(session):
    return specifications.current(session)


@pytest.fixture
def imported(session, qa_officer):
    """`imported(toml)` is that file as a draft."""
    return lambda toml: approval.import_specification(session, text=toml, by=qa_officer)


@pytest.fixture
def approved(session, qa_officer, imported):
    """`approved(toml)` is that file in force."""

    def approve(toml):
        version = imported(toml)
        given = approval_of(version, qa_officer, session)
        return approval.approve_specification(session, **given, by=qa_officer)

    return approve


def without(row):
    return "\n".join(each for each in SHIPPED.splitlines() if not each.startswith(row))


def test_the_database_keeps_the_shipped_file_whole(first):
    assert text_of(first) == read_specification(SHIPPED)


@given(any_specification())
def test_rows_keep_any_specification_whole(specification):
    version = SpecificationVersion(**rows_of(specification))

    assert text_of(version) == specification


def test_the_export_reads_back_the_same(first):
    assert read_specification(approval.exported(first)) == text_of(first)


def test_the_source_is_kept_as_it_was_with_its_hash(session, imported):
    version = imported(STRICTER)

    session.refresh(version)

    assert version.source == STRICTER
    assert version.source_sha256 == hashlib.sha256(STRICTER.encode()).hexdigest()


def test_an_import_is_the_next_version_and_a_draft(imported, first):
    version = imported(STRICTER)

    assert (version.number, version.status) == (first.number + 1, SpecificationStatus.DRAFT)


def test_days_told_by_a_method_alone_are_kept_as_the_days_of_its_line(session, imported):
    version = imported(STRICTER.replace("days_to_read = 14\n", ""))

    session.expire(version)

    days = {line.code: line.days_to_read for line in version.tests}
    assert (days["sterility"], days["in_process_sterility"], days["gram_stain"]) == (14, 7, None)


def test_every_error_of_a_file_is_told_with_its_line(imported):
    broken = SHIPPED.replace("days_to_read = 7", 'days_to_read = "x"').replace("value = 80, ", "")

    with pytest.raises(BadSpecification) as refused:
        imported(broken)

    assert "in_process_sterility, days_to_read: “x” is not allowed" in refused.value.english()
    assert "age_max_years, value: is missing." in refused.value.english()


def test_a_file_that_says_nothing_new_is_not_imported(imported):
    with pytest.raises(approval.NothingNew, match="what MSC-adipose v1 says already"):
        imported(SHIPPED + "\n# a comment\n")


def test_a_file_of_another_specification_is_not_imported(imported):
    with pytest.raises(approval.OtherSpecification, match="the file is one of OTHER"):
        imported(STRICTER.replace("MSC-adipose", "OTHER"))


def test_a_technician_imports_nothing(session, technician):
    with pytest.raises(NotPermitted, match="import a specification"):
        approval.import_specification(session, text=STRICTER, by=technician)


def test_approval_retires_the_version_before_it(session, approved, first):
    version = approved(STRICTER)

    assert specifications.current(session) is version
    assert first.status == SpecificationStatus.RETIRED


def test_approval_signs_what_the_version_says_and_changes(session, approved, first):
    version = approved(STRICTER)
    signature = session.get_one(Signature, version.approval_signature_id)

    shown = approval.shown_for_approval(version, first)

    assert signature.meaning == Meaning.APPROVED
    assert signing.still_valid(signature, shown)
    assert "Test viability_pct, limit: from >= 80 to >= 85." in shown["differences"]


def test_an_approval_of_what_was_not_shown_is_stale(session, imported, qa_officer, proof_of):
    version = imported(STRICTER)

    with pytest.raises(Stale):
        approval.approve_specification(
            session, version, seen="0" * 64, proof=proof_of(qa_officer), by=qa_officer
        )


def test_a_version_without_a_needed_limit_is_not_approved(approved):
    with pytest.raises(approval.Incomplete, match="lacks shelf_life_hours"):
        approved(without("shelf_life_hours"))


def test_a_draft_older_than_the_approved_version_is_not_approved(
    session, imported, approved, qa_officer
):
    older = imported(STRICTER)
    approved(STRICTER.replace(">= 85", ">= 90"))

    with pytest.raises(approval.OlderThanApproved):
        approval.approve_specification(
            session, **approval_of(older, qa_officer, session), by=qa_officer
        )


def test_a_version_is_approved_once(session, first, qa_officer):
    with pytest.raises(WrongState):
        approval.approve_specification(
            session, **approval_of(first, qa_officer, session), by=qa_officer
        )


def test_a_draft_can_be_withdrawn(session, imported, qa_officer):
    version = imported(STRICTER)

    approval.withdraw_draft(session, version, reason="superseded", by=qa_officer)

    assert version.status == SpecificationStatus.RETIRED


@pytest.mark.parametrize("table", LINES)
def test_no_line_joins_an_approved_version(session, table):
    lines = Base.metadata.tables[f"specification_{table}"]
    new = {"id": 999_999, "position": 999, "name": "new", "code": "new"}
    copied = [
        literal(new[each.name]).label(each.name) if each.name in new else each for each in lines.c
    ]

    with pytest.raises(DBAPIError, match="only a draft takes lines"):
        session.connection().execute(
            lines.insert().from_select(lines.c.keys(), select(*copied).limit(1))
        )


@pytest.mark.parametrize("table", LINES)
def test_no_line_of_an_approved_version_changes(session, table):
    with pytest.raises(DBAPIError, match="rows are never changed"):
        session.execute(text(f"UPDATE specification_{table} SET position = position + 100"))


@pytest.mark.parametrize("table", LINES)
def test_no_line_of_an_approved_version_goes(session, table):
    with pytest.raises(DBAPIError, match="rows are never deleted"):
        session.execute(text(f"DELETE FROM specification_{table}"))


@pytest.mark.parametrize(
    "change", ["name = 'x'", "source = 'x'", "forecast_batches_min = 9", "number = 7"]
)
def test_what_a_version_says_never_changes(session, change):
    with pytest.raises(DBAPIError, match="what a version says never changes"):
        session.execute(text(f"UPDATE specification_version SET {change}"))


def test_no_draft_is_approved_without_a_signature(session, imported):
    imported(STRICTER)

    with pytest.raises(DBAPIError, match="approved_is_signed"):
        session.execute(
            text("UPDATE specification_version SET status = 'approved' WHERE number = 2")
        )


def test_the_limits_and_policies_in_force(first):
    assert specifications.limit(first, "tissue_mass_min_g") == Decimal(5)
    assert specifications.whole_limit(first, "dose_min_cells") == 2_000_000
    assert specifications.policy(first, "positive_marker_policy") == "exclude"
    assert specifications.policy(first, "exceptional_supply") == "false"
    assert specifications.policy_words(first, "required_markers")[0] == "HIV 1/2"


def test_a_policy_allows_what_it_lists(first):
    assert specifications.allows(first, "physician_override", "age")
    assert not specifications.allows(first, "physician_override", "infection")
    assert specifications.allows(first, "conditional_release")
    assert not specifications.allows(first, "exceptional_supply")


def test_what_the_specification_does_not_say_is_named(first):
    with pytest.raises(specifications.NoSuchLimit, match="has no limit “mass”"):
        specifications.limit(first, "mass")
    with pytest.raises(specifications.NoSuchPolicy, match="the policy “mood”"):
        specifications.allows(first, "mood", "x")
    with pytest.raises(specifications.NoSuchTest, match="no test “cd1_pct”"):
        specifications.line(first, "cd1_pct")


def test_a_limit_that_is_no_whole_number_counts_nothing(first):
    with pytest.raises(specifications.NotWhole, match="enzyme_pct_min” is 0.05"):
        specifications.whole_limit(first, "enzyme_pct_min")


def test_without_an_approved_version_the_sentence_says_what_to_do(session, first):
    session.execute(text("UPDATE specification_version SET status = 'retired'"))
    session.expire_all()

    with pytest.raises(specifications.NoSpecification, match="Quality imports one"):
        specifications.current(session)


def test_the_lines_of_one_stage_stand_in_the_order_of_the_file(first):
    found = [each.code for each in specifications.lines(first, Stage.POST_THAW)]

    assert found == ["post_thaw_viability_pct", "post_thaw_recovery_pct"]


def test_a_stored_line_judges(first):
    line = specifications.line(first, "viability_pct")

    assert judge(line, Reading("79.96")) == Verdict.FAIL
    assert judge(line, Reading("80")) == Verdict.PASS


def test_the_forecast_ranges_are_those_of_the_file(first):
    assert specifications.forecast_ranges(first) == read_specification(SHIPPED).forecast


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        (without("shelf_life_hours"), "Limit shelf_life_hours removed; it was: 24, h."),
        (
            SHIPPED.replace("near_limit_pct = {value = 2,", "near_limit_pct = {value = 3,"),
            "Limit near_limit_pct, value: from 2 to 3.",
        ),
        (
            SHIPPED.replace("conditional_release = true", "conditional_release = false"),
            "Policy conditional_release: from yes to no.",
        ),
        (
            SHIPPED.replace('"HIV 1/2", ', ""),
            "Policy required_markers: from HIV 1/2; HBsAg; anti-HBc; anti-HCV; syphilis"
            " to HBsAg; anti-HBc; anti-HCV; syphilis.",
        ),
        (
            SHIPPED.replace("p0_days = {low = 9", "p0_days = {low = 8"),
            "Forecast range p0_days, lower end: from 9 to 8.",
        ),
        (
            SHIPPED.replace("days_to_read = 7\n", "days_to_read = 5\n"),
            "Test in_process_sterility, days to read: from 7 to 5.",
        ),
        (
            SHIPPED.replace('code = "cd73_pct"', 'code = "cd44_pct"'),
            "Test cd44_pct added: >= 95, %, final container, flow cytometry.",
        ),
    ],
    ids=lambda text: text[-20:],
)
def test_a_difference_is_told_in_words(imported, first, toml, told):
    assert told in [each.told() for each in differences(first, imported(toml))]


def test_tests_in_another_order_are_a_difference(imported, first):
    head, *tests = SHIPPED.split("[[test]]")
    swapped = imported("[[test]]".join([head, tests[1], tests[0], *tests[2:]]))

    (told,) = [each.told() for each in differences(first, swapped)]

    assert told.startswith("Specification, order of the tests: from tissue_appearance; tissue")


@pytest.fixture
def batch(session, course, first):
    """An open batch under version 1."""
    batch = Batch(
        patient_id=course.patient_id, course_id=course.id, specification_version_id=first.id
    )
    session.add(coded(session, states.begin(batch)))
    session.flush()
    return batch


@pytest.fixture
def viability(session, batch, first, analyst):
    """A viability test asked of the batch while it stood under version 1."""
    line = next(each for each in first.tests if each.code == "viability_pct")
    asked = QcTest(
        patient_id=batch.patient_id,
        batch_id=batch.id,
        specification_test_id=line.id,
        requested_by_id=analyst.id,
    )
    session.add(coded(session, states.begin(asked)))
    session.flush()
    return asked


@pytest.fixture
def moved(session, batch, qa_officer, proof_of):
    """`moved(version)` is the batch under it."""

    def move(version, **given):
        shown = moving.shown_for_move(batch, version)
        usual = {"seen": signing.sha256_of(shown), "reason": "new limits"}
        return moving.move_batch_to_specification(
            session, batch, to=version, proof=proof_of(qa_officer), by=qa_officer, **usual | given
        )

    return move


def test_a_batch_keeps_its_version_when_a_newer_one_is_approved(batch, approved, first):
    approved(STRICTER)

    assert specifications.of(batch) is first


def test_a_moved_batch_keeps_its_differences_and_signature(session, batch, approved, moved):
    version = approved(STRICTER)

    moved(version)

    (move,) = moving.moves_of(session, batch)
    assert specifications.of(batch) is version
    assert "Test viability_pct, limit: from >= 80 to >= 85." in move.differences.splitlines()
    assert move.signature.meaning == Meaning.MOVED_TO_SPECIFICATION


def test_a_moved_batch_has_its_old_results_judged_anew(viability, approved, moved):
    before = judge(specifications.line_asked(viability), Reading("82"))

    moved(approved(STRICTER))

    assert before == Verdict.PASS
    assert judge(specifications.line_asked(viability), Reading("82")) == Verdict.FAIL


def test_a_test_that_the_newer_version_drops_is_asked_no_more(viability, approved, moved):
    renamed = SHIPPED.replace('code = "viability_pct"', 'code = "live_pct"')

    moved(approved(renamed))

    assert specifications.line_asked(viability) is None


def test_a_move_by_differences_not_shown_is_stale(approved, moved):
    version = approved(STRICTER)

    with pytest.raises(Stale):
        moved(version, seen="0" * 64)


def test_a_batch_is_not_moved_to_the_version_it_has(first, moved):
    with pytest.raises(moving.NotNewer):
        moved(first)


def test_a_batch_is_not_moved_to_a_draft(imported, moved):
    with pytest.raises(WrongState):
        moved(imported(STRICTER))


def test_a_closed_batch_keeps_its_version(session, batch, approved, moved):
    version = approved(STRICTER)
    states.move(session, batch, BatchStatus.CLOSED)

    with pytest.raises(WrongState):
        moved(version)
    assert moving.newer_for(session, batch) is None


def test_a_production_lead_moves_no_batch(session, batch, approved, lead, proof_of):
    version = approved(STRICTER)

    with pytest.raises(NotPermitted):
        moving.move_batch_to_specification(
            session, batch, to=version, seen="", reason="x", proof=proof_of(lead), by=lead
        )
