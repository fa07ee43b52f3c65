"""QC at a browser: aliquots by scan, tests asked, results entered, verified, approved, repeated."""

import re
from contextlib import closing
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select

from lims import clock
from lims.database import Recording
from lims.models.aliquot import Aliquot, QcTest, QcTestStatus
from lims.models.step import Step
from lims.models.suspension import Suspension
from lims.web.qc_forms import result_form
from lims.workflows import harvesting, qc_readings
from lims.workflows.lines import Line
from tests import laboratory
from tests.laboratory import PASSWORD, clinic, supplies
from tests.laboratory.cells import AtTheBench, planned
from tests.laboratory.quality import QcRoom


class Laboratory:
    """Cells of one patient filled into a dose and sampled; what is done here is committed."""

    def __init__(self, database):
        self.database = database
        self.session = Recording(database.engine, expire_on_commit=False)
        self.session.info.update(command="test", key="test", schema_revision="test")
        of = {login: laboratory.person(self.session, login) for login in laboratory.STAFF}
        bench = AtTheBench(self.session, of["technician"], of["lead"])
        self.room = QcRoom(self.session, bench, of["analyst"], of["keeper"], of["qa"])

    def begin(self):
        cells = self.room.cells(clinic.course(self.session, "ivanova"))
        (aliquot,) = self.room.sample(cells.batch, (cells, "0.5"))
        return self.done((cells.code, aliquot.code))

    def go_on(self, codes):
        self.cells, self.aliquot = (
            self.session.scalars(select(kind).where(kind.code == code)).one()
            for kind, code in zip((Suspension, Aliquot), codes, strict=True)
        )
        self.batch = self.done(self.cells.batch)

    def done(self, thing=None):
        self.session.commit()
        return thing

    def ask(self, line, what=None):
        """The code of a test of `line`, asked and committed."""
        return self.done(self.room.ask(what or self.aliquot, line)[0].code)

    def containers(self, code):
        """The codes of aliquots that a step gave out."""
        step = self.session.scalars(select(Step).where(Step.code == code)).one()
        return self.done(planned(self.session, step, "QC"))

    def test(self, code):
        self.session.expire_all()
        return self.session.scalars(select(QcTest).where(QcTest.code == code)).one()


def story(database, _stage):
    with closing((settled := Laboratory(database)).session):
        return settled.begin()


@pytest.fixture
def database(committed):
    return committed.database


@pytest.fixture
def house(committed):
    settled = Laboratory(committed.database)
    settled.go_on(committed.codes)
    yield settled
    settled.session.close()


@pytest.fixture
def viability(house):
    return house.ask("viability_pct")


@pytest.fixture
def entered(house, viability):
    house.room.enter(house.test(viability), "79,96")
    return house.done(viability)


@pytest.fixture
def verified(house, entered):
    house.room.verify(house.test(entered))
    return house.done(entered)


def test_an_aliquot_is_taken_by_two_scans(house, signed_in):
    bench = house.done(supplies.place(house.session, "bench").code)
    sitting = signed_in("technician")
    opened = sitting.send(
        f"/aliquots/from/{house.batch.code}",
        {"number": "1", "station": bench, "checker-login": "lead", "checker-password": PASSWORD},
    )
    step = opened.location.rsplit("/", 1)[1]

    (container,) = house.containers(step)

    sitting.send(f"/aliquots/record/{step}", drawn(house.cells, container, "0,5"))

    (taken,) = house.session.scalars(select(Aliquot).where(Aliquot.code == container))
    assert taken.volume_ml == Decimal("0.5")


def drawn(source, container, volume):
    """The two scans and the volume of the first row."""
    named = {"source": source.code, "container": container, "volume_ml": volume}
    return {f"drawn-0-{name}": value for name, value in named.items()}


def test_too_much_is_refused_and_what_was_typed_stays(house, signed_in):
    code = house.done(house.room.start(house.batch, 1).code)

    (container,) = house.containers(code)

    answer = signed_in("technician").send(
        f"/aliquots/record/{code}", drawn(house.cells, container, "50")
    )

    assert answer.status_code == 409
    assert "holds 4.5 mL" in answer.text
    assert 'value="50"' in answer.text


