"""The pages of deviations, holds and corrections, as the lead and quality use them."""

import re

import pytest
from sqlalchemy import select

from lims.models.deviation import Deviation, DeviationStatus, Grade, Hold
from lims.models.isolation import Isolation
from lims.models.suspension import Suspension
from lims.models.user import User
from lims.web.current import new_key
from lims.workflows import deviations
from lims.workflows.codes import load
from tests.laboratory import PASSWORD, clinic
from tests.laboratory.treatment import treating

SIGNED = {"password-password": PASSWORD}


class Codes:
    """An isolation that is closed, its batch, and a deviation reported about it."""

    def __init__(self, treatment):
        room, session = treatment.room, treatment.session
        made = room.bench.isolate(clinic.course(session, "ivanova"), close=True)
        self.step, self.batch = made.made_by.code, made.batch.code
        self.deviation = deviations.report_deviation(
            session,
            title="The alarm rang",
            description="For a minute,\nat noon",
            subjects=[made.made_by],
            by=room.bench.technician,
        ).code


@pytest.fixture
def codes(database):
    with treating(database) as treatment:
        return Codes(treatment)


@pytest.fixture
def found(database):
    """The deviation as it is now."""

    def found(code):
        with database.reading() as session:
            return load(session, code, Deviation)

    return found


@pytest.fixture
def lead_code(database):
    with database.reading() as session:
        return session.scalars(select(User.code).where(User.login == "lead")).one()


def decided(visitor, code, act, **values):
    return visitor.send(f"/deviations/{code}/{act}", {"text": "looked at", **values})


def test_a_deviation_is_reported_about_what_was_scanned(signed_in, codes, database):
    answer = signed_in("technician").send(
        f"/deviations/report?about={codes.batch}",
        {"title": "A smell", "description": "Of plastic"},
        action="/deviations/report",
    )

    with database.reading() as session:
        told = session.scalars(select(Deviation).where(Deviation.title == "A smell")).one()
        assert answer.location == f"/deviations/{told.code}"
        assert [bool(row.batch_id) for row in told.subjects] == [True]


def test_a_physician_reports_and_goes_home(signed_in, codes):
    answer = signed_in("physician").send(
        "/deviations/report", {"title": "A smell", "description": "Of plastic"}
    )

    assert (answer.status_code, answer.location) == (303, "/")


def test_what_cannot_be_its_subject_is_refused_with_all_that_was_typed(signed_in, codes):
    answer = signed_in("technician").send(
        "/deviations/report", {"title": "A smell", "description": "-", "subjects": "US260000011"}
    )

    assert answer.status_code == 422
    assert 'value="A smell"' in answer.text
    assert "US260000011" in answer.text


def test_a_deviation_goes_its_way_by_the_buttons_of_its_page(signed_in, codes, lead_code, found):
    lead, qa, code = signed_in("lead"), signed_in("qa"), codes.deviation
    decided(lead, code, "classify", grade="major", owner=lead_code)
    decided(lead, code, "investigate")
    decided(lead, code, "propose")
    decided(qa, code, "approve", **SIGNED)
    decided(lead, code, "check-effect")

    answer = decided(qa, code, "close", **SIGNED)

    assert answer.status_code == 303, answer.text
    assert (found(code).status, found(code).grade) == (DeviationStatus.CLOSED, Grade.MAJOR)
    assert qa.open(f"/deviations/{code}").text.count("signed") == 2


def test_who_proposed_a_decision_is_told_who_goes_on(signed_in, codes, lead_code):
    lead, code = signed_in("lead"), codes.deviation
    decided(lead, code, "classify", grade="major", owner=lead_code)
    for act in ("investigate", "propose"):
        decided(lead, code, act)

    page = lead.open(f"/deviations/{code}").text

    assert "It waits for quality to approve the decision" in page
    assert "Investigate once more" in page
    assert 'class="btn primary"' not in page.partition("<main")[2]


def test_what_was_proposed_anew_since_the_page_was_shown_is_not_approved(
    signed_in, codes, lead_code, found
):
    lead, qa, code = signed_in("lead"), signed_in("qa"), codes.deviation
    decided(lead, code, "classify", grade="major", owner=lead_code)
    for act in ("investigate", "propose"):
        decided(lead, code, act)
    form = qa.form(f"/deviations/{code}/approve")
    for act in ("investigate", "propose"):
        decided(lead, code, act)

    answer = qa.post(form, {"text": "agreed", **SIGNED})

    assert (answer.status_code, found(code).status) == (409, DeviationStatus.PROPOSED)


def test_who_could_not_leave_it_to_another_to_close_is_not_offered_as_owner(signed_in, codes):
    page = signed_in("qa").open(f"/deviations/{codes.deviation}/classify").text

    assert "Андрей Коваленко</span>" in page
    assert "Наталья Жук</span>" not in page


def test_only_the_next_moves_are_offered(signed_in, codes):
    page = signed_in("qa").open(f"/deviations/{codes.deviation}").text

    assert f"/deviations/{codes.deviation}/classify" in page
    assert f"/deviations/{codes.deviation}/approve" not in page


def test_a_technician_sees_and_is_offered_nothing(signed_in, codes):
    technician = signed_in("technician")

    page = technician.open(f"/deviations/{codes.deviation}")

    assert page.status_code == 200
    assert "/classify" not in page.text
    assert technician.open(f"/deviations/{codes.deviation}/classify").status_code == 403


