"""The pages of specifications, as quality and others use them."""

from dataclasses import replace
from io import BytesIO

import pytest
from sqlalchemy import select

from lims.database import Database, Recording
from lims.models.batch import Batch
from lims.models.specification import SpecificationVersion
from lims.web.app import create_app
from lims.workflows import states
from lims.workflows.codes import coded
from lims.workflows.specification_file import read_specification
from tests.laboratory import PASSWORD, clinic, settle_staff
from tests.laboratory.specification import AT_ONCE as SHIPPED
from tests.web.visitor import Visitor

STRICTER = SHIPPED.replace('limit = ">= 80"', 'limit = ">= 85"')
SIGNED = {"signature-password": PASSWORD}
MOVED = {"reason": "the new limit holds for it", **SIGNED}


@pytest.fixture
def quality(signed_in):
    return signed_in("qa")


@pytest.fixture
def draft(quality):
    """The page of version 2, stricter than the first."""
    answer = quality.send("/specifications/import", {"text": STRICTER})
    assert answer.status_code == 303, answer.text
    return answer.location


@pytest.fixture
def approved(quality, draft):
    answer = quality.send(f"{draft}/approve", SIGNED)
    assert answer.status_code == 303, answer.text
    return draft


@pytest.fixture
def batch(database):
    """An open batch under version 1."""
    with Recording(database.engine, expire_on_commit=False) as session:
        session.info.update(command="test", key="batch", schema_revision="test")
        course = clinic.course(session, "ivanova")
        first = session.scalars(select(SpecificationVersion)).one()
        batch = Batch(
            patient_id=course.patient_id, course_id=course.id, specification_version_id=first.id
        )
        session.add(coded(session, states.begin(batch)))
        session.commit()
    return batch.code


@pytest.fixture
def fresh(settings, tmp_path):
    """Quality at a site as it is after its installation."""
    database = Database(f"sqlite:///{tmp_path / 'fresh.sqlite'}")
    database.upgrade()
    settle_staff(database, PASSWORD)
    database.engine.dispose()
    app = create_app(replace(settings, database_url=f"sqlite:///{tmp_path / 'fresh.sqlite'}"))
    yield Visitor(app.test_client()).sign_in("qa")
    app.extensions["lims"].database.engine.dispose()


def test_a_fresh_site_says_what_to_do(fresh):
    page = fresh.open("/specifications/").text

    assert "No specification is approved yet" in page
    assert "Begin with the one that comes with the program" in page


def test_a_fresh_site_puts_the_shipped_version_in_force(fresh):
    imported = fresh.send("/specifications/", {}, "/specifications/shipped")
    fresh.send(f"{imported.location}/approve", SIGNED)

    assert "In force: MSC-adipose v1" in fresh.open("/specifications/").text


def test_the_shipped_version_is_not_imported_twice(fresh):
    fresh.send("/specifications/", {}, "/specifications/shipped")
    token = fresh.form("/specifications/import").filled({"text": "x"})

    answer = fresh.client.post("/specifications/shipped", data=token)

    assert answer.status_code == 422
    assert "what MSC-adipose v1 says already" in answer.text


def test_a_version_shows_its_tests_limits_policies_and_ranges(quality):
    page = quality.open("/specifications/1").text

    for shown in ("Endotoxin", "Tests: post-thaw", "Shelf life of a fresh dose", "anti-HBc"):
        assert shown in page
    assert "From seeding to the first harvest, days" in page


def test_what_the_site_has_to_confirm_is_marked_once_a_line(quality):
    page = quality.open("/specifications/1").text

    asked = [row for row in SHIPPED.splitlines() if "to_confirm = true" in row and row[0] != "#"]
    assert page.count("to be confirmed by the site") == len(asked)


def test_every_limit_has_words_of_its_own():
    from lims.web.specification_words import LIMITS, POLICIES, RANGES
    from lims.workflows.specification_tables import POLICY
    from lims.workflows.specification_text import FORECAST_RANGES, LIMIT_UNITS

    assert set(LIMITS) == set(LIMIT_UNITS)
    assert set(POLICIES) == set(POLICY)
    assert set(RANGES) == set(FORECAST_RANGES)


def test_a_file_is_imported_as_a_draft(quality):
    file = (BytesIO(b"\xef\xbb\xbf" + STRICTER.encode()), "mine.toml")

    answer = quality.send("/specifications/import", {"file": file})

    assert answer.location == "/specifications/2"
    assert "draft" in quality.open("/specifications/2").text