def test_material_of_another_patient_is_a_full_stop(house, signed_in):
    foreign = house.room.bench.isolate(clinic.course(house.session, "schmidt"))
    code = house.done(house.room.start(house.batch, 1).code)

    (container,) = house.containers(code)

    answer = signed_in("technician").send(
        f"/aliquots/record/{code}", drawn(foreign, container, "1")
    )

    assert answer.status_code == 409
    assert "STOP: two patients" in answer.text


def test_an_aliquot_is_taken_within_the_harvest(house, signed_in):
    vessels = house.room.bench.first_passage(clinic.course(house.session, "schmidt"))
    step = harvesting.start_harvest(
        house.session, vessels, aliquots=1, **house.room.bench.opening()
    )
    (container,) = house.containers(house.done(step.code))

    answer = signed_in("technician").send(
        f"/aliquots/take/{step.code}",
        {"source": vessels[0].code, "container": container, "volume_ml": "2"},
    )

    assert answer.status_code == 303
    assert signed_in("technician").open(f"/aliquots/{container}").status_code == 200


def test_a_closed_step_leads_to_a_sampling_step_instead(house, signed_in):
    step = house.done(house.cells.made_by.code)
    page = signed_in("technician").open(f"/aliquots/take/{step}").text

    assert f'href="/aliquots/from/{house.batch.code}"' in page


def test_cells_of_p0_are_told_why_they_have_no_doublings(house, signed_in):
    page = signed_in("technician").open(f"/suspensions/{house.cells.code}").text

    assert "P0 adds none" in page


def test_the_page_of_a_step_writes_numbers_of_cells_in_one_way(house, signed_in):
    step = house.done(house.aliquot.step.code)
    page = signed_in("technician").open(f"/steps/{step}").text

    assert "8\u202f500\u202f000 cells" in page
    assert "\u202f×\u202f10" not in page


def test_who_takes_an_aliquot_in_a_harvest_reads_that_the_medium_is_asked_for(house, signed_in):
    vessels = house.room.bench.first_passage(clinic.course(house.session, "schmidt"))
    step = harvesting.start_harvest(
        house.session, vessels, aliquots=None, **house.room.bench.opening()
    )
    code = house.done(step.code)

    page = signed_in("technician").open(f"/aliquots/take/{code}").text

    assert "Spent medium: scan the vessel it was in." in page
    assert vessels[0].code in page


def test_no_container_of_an_aliquot_is_filled_in_before_it_is_scanned(house, signed_in):
    vessels = house.room.bench.first_passage(clinic.course(house.session, "schmidt"))
    step = harvesting.start_harvest(
        house.session, vessels, aliquots=1, **house.room.bench.opening()
    )
    code = house.done(step.code)

    form = signed_in("technician").form(f"/aliquots/take/{code}")

    assert dict(form.fields)["container"] == ""


def ticked(person, page):
    form = person.form(page)
    return {value for name, value in form.fields if name == "lines"}, form.choices["lines"]


def test_of_a_harvest_its_own_line_is_ticked_and_the_release_is_offered(house, signed_in):
    chosen, offered = ticked(signed_in("analyst"), f"/aliquots/{house.aliquot.code}/tests")

    assert chosen == {"harvest_viability_pct"}
    assert "mycoplasma" in offered


def test_of_cells_that_were_filled_the_tests_a_release_needs_are_ticked(house, signed_in):
    house.done(house.room.fill(house.cells, "3"))
    chosen, offered = ticked(signed_in("analyst"), f"/aliquots/{house.aliquot.code}/tests")

    assert "mycoplasma" in chosen
    assert "harvest_viability_pct" in set(offered) - chosen


