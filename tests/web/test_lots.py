"""The pages of lots: a delivery becomes a lot that may be used, and its way can be followed."""

from datetime import timedelta
from io import BytesIO

import pytest
import zxingcpp
from pypdfium2 import PdfDocument

from lims import clock
from lims.models.lot import LotStatus
from tests.laboratory import PASSWORD, supplies

NEXT_YEAR = f"{clock.today() + timedelta(days=365):%d.%m.%Y}"


@pytest.fixture
def lot_named(database):
    def named(name):
        with database.reading() as session:
            return supplies.lot(session, name)

    return named


@pytest.fixture
def buffer(database):
    with database.reading() as session:
        return supplies.item(session, "buffer")


def received(person, item, number="AB-12"):
    answer = person.send(
        f"/items/{item.id}/receive",
        {"maker_number": number, "quantity": "500", "expires_on": NEXT_YEAR},
    )
    assert answer.status_code == 303, answer.text
    return answer.location


def test_the_list_shows_what_is_left(signed_in):
    page = signed_in("technician").open("/lots/").text

    assert "Collagenase NB 6 GMP" in page
    assert "50\u202f000\u202fmg" in page


@pytest.mark.parametrize(("asked", "found"), [("q=lysate", 3), ("status=quarantined", 1)])
def test_the_list_is_narrowed(signed_in, asked, found):
    page = signed_in("technician").open(f"/lots/?{asked}").text

    assert f"{found} of {found} shown" in page


def test_a_delivery_is_entered_into_quarantine_and_released(signed_in, buffer, database):
    technician, qa = signed_in("technician"), signed_in("qa")
    address = received(technician, buffer)

    assert address in qa.open("/lots/waiting").text
    answer = qa.send(
        f"{address}/release", {"certificate_seen": "y", "signature-password": PASSWORD}
    )

    assert answer.status_code == 303, answer.text
    assert "released" in qa.open(address).text


def test_the_act_is_called_alike_where_it_is_due_and_where_it_is_done(signed_in, buffer):
    address = received(signed_in("technician"), buffer)
    qa = signed_in("qa")

    pages = [qa.open(page).text for page in ("/", address, f"{address}/release")]

    assert ["Release the lot" in page for page in pages] == [True] * 3


def waiting_lots(qa):
    return qa.form("/lots/release").choices["lots"]


def test_several_lots_are_released_with_one_password(signed_in, buffer, lot_named):
    for number in ("AB-12", "AB-13"):
        received(signed_in("technician"), buffer, number)
    qa = signed_in("qa")
    first, second, third = waiting_lots(qa)

    qa.send("/lots/release", {"lots": [first, third], "signature-password": PASSWORD})

    assert waiting_lots(qa) == [second]
    assert "Наталья Жук" in signed_in("technician").open(f"/lots/{first}").text


@pytest.mark.parametrize("act", ["release", "reject", "several"])
def test_a_lot_corrected_since_its_page_was_shown_is_not_decided_on(signed_in, buffer, act):
    technician, qa = signed_in("technician"), signed_in("qa")
    address = received(technician, buffer)
    form = qa.form("/lots/release" if act == "several" else f"{address}/{act}")
    technician.send(f"{address}/correct", {"quantity": "400", "reason": "miscounted"})

    typed = {
        "release": {"certificate_seen": "y"},
        "reject": {"reason": "broken"},
        "several": {"lots": [address.rpartition("/")[2]]},
    }[act]
    sent = form.filled({**typed, "signature-password": PASSWORD})

    assert qa.client.post(form.action, data=sent).status_code == 409


def test_a_refused_delivery_keeps_what_was_typed(signed_in, buffer):
    answer = signed_in("technician").send(
        f"/items/{buffer.id}/receive",
        {"maker_number": "AB-12", "quantity": "much", "expires_on": NEXT_YEAR},
    )

    assert answer.status_code == 422
    assert 'value="much"' in answer.text
    assert 'value="AB-12"' in answer.text