def test_a_move_without_words_is_refused(signed_in, codes, found):
    answer = signed_in("lead").send(f"/deviations/{codes.deviation}/classify", {"grade": "minor"})

    assert answer.status_code == 422
    assert found(codes.deviation).status is DeviationStatus.REPORTED


def test_a_wrong_password_decides_nothing(signed_in, codes, lead_code, found):
    lead, code = signed_in("lead"), codes.deviation
    decided(lead, code, "classify", grade="major", owner=lead_code)
    decided(lead, code, "investigate")
    decided(lead, code, "propose")

    answer = decided(signed_in("qa"), code, "approve", **{"password-password": "wrong"})

    assert answer.status_code >= 400
    assert "looked at</textarea>" in answer.text
    assert found(code).status is DeviationStatus.PROPOSED


def test_a_duplicate_leads_to_the_first_report(signed_in, codes, found):
    technician, lead = signed_in("technician"), signed_in("lead")
    again = technician.send("/deviations/report", {"title": "Again", "description": "-"})
    code = again.location.rpartition("/")[2]

    decided(lead, code, "duplicate", original=codes.deviation)

    assert found(code).status is DeviationStatus.DUPLICATE
    assert codes.deviation in lead.open(f"/deviations/{code}").text


@pytest.mark.parametrize(
    ("asked", "there"),
    [("", True), ("?q=alarm", True), ("?q=other", False), ("?status=closed", False)],
)
def test_the_list_is_narrowed(signed_in, codes, asked, there):
    assert (codes.deviation in signed_in("auditor").open(f"/deviations/{asked}").text) is there


def test_quality_finds_what_waits_on_the_first_page(signed_in, codes):
    qa = signed_in("qa")

    assert "Deviations to decide" in qa.open("/").text
    assert codes.deviation in qa.open("/deviations/waiting").text


def test_a_hold_is_put_and_lifted_with_a_signature(signed_in, codes, database):
    qa = signed_in("qa")
    qa.send("/holds/put", {"material": codes.batch, "kind": "hold", "reason": "100 % unsure"})
    listed = qa.open("/holds/").text
    with database.reading() as session:
        number = session.scalars(select(Hold.id)).one()

    answer = qa.send(f"/holds/{number}/lift", {"reason": "sure now", **SIGNED})

    assert codes.batch in listed
    assert "100 % unsure" in listed
    assert answer.status_code == 303, answer.text
    assert codes.batch not in qa.open("/holds/").text


def test_a_hold_is_lifted_once(signed_in, codes, database):
    qa = signed_in("qa")
    qa.send("/holds/put", {"material": codes.batch, "kind": "hold", "reason": "unsure"})
    with database.reading() as session:
        number = session.scalars(select(Hold.id)).one()
    form = qa.form(f"/holds/{number}/lift").filled({"reason": "sure", **SIGNED})
    qa.client.post(f"/holds/{number}/lift", data=form)

    again = qa.client.post(f"/holds/{number}/lift", data={**form, "key": [str(new_key())]})

    assert again.status_code == 409
    assert "It was lifted on" in again.text


def test_a_value_is_corrected_and_both_are_shown(signed_in, codes, database):
    lead = signed_in("lead")

    lead.send(f"/corrections/{codes.step}/enzyme_pct", {"value": "0,08", "reason": "misread"})

    page = lead.open(f"/corrections/{codes.step}").text
    assert "<del>0.075\u202f%</del> → 0.08\u202f%" in page
    assert "misread" in page
    with database.reading() as session:
        assert str(session.scalars(select(Isolation.enzyme_pct)).one()) == "0.080"


def test_a_corrected_value_of_a_container_names_it(signed_in, codes, database):
    lead = signed_in("lead")
    table = lead.open(f"/corrections/{codes.step}").text
    (address,) = re.findall(r'href="(/corrections/[^"]+/suspension/\d+/volume_ml)"', table)

    lead.send(address, {"value": "9", "reason": "misread"})

    with database.reading() as session:
        tube = session.scalars(select(Suspension.code)).one()
    for page in (f"/corrections/{codes.step}", f"/steps/{codes.step}"):
        assert f"<b>{tube} · volume</b>" in lead.open(page).text


@pytest.mark.parametrize("field", ["digestion_min", "performed_at", "comment", "digestion_c"])
def test_each_value_stands_in_its_form_as_it_was_recorded(signed_in, codes, field):
    page = signed_in("lead").open(f"/corrections/{codes.step}/{field}")

    assert page.status_code == 200


def test_a_value_that_was_changed_meanwhile_is_looked_at_again(signed_in, codes):
    lead, page = signed_in("lead"), f"/corrections/{codes.step}/washes"
    old = lead.form(page).filled({"value": "5", "reason": "misread"})
    lead.send(page, {"value": "4", "reason": "misread"})

    answer = lead.client.post(page, data=old)

    assert answer.status_code == 409
    assert 'value="5"' in answer.text


@pytest.mark.parametrize("field", ["patient_id", "status", "nonsense"])
def test_there_is_no_page_to_correct_what_is_not_corrected(signed_in, codes, field):
    assert signed_in("lead").open(f"/corrections/{codes.step}/{field}").status_code == 404


def test_nobody_but_the_lead_corrects(signed_in, codes):
    page = signed_in("qa").open(f"/corrections/{codes.step}")

    assert page.status_code == 200
    assert "Washes" in page.text
    assert f"/corrections/{codes.step}/washes" not in page.text
    assert "These values are corrected by: production lead." in page.text