def test_an_aliquot_of_which_nothing_is_asked_waits_for_the_analyst(house, signed_in):
    code, analyst = house.aliquot.code, signed_in("analyst")
    assert re.search(rf"Say what is tested.*{code}", analyst.open("/").text, re.DOTALL)
    assert code in analyst.open("/aliquots/without-a-test").text

    analyst.send(f"/aliquots/{code}/tests", {"lines": ["mycoplasma"]})
    analyst.open("/")  # where what was done is told

    assert code not in analyst.open("/aliquots/without-a-test").text


def test_chosen_tests_are_asked(house, signed_in):
    answer = signed_in("analyst").send(
        f"/aliquots/{house.aliquot.code}/tests", {"lines": ["mycoplasma", "cd73_pct"]}
    )

    shown = signed_in("analyst").open(answer.location).text
    assert "Mycoplasma" in shown
    assert "Identity: CD73" in shown


def test_a_test_that_is_not_offered_is_refused(house, signed_in):
    answer = signed_in("analyst").send(
        f"/aliquots/{house.aliquot.code}/tests", {"lines": ["tissue_sterility"]}
    )

    assert answer.status_code == 422
    assert "Choose among those offered." in answer.text


def test_a_fill_itself_is_tested(house, signed_in):
    fill = house.done(house.room.fill(house.cells, "3").code)

    answer = signed_in("analyst").send(f"/qc/fills/{fill}", {"lines": ["appearance"]})

    assert answer.status_code == 303
    assert "Appearance, container integrity" in signed_in("analyst").open("/qc/to-test").text


def test_the_page_of_a_fill_says_how_much_is_open(house, signed_in):
    fill = house.done(house.room.fill(house.cells, "3").code)

    page = signed_in("qa").open(f"/fills/{fill}").text

    assert re.search(
        r"<p class=\"big\">\d+ things are (not as usual|open before a release)</p>", page
    )
    assert f'<h1>Fill <span class="code">{fill}</span></h1>' in page
    assert "Everything is as usual" not in page


def test_the_share_of_the_prescribed_cells_is_proposed(house, signed_in):
    fill = house.room.fill(house.cells, "3")
    test = house.ask("dose_pct_of_prescribed", fill)

    assert ("result", "102") in signed_in("analyst").form(f"/qc/{test}/result").fields


def test_a_result_is_entered_with_its_comma(house, viability, signed_in):
    signed_in("analyst").send(f"/qc/{viability}/result", {"result": "79,96"})

    page = signed_in("analyst").open(f"/qc/{viability}").text
    assert "<b>79.96</b>" in page
    assert "80.0" in page
    assert "79.96" in page
    assert "fail" in page


def test_a_unit_typed_with_the_result_is_not_written_twice(house, viability, signed_in):
    signed_in("analyst").send(f"/qc/{viability}/result", {"result": "79,96 %"})

    page = signed_in("keeper").open(f"/qc/of/{house.aliquot.code}/verify").text
    words = " ".join(re.sub("<[^>]+>", " ", page).split())

    assert "79.96 %" in words
    assert "% %" not in words


def test_the_method_stands_in_the_readers_language_and_is_kept_as_the_line_has_it(
    house, viability, signed_in
):
    analyst, page = signed_in("analyst"), f"/qc/{viability}/result"
    analyst.send("/account", {"language": "ru"}, action="/account/language")

    proposed = dict(analyst.form(page).fields)["method"]
    analyst.send(page, {"result": "96"})

    assert proposed == "ядерный краситель, два повтора"
    assert [row.method for row in house.test(viability).results] == [
        "nuclear stain, two replicates"
    ]


def test_a_method_typed_otherwise_is_kept_as_typed(house, viability, signed_in):
    page = f"/qc/{viability}/result"

    signed_in("analyst").send(page, {"result": "96", "method": "трипановый синий"})

    assert [row.method for row in house.test(viability).results] == ["трипановый синий"]