def test_a_wrong_password_releases_nothing(signed_in, buffer, lot_named):
    code = lot_named("quarantined").code

    answer = signed_in("qa").send(f"/lots/{code}/release", {"signature-password": "wrong"})

    assert answer.status_code >= 400
    assert lot_named("quarantined").status == LotStatus.QUARANTINED


def test_a_medium_is_prepared_from_scanned_lots(signed_in, database, lot_named):
    with database.reading() as session:
        item = supplies.item(session, "complete_medium")
    technician = signed_in("technician")

    answer = technician.send(
        f"/items/{item.id}/prepare",
        {
            "ingredients-0-lot": lot_named("medium").code,
            "ingredients-0-quantity": "475",
            "ingredients-1-lot": lot_named("serum").code,
            "ingredients-1-quantity": "25",
            "quantity": "500",
            "expires_on": f"{clock.today() + timedelta(days=20):%d.%m.%Y}",
        },
    )

    assert answer.status_code == 303, answer.text
    assert lot_named("serum").code in technician.open(answer.location).text


def test_a_medium_that_would_outlive_its_serum_is_refused_at_the_field(
    signed_in, database, lot_named
):
    with database.reading() as session:
        item = supplies.item(session, "complete_medium")

    answer = signed_in("technician").send(
        f"/items/{item.id}/prepare",
        {
            "ingredients-0-lot": lot_named("serum").code,
            "ingredients-0-quantity": "25",
            "quantity": "500",
            "expires_on": f"{clock.today() + timedelta(days=2000):%d.%m.%Y}",
        },
    )

    assert answer.status_code == 422
    assert "cannot last longer" in answer.text


def test_a_recall_shows_what_was_prepared_before_it_is_signed(signed_in, lot_named):
    page = signed_in("qa").open(f"/lots/{lot_named('medium').code}/recall").text

    assert lot_named("complete_medium").code in page


def test_a_recall_takes_the_children_back(signed_in, lot_named):
    signed_in("qa").send(
        f"/lots/{lot_named('medium').code}/recall",
        {"reason": "the maker wrote", "signature-password": PASSWORD},
    )

    assert lot_named("complete_medium").status == LotStatus.RECALLED


def test_the_stock_is_corrected_by_a_count(signed_in, lot_named):
    technician, code = signed_in("technician"), lot_named("enzyme").code

    technician.send(f"/lots/{code}/count", {"counted": "49 990", "reason": "spilt"})

    assert "49\u202f990\u202fmg" in technician.open(f"/lots/{code}").text


def test_only_quality_is_offered_a_decision(signed_in, lot_named):
    address = f"/lots/{lot_named('quarantined').code}"

    assert f"{address}/release" in signed_in("qa").open(address).text
    assert f"{address}/release" not in signed_in("technician").open(address).text


def test_an_expired_lot_is_offered_no_release(signed_in, lot_named):
    address = f"/lots/{lot_named('expired').code}"

    assert f"{address}/release" not in signed_in("qa").open(address).text


def test_a_scan_opens_the_lot(signed_in, lot_named):
    code = lot_named("enzyme").code

    answer = signed_in("technician").send("/lots/", {"code": code}, action="/scan")

    assert answer.location == f"/lots/{code}"


def test_the_label_carries_the_code(signed_in, lot_named):
    code = lot_named("enzyme").code

    answer = signed_in("technician").open(f"/lots/{code}/label.pdf")

    picture = PdfDocument(BytesIO(answer.data))[0].render(scale=300 / 72).to_pil()
    assert [each.text for each in zxingcpp.read_barcodes(picture)] == [code]


def test_an_item_is_entered_and_corrected(signed_in):
    technician = signed_in("technician")
    answer = technician.send("/items/new", {"name": "Gentamicin", "kind": "other", "unit": "mL"})

    answer = technician.send(
        f"{answer.location}/edit", {"antibiotics": "gentamicin", "reason": "forgotten"}
    )

    assert "gentamicin" in technician.open(answer.location).text


def test_the_physician_sees_no_stock(signed_in, lot_named):
    assert signed_in("physician").open("/lots/").status_code == 403