def test_each_error_of_a_file_is_told_and_its_text_stays(quality):
    broken = SHIPPED.replace("days_to_read = 7", "days_to_read = 999").replace("= 18,", '= "x",')

    answer = quality.send("/specifications/import", {"file": (BytesIO(broken.encode()), "b.toml")})

    assert answer.status_code == 422
    assert "in_process_sterility, days_to_read: “999” is not allowed here" in answer.text
    assert "age_min_years, value: “x” is not allowed here" in answer.text
    assert "days_to_read = 999" in answer.text


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({}, "Choose a file, or paste its text below."),
        ({"file": (b"\xff\xfe\x00", "w.toml")}, "w.toml is not text in UTF-8."),
        ({"file": (b"#" * 200_001, "long.toml")}, "At most 200000 characters."),
        ({"text": "x" * 200_001}, "At most 200000 characters."),
    ],
)
def test_what_is_no_file_is_refused(quality, sent, sentence):
    given = {name: as_sent(value) for name, value in sent.items()}

    answer = quality.send("/specifications/import", given)

    assert answer.status_code == 422
    assert sentence in answer.text


def as_sent(value):
    return value if isinstance(value, str) else (BytesIO(value[0]), value[1])


def test_the_approver_sees_the_differences_and_signs(quality, draft):
    page = quality.open(f"{draft}/approve").text

    answer = quality.send(f"{draft}/approve", SIGNED)

    assert "Test viability_pct, limit: from &gt;= 80 to &gt;= 85." in page
    assert answer.status_code == 303
    assert "Наталья Жук" in quality.open(draft).text
    assert "changed since" not in quality.open(draft).text


def test_a_wrong_password_approves_nothing(quality, draft):
    answer = quality.send(f"{draft}/approve", {"signature-password": "not this one at all"})

    assert answer.status_code in (403, 422)
    assert "In force: MSC-adipose v1" in quality.open("/specifications/").text


def test_what_was_not_shown_is_not_approved(quality, draft):
    answer = quality.send(f"{draft}/approve", {"seen": "0" * 64, **SIGNED})

    assert answer.status_code == 409
    assert quality.send(f"{draft}/approve", SIGNED).status_code == 303


def test_a_draft_that_lacks_a_limit_says_so_and_offers_no_approval(quality):
    kept = [row for row in SHIPPED.splitlines() if not row.startswith("freeze_thaw_max")]
    answer = quality.send("/specifications/import", {"text": "\n".join(kept)})

    page = quality.open(answer.location).text

    assert "It cannot be approved yet" in page
    assert "freeze_thaw_max" in page
    assert f"{answer.location}/approve" not in page


def test_a_draft_is_withdrawn_with_a_reason(quality, draft):
    quality.send(f"{draft}/withdraw", {"reason": "a slip of the pen"})

    assert "retired" in quality.open(draft).text


def test_the_differences_of_two_versions_have_a_page(quality, draft):
    page = quality.open(f"{draft}/differences/1").text

    assert "From MSC-adipose v1 to MSC-adipose v2" in page
    assert "from &gt;= 80 to &gt;= 85" in page


def test_the_file_of_a_version_reads_back_the_same(quality):
    answer = quality.open("/specifications/1/file")

    assert "MSC-adipose-v1.toml" in answer.headers["Content-Disposition"]
    assert read_specification(answer.text) == read_specification(SHIPPED)


def test_the_source_of_a_version_is_the_file_as_imported(quality):
    assert quality.open("/specifications/1/source").text == SHIPPED


@pytest.mark.parametrize("address", ["/specifications/9", "/specifications/99999999999999999999"])
def test_a_version_that_is_not_there_is_told(quality, address):
    assert quality.open(address).status_code == 404


@pytest.mark.parametrize("login", ["technician", "physician", "auditor", "administrator"])
def test_only_quality_imports_and_approves(signed_in, login):
    visitor = signed_in(login)

    assert visitor.open("/specifications/import").status_code == 403
    assert visitor.open("/specifications/1/approve").status_code == 403


def test_a_physician_reads_the_limits_of_a_dose(signed_in):
    assert "Prescribed dose, least" in signed_in("physician").open("/specifications/1").text


def test_a_batch_stays_under_its_version_until_it_is_moved(quality, batch, approved):
    page = quality.open(f"/batches/{batch}/specification").text

    assert 'is judged by <a href="/specifications/1">' in page.replace("\n", "")
    assert batch in quality.open(f"{approved}/batches").text


def test_quality_moves_a_batch_with_the_differences_kept(quality, batch, approved):
    answer = quality.send(f"/batches/{batch}/specification", MOVED)

    page = quality.open(answer.location).text
    assert "Moved from MSC-adipose v1 to MSC-adipose v2" in page
    assert "from &gt;= 80 to &gt;= 85" in page
    assert "the new limit holds for it" in page
    assert batch not in quality.open(f"{approved}/batches").text


def test_a_batch_under_the_newest_version_offers_no_move(quality, batch):
    page = quality.open(f"/batches/{batch}/specification").text

    assert "There is no newer approved version" in page
    assert "Move the batch" not in page


def test_a_technician_sees_the_specification_of_a_batch_and_moves_nothing(
    signed_in, batch, approved
):
    page = signed_in("technician").open(f"/batches/{batch}/specification")

    assert page.status_code == 200
    assert "Move the batch" not in page.text


def test_a_draft_waits_on_the_first_page_of_quality(quality, draft):
    assert "Specifications to approve" in quality.open("/").text