@pytest.mark.parametrize("typed", ["104", "many", "", "1" * 41])
def test_what_cannot_be_is_refused_and_stays_typed(house, viability, signed_in, typed):
    answer = signed_in("analyst").send(f"/qc/{viability}/result", {"result": typed})

    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.text
    assert house.test(viability).results == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("mycoplasma", ["negative", "positive"]),
        ("gram_stain", ["no organisms", "organisms seen"]),
    ],
)
def test_a_word_is_chosen(house, signed_in, line, words):
    form = signed_in("analyst").form(f"/qc/{house.ask(line)}/result")

    assert form.choices["result"] == words


def test_the_day_is_asked_where_the_specification_tells_the_days():
    line = Line(code="sterility", limit="no growth", method="compendial", days_to_read=14)

    assert "days_read" in dir(result_form(line, correcting=False))


def test_the_spike_is_asked_where_the_line_has_bounds(house, signed_in):
    test = house.ask("endotoxin_eu_ml")

    answer = signed_in("analyst").send(f"/qc/{test}/result", {"result": "<0,05"})

    assert answer.status_code == 422
    assert "Fill this in." in answer.text


def test_each_member_of_a_group_has_its_field(house, signed_in):
    test = house.ask("cd14_or_cd11b_pct")

    answer = signed_in("analyst").send(f"/qc/{test}/result", {"member_cd11b_pct": "1,1"})

    assert answer.status_code == 303
    assert [row.member for row in house.test(test).results] == ["cd11b_pct"]


def test_a_member_of_a_group_is_called_by_its_name(house, signed_in):
    test = house.ask("cd14_or_cd11b_pct")
    signed_in("analyst").send(f"/qc/{test}/result", {"member_cd11b_pct": "1,1"})

    pages = [signed_in("keeper").open(page).text for page in (f"/qc/{test}", "/qc/to-verify")]
    assert "CD11b</span>" in pages[0]
    assert "CD11b: 1.1" in pages[1]
    assert "cd11b_pct" not in "".join(pages)


def test_a_culture_is_started_read_and_read_again(house, signed_in):
    fill = house.room.fill(house.cells, "3")
    (aliquot,) = house.room.sample(house.batch, (fill.doses[0], "0.2"))
    test = house.ask("sterility", aliquot)
    signed_in("analyst").send(f"/qc/{test}/start", {})

    with time_machine.travel(clock.now() + timedelta(days=14)):
        assert test in signed_in("analyst").open("/qc/due").text
        form = signed_in("analyst").form(f"/qc/{test}/result")
        assert ("days_read", "14") in form.fields
        signed_in("analyst").send(f"/qc/{test}/result", {"result": "no growth"})

    assert house.test(test).status == "entered"


@pytest.mark.parametrize(
    ("after", "day", "marked", "unmarked"),
    [
        (14, "7", ["day 7 of 14", "entered as read 14 days after it was begun"], ["days late"]),
        (16, "16", ["day 16 of 14", "2 days late"], ["entered as read"]),
        (14, "14", ["day 14 of 14"], ["days late", "entered as read"]),
    ],
)
def test_a_culture_read_on_another_day_than_its_own_is_marked(
    house, signed_in, after, day, marked, unmarked
):
    fill = house.room.fill(house.cells, "3")
    (aliquot,) = house.room.sample(house.batch, (fill.doses[0], "0.2"))
    test = house.ask("sterility", aliquot)
    signed_in("analyst").send(f"/qc/{test}/start", {})
    with time_machine.travel(clock.now() + timedelta(days=after)):
        values = {"result": "no growth", "days_read": day}
        signed_in("analyst").send(f"/qc/{test}/result", values)

        page = re.sub(r"\s+", " ", signed_in("analyst").open(f"/qc/{test}").text)

    assert all(each in page for each in marked)
    assert not any(each in page for each in unmarked)


def test_a_test_is_sent_outside(house, viability, signed_in):
    signed_in("analyst").send(f"/qc/{viability}/send", {"laboratory": "City laboratory 3"})

    assert "City laboratory 3" in signed_in("analyst").open(f"/qc/{viability}").text


