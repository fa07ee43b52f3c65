"""A refused form is shown again with the sentence above it and everything typed still there."""

import pytest
from flask import Blueprint, render_template_string

from lims.errors import FieldError, Stale, WrongState
from lims.models.lot import LotStatus
from lims.models.user import User
from lims.web.auth import signed_in as for_everyone
from lims.web.fields import DecimalField, TextField
from lims.web.forms import Form, on_refusal, shown, submit
from lims.web.people import OwnPassword, PersonProof
from lims.web.photos import PhotosField
from lims.workflows.identity import Mismatch
from lims.workflows.reserving import VialTaken
from tests.laboratory import PASSWORD

PAGE = """{% extends "base.html" %}{% from "macros/forms.html" import form, field %}
{% block main %}{% call form(weighing, "/weigh") %}
{% for each in weighing if each.part is defined %}{{ field(each) }}{% endfor %}
{% endcall %}{% endblock %}"""


class WeighingForm(Form):
    mass_g = DecimalField("Mass", unit="g")
    comment = TextField("Comment", required=False)
    performer = PersonProof("Performed by", required=False)
    signature = OwnPassword("Signed", required=False)
    photos = PhotosField("Photos")

    def arguments(self, session):
        return {"mass": self.mass_g.data, "performer": self.performer.proof}


@pytest.fixture
def app(new_app):
    """A site to which pages are added."""
    return new_app


@pytest.fixture
def weighed():
    """What the command was given, each time it ran."""
    return []


@pytest.fixture
def person(app, signed_in, weighed):
    """A technician, on a site with a page to weigh on; `person.refuse` is what the act raises."""
    bp = Blueprint("weighing", __name__)

    def weigh(session, *, mass, performer, by: User):
        if found.refuse:
            raise found.refuse
        weighed.append((mass, performer and performer.name, by.login))
        return by

    @bp.get("/weigh")
    @for_everyone
    def page():
        return render_template_string(PAGE, weighing=shown(WeighingForm, version=7))

    @bp.post("/weigh")
    @for_everyone
    @on_refusal(page)
    def record():
        submit(WeighingForm(), weigh)
        return "weighed"

    app.register_blueprint(bp)
    found = signed_in("technician")
    found.refuse = None
    return found


def test_a_form_filled_in_rightly_runs_its_command(person, weighed):
    answer = person.send("/weigh", {"mass_g": "7,25"})

    assert answer.text == "weighed"
    assert [(str(mass), who, by) for mass, who, by in weighed] == [("7.25", None, "technician")]


def test_a_wrong_field_is_marked_and_nothing_typed_is_lost(person, weighed):
    answer = person.send("/weigh", {"mass_g": "heavy", "comment": "cold <box>"})

    assert answer.status_code == 422
    assert 'value="heavy"' in answer.text
    assert 'value="cold &lt;box&gt;"' in answer.text
    assert "Give a number." in answer.text
    assert not weighed


def test_a_refusal_stands_above_the_form_with_its_own_status(person):
    person.refuse = WrongState(code="LT26000001X", status=LotStatus.RECEIVED, wanted="used")

    answer = person.send("/weigh", {"mass_g": "7.25"})

    assert answer.status_code == 409
    assert "LT26000001X is received now; it cannot become used." in answer.text
    assert 'href="/lots/LT26000001X"' in answer.text
    assert 'value="7.25"' in answer.text


def test_what_was_changed_meanwhile_leads_to_what_it_says_now(person):
    person.refuse = Stale(code="PT26000032U")

    assert 'href="/patients/PT26000032U"' in person.send("/weigh", {"mass_g": "7"}).text


def test_what_is_told_of_a_field_leads_to_what_refused_it(person):
    taken = VialTaken(code="VL26000123B", status="reserved")
    person.refuse = FieldError(field="mass_g", problem=taken)

    assert 'href="/vials/VL26000123B"' in person.send("/weigh", {"mass_g": "7"}).text


def test_what_is_no_code_of_ours_leads_nowhere(person):
    person.refuse = Stale(code="ST-2026/7")

    assert ">Look at it<" not in person.send("/weigh", {"mass_g": "7"}).text


def test_a_refusal_of_one_field_stands_beside_it(person):
    person.refuse = FieldError(field="mass_g", problem="5–10 g was ordered.")

    answer = person.send("/weigh", {"mass_g": "70"})

    assert answer.text.count("5–10 g was ordered.") == 2


def test_after_a_stale_page_the_new_version_is_sent(person):
    person.refuse = Stale(code="PT26000031X")

    answer = person.send("/weigh", {"mass_g": "7", "version": "6"})

    assert answer.status_code == 409
    assert 'name="version" type="hidden" value="7"' in answer.text


def test_a_form_sent_twice_is_one_act(person, weighed):
    form = person.form("/weigh").filled({"mass_g": "7"})

    answers = [person.client.post("/weigh", data=form) for _ in range(2)]

    assert [answer.text for answer in answers] == ["weighed", "weighed"]
    assert len(weighed) == 1


@pytest.mark.parametrize("name", ["key", "version"])
def test_a_damaged_hidden_field_is_refused(person, weighed, name):
    answer = person.send("/weigh", {"mass_g": "7", name: "'; DROP TABLE"})

    assert answer.status_code == 422
    assert not weighed


def test_a_mix_up_covers_the_screen_with_both_names(person):
    person.refuse = Mismatch(code="VL26000123B", found="Петров", expected="Иванова")

    answer = person.send("/weigh", {"mass_g": "7"})

    assert answer.status_code == 409
    assert answer.text.count("stop-screen") == 1
    assert "Иванова" in answer.text.partition("stop-screen")[2].partition("</dialog>")[0]


def test_a_performer_proves_who_they_are_on_the_same_form(person, weighed):
    person.send(
        "/weigh", {"mass_g": "7", "performer-login": "lead", "performer-password": PASSWORD}
    )

    assert weighed[0][1] == "Андрей Коваленко"


def test_a_wrong_password_of_the_performer_is_told_beside_it(person, weighed):
    answer = person.send(
        "/weigh", {"mass_g": "7", "performer-login": "lead", "performer-password": "wrong"}
    )

    assert answer.status_code == 422
    assert answer.text.count("do not belong together") == 2
    assert 'value="lead"' in answer.text
    assert not weighed


def test_a_performer_without_a_password_is_refused(person, weighed):
    assert person.send("/weigh", {"mass_g": "7", "performer-login": "lead"}).status_code == 422
    assert not weighed


def test_a_file_that_is_no_picture_is_refused(person, weighed):
    from io import BytesIO

    form = person.form("/weigh").filled({"mass_g": "7"})
    form["photos"] = (BytesIO(b"MZ not a picture"), "cells.jpg")

    answer = person.client.post("/weigh", data=form)

    assert answer.status_code == 422
    assert "cells.jpg is not a JPEG, PNG or WebP picture." in answer.text
    assert not weighed
