"""Culture at a browser: scans, one number, done; what is refused stays typed and is remembered."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from PIL import Image
from sqlalchemy import select

from lims import clock
from lims.models.command_run import Refusal
from lims.models.culture import StepVessel
from lims.models.step import LineClearance, Step, StepStatus
from lims.models.step_file import StepPhoto
from lims.models.suspension import Suspension, SuspensionStatus
from lims.models.vessel import Vessel, VesselStatus
from lims.workflows import containers, densities, labelling
from lims.workflows.codes import find, load
from tests import laboratory
from tests.laboratory import PASSWORD, STAFF, clinic, supplies, working
from tests.laboratory.cells import NONE_SCANNED, AtTheBench, counted, given_out, planned
from tests.laboratory.treatment import treating
from tests.web.badges import PIN, switch
from tests.web.test_drafts import keep

CHECKED = {"checker-login": "lead", "checker-password": PASSWORD}


def story(database, _stage):
    """Two P1 vessels of one patient are in culture."""
    return growing(database, "ivanova")


def growing(database, name):
    with working(database) as session:
        people = (laboratory.person(session, login) for login in ("technician", "lead"))
        bench = AtTheBench(session, *people)
        made = bench.second_passage(clinic.course(session, name), vessels=2)
        return [vessel.code for vessel in made]


@pytest.fixture
def database(committed):
    return committed.database


@pytest.fixture
def in_culture(committed):
    """`in_culture("schmidt")` gives P1 vessels of that patient in culture; their codes."""

    def asked(name="ivanova"):
        return committed.codes if name == "ivanova" else growing(committed.database, name)

    return asked


@pytest.fixture
def codes(database):
    """Codes of places by their well-known names."""
    with database.reading() as session:
        return {name: supplies.place(session, name).code for name in supplies.PLACES}


@pytest.fixture
def technician_at_browser(signed_in):
    return signed_in("technician")


@pytest.fixture
def found(database):
    """`found(Vessel, code)` is the record as it is stored now."""

    def looked_up(model, code):
        with database.reading() as session:
            return session.scalars(select(model).where(model.code == code)).one()

    return looked_up


def newest_step(database):
    with database.reading() as session:
        return session.scalars(select(Step).order_by(Step.id.desc()).limit(1)).one()


def open_step(person, database, address, vessels, codes, **more):
    values = {"vessels": "\n".join(vessels), "station": codes["bench"], **CHECKED, **more}
    answer = person.send(address, values)
    assert answer.status_code == 303, answer.text
    return newest_step(database)


def test_vessels_are_moved_by_two_scans(technician_at_browser, in_culture, codes, found):
    vessels = in_culture()

    answer = technician_at_browser.send(
        "/vessels/move", {"vessels": "\n".join(vessels), "shelf": codes["third_shelf"]}
    )

    assert answer.status_code == 303
    page = technician_at_browser.open(f"/vessels/{vessels[0]}").text
    assert "Incubator B, shelf 1" in page


@pytest.mark.parametrize("page", ["/", "/culture/", "/calendar/"])
def test_a_vessel_due_for_a_feed_opens_that_where_it_is_scanned_on_what_is_due(
    signed_in, in_culture, page
):
    with time_machine.travel(clock.now() + timedelta(days=5)):
        opened = signed_in("technician").scan(in_culture()[0], page)

    assert opened["address"].startswith("/culture/feed?code=BA")
    assert opened["again"], "the form takes the vessel that was scanned"


def test_a_vessel_full_enough_for_a_passage_opens_its_harvest(technician_at_browser, in_culture):
    vessels = in_culture()
    seen = {"vessels": "\n".join(vessels), "confluence_pct": "95"}
    technician_at_browser.send("/vessels/observe", seen)

    opened = technician_at_browser.scan(vessels[0], "/culture/")

    assert opened["address"].startswith("/culture/harvest?code=BA")


def test_a_vessel_that_waits_for_nothing_or_is_scanned_elsewhere_opens_its_page(
    technician_at_browser, in_culture, signed_in
):
    vessel = in_culture()[0]

    assert technician_at_browser.scan(vessel, "/culture/")["address"] == f"/vessels/{vessel}"
    with time_machine.travel(clock.now() + timedelta(days=5)):
        opened = signed_in("technician").scan(vessel, "/batches/")
    assert opened["address"] == f"/vessels/{vessel}"


def test_one_number_is_the_confluence_of_all_scanned(technician_at_browser, in_culture, database):
    vessels = in_culture()

    technician_at_browser.send(
        "/vessels/observe", {"vessels": "\n".join(vessels), "confluence_pct": "72,5"}
    )

    page = technician_at_browser.open(f"/vessels/{vessels[1]}").text
    assert "73" in page
    with database.reading() as session:
        seen = session.scalars(select(StepVessel.confluence_pct).order_by(StepVessel.id.desc()))
        assert [float(each) for each in list(seen)[:2]] == [72.5, 72.5]


def test_a_photograph_is_shown_as_it_was_taken(technician_at_browser, in_culture, database):
    vessel = in_culture()[0]
    picture = BytesIO()
    Image.new("RGB", (8, 8), "#a33").save(picture, "PNG")
    form = technician_at_browser.form("/vessels/observe")

    technician_at_browser.client.post(
        form.action,
        data={
            **form.filled({"vessels": vessel}),
            "pictures": (BytesIO(picture.getvalue()), "seen.png"),
        },
    )

    with database.reading() as session:
        number = session.scalars(select(StepPhoto.id)).one()
    address = f"/vessels/{vessel}/photos/{number}"
    answer = technician_at_browser.open(address)
    assert (answer.mimetype, answer.data) == ("image/png", picture.getvalue())
    page = technician_at_browser.open(f"/steps/{newest_step(database).code}").text
    assert f'src="{address}"' in page


def test_once_a_reason_is_needed_its_field_says_so_and_no_longer_may_stay_empty(
    technician_at_browser, in_culture
):
    vessels = in_culture()
    look = {"vessels": vessels[0], "confluence_pct": "60", "performed_at": "01.01.2026 10:00"}

    answer = technician_at_browser.send("/vessels/observe", look)

    label, field = re.search(
        r"<label[^>]*>(Why it is entered late.*?)</label>(.*?)<textarea", answer.text, re.DOTALL
    ).groups()
    assert answer.status_code == 422
    assert "(may stay empty)" not in label
    assert "minutes later: say why" in field


def test_a_look_at_nothing_keeps_what_was_scanned(technician_at_browser, in_culture):
    vessel = in_culture()[0]

    answer = technician_at_browser.send("/vessels/observe", {"vessels": vessel})

    assert answer.status_code == 422
    assert vessel in answer.text
    assert "Give the confluence" in answer.text


def test_two_patients_on_one_form_stop_the_screen_and_are_remembered(
    technician_at_browser, in_culture, codes, database
):
    vessels = [*in_culture(), *in_culture("schmidt")]

    answer = technician_at_browser.send(
        "/vessels/move", {"vessels": "\n".join(vessels), "shelf": codes["third_shelf"]}
    )

    assert answer.status_code == 409
    assert "STOP: two patients" in answer.text
    with database.reading() as session:
        refusal = session.scalars(select(Refusal)).one()
        assert (refusal.error, refusal.subject_code) == ("Mismatch", vessels[2])


def test_what_a_colleague_performed_is_told_to_be_confirmed_before_it_is_closed(
    technician_at_browser, in_culture, codes, database
):
    vessels = in_culture()
    step = open_step(technician_at_browser, database, "/culture/feed", vessels, codes)
    told = {"vessels": "\n".join(vessels), "medium_ml": "25", "performer-login": "lead"}

    technician_at_browser.send(f"/culture/feedings/{step.code}", {**told, "comment": "so it was"})

    page = technician_at_browser.open(f"/steps/{step.code}").text
    assert "confirms it before the step closes" in page
    assert "Close the step." not in page


def test_vessels_are_fed_at_a_cleared_bench(
    technician_at_browser, in_culture, codes, database, found
):
    vessels = in_culture()
    step = open_step(technician_at_browser, database, "/culture/feed", vessels, codes)

    answer = technician_at_browser.send(
        f"/culture/feedings/{step.code}",
        {
            "vessels": "\n".join(vessels),
            "medium_ml": "25",
            "cabinet": device(database, "cabinet"),
            "medium": lot(database, "complete_medium"),
        },
    )

    assert answer.status_code == 303
    assert found(Step, step.code).status is StepStatus.RECORDED
    with database.reading() as session:
        fed = load(session, step.code, Step)
        assert (len(fed.lots), len(fed.equipment)) == (1, 1)
    assert "25" in technician_at_browser.open(f"/vessels/{vessels[0]}").text


@pytest.mark.parametrize("page", ["/culture/feed", "/vessels/observe", "/vessels/move"])
def test_from_its_batch_an_act_on_vessels_says_what_to_fetch_and_from_where(
    technician_at_browser, in_culture, database, page
):
    vessels = in_culture()
    with database.reading() as session:
        vessel = load(session, vessels[0], Vessel)
        batch, shelf = vessel.batch, vessel.standing.place.name
        asked = f"{page}?code={batch.code}"
        assert f'href="{asked}"' in technician_at_browser.open(f"/batches/{batch.code}").text
        text = technician_at_browser.open(asked).text
        assert batch.patient.full_name in text.split("<main")[0]

    fetched = text.split("To be fetched")[1].split("<form")[0]
    assert all(code in fetched for code in vessels)
    assert shelf in fetched


def test_no_medium_comes_out_of_what_is_counted_in_pieces(
    technician_at_browser, in_culture, codes, database
):
    vessels = in_culture()
    step = open_step(technician_at_browser, database, "/culture/feed", vessels, codes)
    flasks = lot(database, "flask")

    answer = technician_at_browser.send(
        f"/culture/feedings/{step.code}",
        {"vessels": "\n".join(vessels), "medium_ml": "25", "medium": flasks},
    )

    assert answer.status_code == 422
    assert "is no liquid" in answer.text


def test_a_feeding_asks_for_the_cabinet_where_the_bench_alone_was_scanned(
    technician_at_browser, in_culture, codes, database
):
    vessels = in_culture()
    step = open_step(technician_at_browser, database, "/culture/feed", vessels, codes)

    page = technician_at_browser.open(f"/culture/feedings/{step.code}").text

    assert re.search(rf'data-takes="step {step.code}"[^>]* name="cabinet"', page)
    assert re.search(r'name="cabinet"[^>]* required', page)
    assert re.search(r'name="medium"[^>]* required', page)


def test_a_feeding_at_a_cabinet_that_was_scanned_asks_for_its_medium_alone(
    technician_at_browser, in_culture, codes, database
):
    vessels, cabinet = in_culture(), {"station": device(database, "cabinet")}
    step = open_step(technician_at_browser, database, "/culture/feed", vessels, codes, **cabinet)

    page = technician_at_browser.open(f"/culture/feedings/{step.code}").text

    assert 'name="cabinet"' not in page
    assert re.search(r'name="medium"[^>]* required', page)


def device(database, name):
    with database.reading() as session:
        return supplies.equipment(session, name).code


def lot(database, name):
    with database.reading() as session:
        return supplies.lot(session, name).code


@pytest.mark.parametrize(("act", "record"), [("feed", "feedings"), ("harvest", "harvests")])
def test_the_vessels_scanned_when_a_step_was_opened_are_not_asked_for_again(
    technician_at_browser, in_culture, codes, database, act, record
):
    vessels = in_culture()
    step = open_step(technician_at_browser, database, f"/culture/{act}", vessels, codes)

    page = technician_at_browser.open(f"/culture/{record}/{step.code}")

    assert "\n".join(vessels) in page.text.replace("\r", "")


def test_a_bench_is_not_opened_without_a_second_person(technician_at_browser, in_culture, codes):
    values = {"vessels": in_culture()[0], "station": codes["bench"]}

    answer = technician_at_browser.send("/culture/feed", values)

    assert answer.status_code == 422
    assert "Fill this in" in answer.text


def test_a_harvest_is_counted_per_ml(technician_at_browser, in_culture, codes, database, found):
    vessels = in_culture()
    step = open_step(technician_at_browser, database, "/culture/harvest", vessels, codes)
    with database.reading() as session:
        tube = planned(session, step, "SU")[0]

    answer = technician_at_browser.send(
        f"/culture/harvests/{step.code}",
        {
            "vessels": "\n".join(vessels),
            "tube": tube,
            "volume_ml": "20",
            "confluence_pct": "80",
            "method": "automated",
            "meant": "cells_per_mL",
            "live": "200 000",
            "dead": "10 000",
        },
    )

    assert answer.status_code == 303, answer.text
    page = technician_at_browser.open(f"/suspensions/{tube}").text
    assert "4\u202f000\u202f000 cells live" in page
    assert "95.2\u202f%" in page


WANTED = "Spent medium before the last harvest: sterility"


def test_the_page_of_a_harvest_says_what_a_release_will_ask_for(technician_at_browser, in_culture):
    page = technician_at_browser.open(f"/vessels/{in_culture()[0]}").text
    (starting,) = set(re.findall(r"/culture/harvest\?code=\w+", page))

    assert WANTED in technician_at_browser.open(starting).text


BARE = "no label sticks on it"


def torn(database, code):
    with working(database) as session:
        by = laboratory.person(session, "technician")
        labelling.void_label(session, code=code, reason="torn", by=by)


def test_a_vessel_that_bears_no_label_is_told_before_it_is_worked_from(
    technician_at_browser, in_culture, database, found
):
    first, second = in_culture()
    torn(database, first)
    with database.reading() as session:
        batch = find(session, first).batch.code

    for page in ("/culture/", f"/culture/harvest?code={batch}"):
        told = technician_at_browser.open(page).text
        assert told.count(BARE) == 1
        assert f"/containers/{first}" in told
        assert f"/containers/{second}" not in told


def test_a_tube_that_bears_no_label_is_not_offered_to_be_seeded_from(
    technician_at_browser, database
):
    with treating(database) as treatment:
        tube = treatment.room.cells(clinic.course(treatment.session, "ivanova")).code
    torn(database, tube)

    page = technician_at_browser.open(f"/suspensions/{tube}/seed").text

    assert f"{tube} bears no label." in page
    assert f'href="/containers/{tube}"' in page
    assert "Open the step" not in page


def test_a_tube_and_vessels_without_a_label_are_told_where_they_are_seeded(
    technician_at_browser, in_culture, codes, database
):
    vessels = in_culture()
    page, made = "/culture/harvest", {"next_vessels": "2"}
    step = open_step(technician_at_browser, database, page, vessels, codes, **made)
    with database.reading() as session:
        values = {"vessels": "\n".join(vessels), "tube": given_out(session, step, "SU")[0]}
        following = containers.planned_for(session, step)
    harvest = {**values, "volume_ml": "20", "confluence_pct": "80"}
    technician_at_browser.send(f"/culture/harvests/{step.code}", harvest)

    told = technician_at_browser.open(f"/suspensions/split/{step.code}").text

    bare = [
        each.container_code for each in following if f"/containers/{each.container_code}" in told
    ]
    assert [code[:2] for code in bare] == ["SU", "VE", "VE"]


def test_a_harvest_closed_without_what_a_release_asks_for_warns(
    technician_at_browser, in_culture, codes, database
):
    vessels = in_culture()
    step = open_step(technician_at_browser, database, "/culture/harvest", vessels, codes)
    with working(database) as session:
        values = {"vessels": "\n".join(vessels), "tube": planned(session, step, "SU")[0]}
    page = f"/culture/harvests/{step.code}"
    assert technician_at_browser.open(page).text.count(WANTED) == 2  # as it opened, and here
    technician_at_browser.send(page, {**values, "volume_ml": "20", "confluence_pct": "80"})

    said = {**CHECKED, "comment": NONE_SCANNED}
    closed = technician_at_browser.send(f"/steps/{step.code}/close", said)

    assert closed.status_code == 303, closed.text
    assert WANTED in technician_at_browser.open(f"/steps/{step.code}").text


def test_a_harvest_asks_for_the_confluence_beside_what_the_specification_expects(
    technician_at_browser, in_culture, codes, database
):
    vessels = in_culture()
    step = open_step(technician_at_browser, database, "/culture/harvest", vessels, codes)
    with database.reading() as session:
        tube = planned(session, step, "SU")[0]
    scans = {"vessels": "\n".join(vessels), "tube": tube, "volume_ml": "20"}

    answer = technician_at_browser.send(f"/culture/harvests/{step.code}", scans)

    assert answer.status_code == 422
    assert "Specification: 70 to 90." in answer.text


def test_an_empty_vessel_of_the_step_is_told_from_those_that_are_harvested(
    technician_at_browser, in_culture, codes, database
):
    vessels = in_culture()
    step = open_step(
        technician_at_browser, database, "/culture/harvest", vessels, codes, next_vessels="1"
    )
    with database.reading() as session:
        [tube], [empty] = planned(session, step, "SU"), planned(session, step, "VE")
    page = f"/culture/harvests/{step.code}"
    token = dict(technician_at_browser.form(page).fields)["csrf_token"]

    told = technician_at_browser.client.post(
        "/scan/told", data={"code": empty, "takes": "filled", "csrf_token": token}
    ).json["told"]
    scans = {"vessels": "\n".join([*vessels, empty]), "tube": tube, "volume_ml": "20"}
    answer = technician_at_browser.send(page, {**scans, "confluence_pct": "80"})

    assert 'data-takes="filled"' in technician_at_browser.open(page).text
    assert told[0]["tone"] == "stop"
    assert told[0]["sentence"].startswith("labelled, still empty")
    assert answer.status_code == 422
    assert f"{empty} is a label of a vessel into which nothing was seeded yet." in answer.text


def test_half_a_count_is_refused_with_all_that_was_typed(
    technician_at_browser, in_culture, codes, database
):
    vessels = in_culture()
    step = open_step(technician_at_browser, database, "/culture/harvest", vessels, codes)
    with database.reading() as session:
        tube = planned(session, step, "SU")[0]

    answer = technician_at_browser.send(
        f"/culture/harvests/{step.code}",
        {
            "vessels": "\n".join(vessels),
            "tube": tube,
            "volume_ml": "20",
            "confluence_pct": "80",
            "live": "5000",
        },
    )

    assert answer.status_code == 422
    assert 'value="5000"' in answer.text
    assert tube in answer.text


def test_a_tube_is_split_until_nothing_is_left(
    technician_at_browser, in_culture, codes, database, found
):
    vessels = in_culture()
    step = open_step(
        technician_at_browser, database, "/culture/harvest", vessels, codes, next_vessels="2"
    )
    with database.reading() as session:
        tube, following = planned(session, step, "SU")[0], planned(session, step, "VE")
    technician_at_browser.send(
        f"/culture/harvests/{step.code}",
        {"vessels": "\n".join(vessels), "tube": tube, "volume_ml": "20", "confluence_pct": "80"},
    )
    page = f"/suspensions/split/{step.code}"

    technician_at_browser.send(
        page,
        {
            "source": tube,
            "vessels": "\n".join(following),
            "volume_ml": "4",
            "shelf": codes["shelf"],
        },
        action=f"{page}/seed",
    )
    labelled = technician_at_browser.open(page).text.partition("Labelled for this step")
    unsaid = technician_at_browser.send(page, {"tube": tube}, action=f"{page}/aside")
    assert unsaid.status_code == 422
    wasted = {"tube": tube, "purpose": "waste"}
    silent = technician_at_browser.send(page, wasted, action=f"{page}/aside")
    assert "say why in the comment" in silent.text
    wasted["comment"] = "not needed"
    alone = technician_at_browser.send(page, wasted, action=f"{page}/aside")
    assert alone.status_code == 422
    said = "A second person gives name and password here."
    assert alone.text.count(said) == 2, "above the form, and beside the field"
    assert "waste_alone" not in alone.text
    wasted |= {"second-login": "lead", "second-password": PASSWORD}
    full = technician_at_browser.open(page).text
    assert f"{page}/seed" not in full, "no vessel is left to be seeded"
    emptied = technician_at_browser.send(page, wasted, action=f"{page}/aside")

    at_the_step = technician_at_browser.open(emptied.location).text
    assert "Nothing is left in the tube: close the step." in at_the_step
    assert f"/steps/{step.code}/close" in at_the_step
    assert page not in at_the_step
    assert not labelled[1], "a vessel that is filled waits for nothing"
    assert found(Suspension, tube).status is SuspensionStatus.EMPTIED
    assert found(Vessel, following[1]).passage == 2
    assert found(Vessel, following[1]).status is VesselStatus.CULTURING


def test_a_vessel_seeded_too_densely_is_marked_on_the_pages(signed_in, database):
    with working(database) as session:
        people = (laboratory.person(session, login) for login in ("technician", "lead"))
        bench = AtTheBench(session, *people)
        first = bench.first_passage(clinic.course(session, "ivanova"))
        made = bench.harvest(first, count=counted(5_000_000, 100_000), next_vessels=1)
        (dense,) = bench.split(made, "4")
        vessel, step = dense.code, made.made_by.code
    reader = signed_in("technician")

    for address in (f"/vessels/{vessel}", f"/suspensions/split/{step}"):
        assert "outside the specification" in reader.open(address).text


def test_how_many_vessels_take_what_is_left_is_told_before_they_are_asked_for(signed_in, database):
    with treating(database) as treatment:
        cells = treatment.room.cells(clinic.course(treatment.session, "ivanova"))
        tube, offered = cells.code, densities.vessels_for(cells)

    page = signed_in("technician").open(f"/suspensions/{tube}/seed").text

    least, most = offered["T-175"]
    assert f"T-175 {least} to {most};" in page


def test_contamination_seen_leads_to_the_vessel_and_quarantines_its_sibling(
    technician_at_browser, in_culture, found
):
    first, second = in_culture()

    answer = technician_at_browser.send(
        "/vessels/observe",
        {"vessels": first, "appearance": "turbid", "contamination_seen": "y"},
    )

    assert answer.location.endswith(first)
    assert found(Vessel, first).status is VesselStatus.CONTAMINATED
    assert "quarantine" in technician_at_browser.open(f"/vessels/{second}").text


def test_a_tube_poured_from_since_its_page_was_shown_is_not_discarded(
    technician_at_browser, database, found
):
    with treating(database) as treatment:
        tube = treatment.room.cells(clinic.course(treatment.session, "ivanova")).code
    form = technician_at_browser.form(f"/suspensions/{tube}/discard")
    with treating(database) as treatment:
        cells = find(treatment.session, tube)
        treatment.room.sample(cells.batch, (cells, "0.2"))

    given = {"tube": tube, "why": "damage", "reason": "cracked", "own-password": PASSWORD}
    answer = technician_at_browser.post(form, given)

    assert answer.status_code == 409
    assert found(Suspension, tube).status is SuspensionStatus.MADE


DISCARDED = {
    "why": "damage",
    "reason": "cracked",
    "own-password": PASSWORD,
    "second-login": "lead",
    "second-password": PASSWORD,
}


def test_a_vessel_is_discarded_by_two_signatures(technician_at_browser, in_culture, found):
    first, second = in_culture()

    technician_at_browser.send("/vessels/discard", {"vessels": first, **DISCARDED})

    assert found(Vessel, first).status is VesselStatus.DISCARDED
    assert found(Vessel, second).status is VesselStatus.CULTURING


def test_a_vessel_found_contaminated_since_its_page_was_shown_is_not_discarded(
    technician_at_browser, in_culture, found
):
    vessel, _ = in_culture()
    page = f"/vessels/discard?vessel={vessel}"
    form = technician_at_browser.form(page, "/vessels/discard")
    seen = {"vessels": vessel, "contamination_seen": "y"}
    technician_at_browser.send("/vessels/observe", seen)

    given = form.filled({"vessels": vessel, **DISCARDED})
    answer = technician_at_browser.client.post(page, data=given)

    assert answer.status_code == 409
    assert found(Vessel, vessel).status is VesselStatus.CONTAMINATED


def test_the_vessel_whose_page_is_signed_is_scanned(technician_at_browser, in_culture, found):
    shown, other = in_culture()
    page = f"/vessels/discard?vessel={shown}"

    answers = [
        technician_at_browser.send(page, {"vessels": vessels, **DISCARDED}, "/vessels/discard")
        for vessels in (other, f"{other}\n{shown}")
    ]

    assert [answer.status_code for answer in answers] == [422, 303]
    assert found(Vessel, shown).status is VesselStatus.DISCARDED


def test_the_list_of_vessels_says_when_each_is_due(technician_at_browser, in_culture):
    in_culture()

    page = technician_at_browser.open("/culture/").text

    assert page.count("next feeding by") == 2
    assert page.count("not fed since") == 2
    assert "2 of 2 shown" in page


def test_the_list_of_vessels_says_when_the_medium_was_changed(
    technician_at_browser, in_culture, codes, database
):
    vessels = in_culture()
    step = open_step(technician_at_browser, database, "/culture/feed", vessels, codes)
    fed = {"vessels": vessels[0], "medium_ml": "25", "comment": "the other one stays"}
    technician_at_browser.send(f"/culture/feedings/{step.code}", fed)

    page = technician_at_browser.open("/culture/").text

    assert page.count("medium changed on") == 1


def test_the_first_page_counts_what_is_to_be_fed(technician_at_browser):
    assert "Vessels to feed today" in technician_at_browser.open("/").text


def test_growth_is_drawn_and_tabled(technician_at_browser, in_culture, found, database):
    vessel = found(Vessel, in_culture()[0])
    with database.reading() as session:
        batch = session.get_one(Vessel, vessel.id).batch.code

    drawing = technician_at_browser.open(f"/batches/{batch}/growth.svg")
    page = technician_at_browser.open(f"/batches/{batch}/growth").text

    assert drawing.mimetype == "image/svg+xml"
    assert "P0" in drawing.text
    assert "5\u202f000\u202f000" in page
    assert "too few past batches" in page


def test_who_does_not_perform_is_offered_nothing(signed_in, in_culture):
    page = signed_in("auditor").open(f"/vessels/{in_culture()[0]}").text

    assert "/culture/feed" not in page
    assert "/vessels/discard" not in page


def test_at_a_terminal_the_checker_confirms_by_badge_and_pin(
    at_bench, badge, in_culture, codes, database
):
    values = {"vessels": "\n".join(in_culture()), "station": codes["bench"]}

    refused = at_bench.send("/culture/feed", {**values, "checker-badge": badge})
    wrong = {"checker-badge": badge, "checker-pin": "111222"}
    told = at_bench.send("/culture/feed", {**values, **wrong})
    answer = at_bench.send("/culture/feed", {**values, **wrong, "checker-pin": PIN})

    assert (refused.status_code, told.status_code, answer.status_code) == (422, 422, 303)
    assert "do not belong together" in told.text
    with database.reading() as session:
        clearance = session.scalars(select(LineClearance).order_by(LineClearance.id.desc())).first()
    assert clearance.step_id == newest_step(database).id


def test_the_own_badge_confirms_nothing_of_ones_own(signed_in, at_bench, badge, in_culture, codes):
    switch(at_bench, badge)
    values = {"vessels": "\n".join(in_culture()), "station": codes["bench"]}

    answer = at_bench.send("/culture/feed", {**values, "checker-badge": badge, "checker-pin": PIN})

    assert answer.status_code == 422
    assert "took part in this step" in answer.text


def test_a_name_with_its_password_confirms_though_a_badge_was_scanned_before(
    at_bench, badge, in_culture, codes
):
    values = {"vessels": "\n".join(in_culture()), "station": codes["bench"]}
    by_name = {"checker-login": "lead", "checker-password": PASSWORD}

    answer = at_bench.send("/culture/feed", {**values, **by_name, "checker-badge": badge})

    assert answer.status_code == 303


@pytest.fixture
def typed_and_overtaken(technician_at_browser, signed_in, in_culture, codes, database):
    """A feeding that the lead recorded while the technician was typing; its step."""
    vessels = in_culture()
    step = open_step(technician_at_browser, database, "/culture/feed", vessels, codes)
    page = f"/culture/feedings/{step.code}"
    typed = [["medium_ml", "17"], ["change", "partial_change", "on"], ["comment", "cloudy"]]
    keep(technician_at_browser, typed, address=page, page=page, form="FeedingForm")
    assert page in technician_at_browser.open("/").text
    fed = {"vessels": "\n".join(vessels), "medium_ml": "25", "comment": "none scanned"}
    assert signed_in("lead").send(page, fed).status_code == 303
    return step.code


def test_at_a_bench_without_a_cabinet_in_the_register_none_is_required(
    technician_at_browser, in_culture, codes, database
):
    with working(database) as session:
        supplies.place(session, "bench").equipment = None
    step = open_step(technician_at_browser, database, "/culture/feed", in_culture(), codes)

    page = technician_at_browser.open(f"/culture/feedings/{step.code}").text

    assert "No cabinet of this bench is in the register." in page
    assert "required" not in re.search('<input[^>]*name="cabinet"[^>]*>', page)[0]


def test_a_draft_of_a_step_recorded_meanwhile_is_told_apart_and_kept_to_be_read(
    technician_at_browser, typed_and_overtaken
):
    first = technician_at_browser.open("/").text

    told = first[first.index("Recorded before you sent yours") :].partition("</section>")[0]
    assert f"recorded by {STAFF['lead'][0]}" in told
    assert f'href="/culture/feedings/{typed_and_overtaken}"' not in first
    kept = technician_at_browser.open(re.search(r"/drafts/\d+", told)[0]).text
    for said in ("Medium in each vessel", "17", "partial change", "cloudy"):
        assert said in kept


def test_who_opens_a_step_recorded_meanwhile_is_told_that_their_draft_is_kept(
    technician_at_browser, typed_and_overtaken
):
    technician_at_browser.open(f"/culture/feedings/{typed_and_overtaken}")

    page = technician_at_browser.open(f"/steps/{typed_and_overtaken}").text
    assert "What you had typed there is kept" in page


def test_nobody_reads_what_another_typed(technician_at_browser, signed_in, typed_and_overtaken):
    mine = re.search(r"/drafts/\d+", technician_at_browser.open("/").text)[0]

    assert signed_in("lead").client.get(mine).status_code == 404