def test_a_correction_keeps_the_old_result_in_sight(entered, signed_in):
    answer = signed_in("analyst").send(
        f"/qc/{entered}/correct", {"result": "97,96", "reason": "digits swapped"}
    )

    shown = signed_in("analyst").open(answer.location).text
    assert "<s>79.96</s>" in shown
    assert "digits swapped" in shown


def test_verifying_shows_what_is_signed_and_asks_the_password(entered, signed_in):
    page = signed_in("keeper").open(f"/qc/{entered}/verify").text

    assert "What you sign" in page
    assert "79.96" in page
    answer = signed_in("keeper").send(f"/qc/{entered}/verify", {"signature-password": "wrong"})
    assert answer.status_code == 422


def test_a_failing_result_is_verified_and_investigated(entered, signed_in):
    keeper = signed_in("keeper")

    answer = keeper.send(f"/qc/{entered}/verify", {"signature-password": PASSWORD})

    shown = keeper.open(answer.location).text
    assert "Result out of specification" in shown
    assert "Пётр Ўладыка" in shown
    deviation = re.search(r"DV\d{8}\w", shown).group()
    assert "\u2265 80" in signed_in("qa").open(f"/deviations/{deviation}").text


def test_what_was_corrected_meanwhile_is_not_signed(house, entered, signed_in):
    keeper = signed_in("keeper")
    form = keeper.form(f"/qc/{entered}/verify")
    signed_in("analyst").send(f"/qc/{entered}/correct", {"result": "97,96", "reason": "swapped"})

    answer = keeper.post(form, {"signature-password": PASSWORD})

    assert answer.status_code == 409
    assert "97.96" in answer.text


def test_quality_approves(verified, signed_in):
    quality = signed_in("qa")

    answer = quality.send(f"/qc/{verified}/approve", {"signature-password": PASSWORD})

    assert "approved" in quality.open(answer.location).text


def test_quality_sends_back(house, verified, signed_in):
    signed_in("qa").send(f"/qc/{verified}/send-back", {"reason": "which lot of stain?"})

    assert house.test(verified).status == "entered"


def test_an_invalid_test_leads_to_its_repeat(house, entered, signed_in):
    quality = signed_in("qa")

    answer = quality.send(
        f"/qc/{entered}/invalidate",
        {"reason": "counter not calibrated", "signature-password": PASSWORD},
    )

    repeat = answer.location.rsplit("/", 1)[1]
    assert repeat != entered
    assert entered in quality.open(f"/qc/{repeat}").text
    assert repeat in quality.open(f"/qc/{entered}").text


def test_a_failing_approved_result_is_not_superseded(house, verified, signed_in):
    house.room.approve(house.test(verified))
    house.done()

    answer = signed_in("qa").send(
        f"/qc/{verified}/supersede", {"reason": "once more", "signature-password": PASSWORD}
    )

    assert answer.status_code == 409
    assert "approved an investigation" in answer.text


@pytest.mark.parametrize(
    ("login", "act", "offered"),
    [
        ("analyst", "verify", False),
        ("keeper", "verify", True),
        ("technician", "verify", False),
        ("analyst", "correct", True),
        ("qa", "invalidate", True),
        ("qa", "approve", False),
    ],
)
def test_only_what_would_not_be_refused_is_offered(entered, signed_in, login, act, offered):
    assert (f"/qc/{entered}/{act}" in signed_in(login).open(f"/qc/{entered}").text) is offered


@pytest.mark.parametrize(
    ("login", "queue"),
    [("analyst", "Tests to begin"), ("keeper", "Results to verify"), ("qa", "Results to approve")],
)
def test_today_shows_what_waits(house, signed_in, login, queue):
    assert queue in signed_in(login).open("/").text


def test_a_scan_opens_the_aliquot_and_the_test(house, viability, signed_in):
    analyst = signed_in("analyst")

    for code in (house.aliquot.code, viability):
        answer = analyst.client.post(
            "/scan", data={**dict(analyst.form("/qc/", "/scan").fields), "code": code}
        )
        assert code in answer.location


