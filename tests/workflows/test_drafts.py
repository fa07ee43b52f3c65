"""What is typed and not sent waits for whoever typed it; it is no record and leaves no trail."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from lims import clock
from lims.models.audit import AuditEntry
from lims.models.command_run import CommandRun
from lims.models.draft import Draft
from lims.workflows import drafts

FORM = {"address": "/lots/LT/count", "form": "CountForm", "title": "Count", "version": 3}


@pytest.fixture
def save(session, technician):
    """`save(key)` keeps a draft of the technician."""

    def save(key="one", person=technician, page="/lots/LT", **also):
        given = {**FORM, "typed": [["reason", "because"]], **also}
        return drafts.save_draft(session, user_id=person.id, key=key, page=page, **given)

    return save


def waiting(session, person):
    return session.scalars(drafts.of(person.id)).all()


def test_a_draft_waits_for_its_owner_alone(session, save, technician, lead):
    save()

    assert [each.typed for each in waiting(session, technician)] == ['[["reason", "because"]]']
    assert not waiting(session, lead)


def test_typing_on_changes_the_draft_and_makes_no_second(session, save, technician):
    save()
    save(typed=[["reason", "because it was spilt"]], page=None)

    [kept] = waiting(session, technician)
    assert "spilt" in kept.typed
    assert kept.page == "/lots/LT"


def test_a_draft_leaves_no_trail(database):
    def kept(session, *, by):
        drafts.save_draft(session, user_id=1, key="one", page="/", **FORM, typed=[["a", "b"]])

    def entries():
        with database.reading() as session:
            return session.scalar(select(func.count()).select_from(AuditEntry))

    before = entries()
    database.run(kept, None, key="", arguments=lambda _: {})

    assert entries() == before


def test_a_draft_whose_form_was_sent_is_gone_and_does_not_come_back(session, save, technician):
    save()
    session.add(CommandRun(user_id=technician.id, idempotency_key="one", command="count_stock"))
    session.flush()

    assert not waiting(session, technician)
    assert save() is None


def test_a_form_sent_by_somebody_else_under_that_key_ends_no_draft(session, save, technician, lead):
    session.add(CommandRun(user_id=lead.id, idempotency_key="one", command="count_stock"))
    save()

    assert waiting(session, technician)


def test_what_is_forgotten_leaves_nothing_typed_behind(session, save, technician):
    draft = save()
    place = {"address": FORM["address"], "form": FORM["form"]}
    drafts.forget_draft(session, user_id=technician.id, **place)
    session.flush()

    assert (draft.typed, draft.saved_at, draft.page, draft.title) == (None, None, "", "")
    assert not waiting(session, technician)


def test_nobody_forgets_the_draft_of_another(session, save, technician, lead):
    save()
    place = {"address": FORM["address"], "form": FORM["form"]}
    drafts.forget_draft(session, user_id=lead.id, **place)

    assert waiting(session, technician)


@pytest.mark.parametrize(("seconds", "still"), [(-1, True), (1, False)])
def test_a_draft_lives_seven_days(session, save, technician, seconds, still):
    saved = save().saved_at
    with time_machine.travel(saved + timedelta(days=7, seconds=seconds), tick=False):
        assert bool(waiting(session, technician)) is still
        drafts.expire_due(session)

    assert bool(session.scalars(select(Draft.typed)).one()) is still


def test_an_empty_row_is_used_again(session, save, technician):
    first = save()
    drafts.forget_draft(session, user_id=technician.id, address=first.address, form=first.form)
    session.flush()

    assert save("two", address="/lots/LT/recall") is first
    assert first.page == "/lots/LT"


def test_of_too_many_drafts_the_oldest_gives_way(session, save, technician):
    now = clock.now()
    for number in range(drafts.MOST + 1):
        with time_machine.travel(now + timedelta(seconds=number), tick=False):
            save(f"key {number}", address=f"/lots/{number}")

    kept = {each.address for each in waiting(session, technician)}
    assert len(kept) == drafts.MOST
    assert "/lots/0" not in kept