@pytest.fixture
def two_entered(house):
    """The codes of two entered results of one aliquot."""
    tests = [house.room.ask(house.aliquot, line)[0] for line in ("viability_pct", "gram_stain")]
    for test, text in zip(tests, ("96", "no organisms"), strict=True):
        house.room.enter(test, text)
    return house.done([test.code for test in tests])


@pytest.mark.parametrize(("login", "act"), [("keeper", "verify"), ("qa", "approve")])
def test_the_results_of_an_aliquot_are_signed_one_by_one_with_one_password(
    house, two_entered, signed_in, login, act
):
    if act == "approve":
        for code in two_entered:
            house.room.verify(house.test(code))
        house.done()

    signed_in(login).send(f"/qc/of/{house.aliquot.code}/{act}", {"signature-password": PASSWORD})

    for code in two_entered:
        made = qc_readings.signatures(house.session, house.test(code))
        assert made[-1].subject_code == code
        assert made[-1].printed_name == laboratory.STAFF[login][0]


def test_what_is_signed_together_is_one_table_with_the_shared_facts_once(
    house, two_entered, signed_in
):
    page = signed_in("keeper").open(f"/qc/of/{house.aliquot.code}/verify").text

    signed = page.split("What you sign")[1]
    assert signed.count("<table>") == 1
    assert signed.count(house.batch.code) == 2  # a link and its text
    assert all(f"/qc/{code}" in signed for code in two_entered)


def test_a_result_corrected_meanwhile_stops_all_of_them(house, two_entered, signed_in):
    keeper = signed_in("keeper")
    form = keeper.form(f"/qc/of/{house.aliquot.code}/verify")
    sent = form.filled({"signature-password": PASSWORD, "seen": f"{two_entered[0]}=older"})

    answer = keeper.client.post(form.action, data=sent)

    assert answer.status_code == 409
    assert house.test(two_entered[0]).status == QcTestStatus.ENTERED


def test_who_read_a_result_is_not_offered_to_verify_it(house, entered, signed_in):
    page = signed_in("analyst").open(f"/qc/of/{house.aliquot.code}/verify").text

    assert "No result here waits for your signature" in page


@pytest.fixture
def two_asked(house):
    return [house.ask("viability_pct"), house.ask("mycoplasma")]


def begun(codes, house, **instead):
    return {"aliquot": house.aliquot.code, "tests": codes} | instead


def test_the_tests_of_an_aliquot_are_begun_together_once_it_is_scanned(house, two_asked, signed_in):
    analyst, page = signed_in("analyst"), f"/qc/of/{house.aliquot.code}/begin"
    assert f'href="{page}"' in analyst.open("/").text

    answer = analyst.send(page, begun(two_asked, house))

    assert answer.location == f"/aliquots/{house.aliquot.code}"
    assert {house.test(code).status for code in two_asked} == {QcTestStatus.RUNNING}
    assert "No test of this aliquot waits" in analyst.open(page).text


def test_an_aliquot_scanned_where_its_test_waits_opens_what_it_waits_for(
    house, two_asked, signed_in
):
    aliquot, analyst = house.aliquot.code, signed_in("analyst")
    assert analyst.scan(aliquot, "/")["address"] == f"/qc/of/{aliquot}/begin"

    analyst.send(f"/qc/of/{aliquot}/begin", begun(two_asked, house))

    with time_machine.travel(clock.now() + timedelta(days=40)):
        opened = signed_in("analyst").scan(aliquot, "/")
    assert opened["address"] == f"/qc/of/{aliquot}/results"
    assert not opened["again"]


def test_only_those_ticked_are_begun(house, two_asked, signed_in):
    page = f"/qc/of/{house.aliquot.code}/begin"
    signed_in("analyst").send(page, begun(two_asked[1:], house))

    statuses = [house.test(code).status for code in two_asked]
    assert statuses == [QcTestStatus.SAMPLED, QcTestStatus.RUNNING]


def test_with_another_aliquot_in_hand_nothing_is_begun(house, two_asked, signed_in):
    (other,) = house.room.sample(house.batch, (house.cells, "0.1"))
    house.done()
    page = f"/qc/of/{house.aliquot.code}/begin"
    answer = signed_in("analyst").send(page, begun(two_asked, house, aliquot=other.code))

    assert answer.status_code == 409
    assert f"{other.code} was scanned; the tests on this page" in answer.text
    assert {house.test(code).status for code in two_asked} == {QcTestStatus.SAMPLED}


def test_who_enters_no_results_is_not_offered_to_begin_them(house, two_asked, signed_in):
    assert "/begin" not in signed_in("technician").open(f"/aliquots/{house.aliquot.code}").text


def typed_in(house, codes, *texts):
    """Results as rows of the page of the aliquot."""
    page = f"/qc/of/{house.aliquot.code}/results"
    return page, {f"{code}-result": text for code, text in zip(codes, texts, strict=True)}


def test_the_results_of_an_aliquot_are_entered_on_one_page(house, two_asked, signed_in):
    analyst, (page, rows) = signed_in("analyst"), typed_in(house, two_asked, "96,4", "negative")
    assert f'href="{page}"' in analyst.open(f"/aliquots/{house.aliquot.code}").text

    answer = analyst.send(page, rows)

    assert answer.location == f"/aliquots/{house.aliquot.code}"
    found = [house.test(code).results for code in two_asked]
    assert [[row.entered for row in rows] for rows in found] == [["96,4"], ["negative"]]
    assert {row.analyst.full_name for rows in found for row in rows} == {
        laboratory.STAFF["analyst"][0]
    }


def test_a_result_that_is_refused_loses_nothing_of_the_others(house, two_asked, signed_in):
    page, rows = typed_in(house, two_asked, "140", "negative")

    answer = signed_in("analyst").send(page, rows)

    assert answer.status_code == 422
    assert [house.test(code).status for code in two_asked] == [
        QcTestStatus.SAMPLED, QcTestStatus.ENTERED,
    ]  # fmt: skip
    assert 'value="140"' in answer.text
    assert f"{two_asked[1]}-result" not in answer.text
    assert "it lies outside" in answer.text


def test_a_test_without_a_result_stays_open(house, two_asked, signed_in):
    page, rows = typed_in(house, two_asked[:1], "96")

    signed_in("analyst").send(page, rows)

    assert house.test(two_asked[1]).status is QcTestStatus.SAMPLED


def test_the_tests_of_a_fill_are_entered_and_verified_together(house, signed_in):
    fill = house.room.fill(house.cells, "3")
    tests = house.done([each.code for each in house.room.ask(fill, "appearance", "label_identity")])
    assert f'href="/qc/of/{fill.code}/results"' in signed_in("analyst").open("/").text

    conforms = {f"{code}-result": "conforms" for code in tests}
    signed_in("analyst").send(f"/qc/of/{fill.code}/results", conforms)
    keeper = signed_in("keeper")
    assert f'href="/qc/of/{fill.code}/verify"' in keeper.open("/").text
    assert f'href="/qc/of/{fill.code}/verify"' in keeper.open(f"/fills/{fill.code}").text
    keeper.send(f"/qc/of/{fill.code}/verify", {"signature-password": PASSWORD})

    assert {house.test(code).status for code in tests} == {QcTestStatus.VERIFIED}


def test_who_entered_a_result_is_told_where_it_is_entered_again(house, entered, signed_in):
    page = signed_in("analyst").open(f"/qc/{entered}/result").text

    assert f"{laboratory.STAFF['analyst'][0]} entered this result" in page
    assert f'href="/qc/{entered}/correct"' in page
    assert 'name="result"' not in page


@pytest.mark.parametrize(("typed", "told"), [("97", False), ("79.96", True)])
def test_what_is_rounded_is_told_where_it_is_another_number(
    house, viability, signed_in, typed, told
):
    house.room.enter(house.test(viability), typed)
    house.done()

    page = signed_in("keeper").open(f"/qc/of/{house.aliquot.code}/verify").text

    assert ("for the eye alone" in page) is told
